from __future__ import annotations

from django.conf import settings
from django.db import models

from projects.models.background import Background, BackgroundQuerySet
from projects.models.project import Project


class ImportReport(Background):
    """One file to import, and what became of it, row by row where something was refused or repaired.

    queued -> running -> done | failed | cancelled; a failed or cancelled import leaves no task behind. `upload` names
    the waiting file below `settings.UPLOADS_DIR` and is empty once the import has ended. `first_task` and `last_task`
    span the ids of the tasks that came in.
    `problems` is a list of {"row": int from 1, "what": str, "reason": str}, cut at a limit that `problem_count` passes.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="imports")
    file_name = models.CharField(max_length=255)
    upload = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="bytes of the file")
    bytes_read = models.PositiveBigIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    followed_by = models.CharField(max_length=300, blank=True, help_text="what the import set off, in words")
    first_task = models.BigIntegerField(null=True, blank=True)
    last_task = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    imported = models.PositiveIntegerField(default=0)
    joined = models.PositiveIntegerField(default=0, help_text="rows whose task was there and that brought new work")
    skipped = models.PositiveIntegerField(default=0, help_text="rows that were there already, by content")
    refused = models.PositiveIntegerField(default=0)
    repaired = models.PositiveIntegerField(default=0)
    regions_refused = models.PositiveIntegerField(default=0)
    problem_count = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)

    objects = BackgroundQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"import of {self.file_name}"
