from __future__ import annotations

from django.conf import settings
from django.db import models

from projects.models.background import Background, BackgroundQuerySet
from projects.models.project import Project

FORMAT_WORDS = {"annotation_lab": "JSON, Annotation Lab", "label_studio": "JSON, Label Studio", "conll": "CoNLL-2003"}


class ExportReport(Background):
    """One export: which tasks, as what, and the file that came of it.

    `file` names it below `settings.UPLOADS_DIR`, and is empty where none is kept. `left_out` counts the regions that a
    format without overlaps can't hold.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="exports")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    format = models.CharField(max_length=20)
    only = models.CharField(max_length=12, blank=True)
    predictions = models.BooleanField(default=True)
    completions = models.BooleanField(default=True)
    filter = models.TextField(blank=True, help_text="which tasks, as the list's address has it")
    words = models.CharField(max_length=300, help_text="which tasks, for people")
    total = models.PositiveIntegerField(default=0)
    written = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0, help_text="bytes of the file")
    file = models.CharField(max_length=100, blank=True)

    objects = BackgroundQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def format_words(self) -> str:
        return FORMAT_WORDS.get(self.format, self.format)
