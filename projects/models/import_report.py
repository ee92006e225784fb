from __future__ import annotations

from django.conf import settings
from django.db import models

from projects.models.project import Project


class ImportReport(models.Model):
    """What became of one imported file, row by row where something was refused or repaired.

    `problems` is a list of {"row": int from 1, "what": str, "reason": str}, cut at a limit that `problem_count` passes.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="imports")
    file_name = models.CharField(max_length=255)
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

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"import of {self.file_name}"
