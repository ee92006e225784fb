from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from projects.models.project import Project

FORGOTTEN = timedelta(minutes=5)


class LabelCountsQuerySet(models.QuerySet["LabelCounts"]):
    def ask(self, project_id: int) -> bool:
        """Whether a worker is to count again: nobody is about to, or that was forgotten."""
        now = timezone.now()
        free = Q(asked_at=None) | Q(asked_at__lt=now - FORGOTTEN)
        return bool(self.filter(free, project=project_id).update(asked_at=now))


class LabelCounts(models.Model):
    """What a large project's labels were counted to, because counting takes longer than a page may. Small projects
    have no row.

    counts: rows of `label_counts.LabelCount`. asked_at: when a worker was asked to count again, None when it has.
    """

    project = models.OneToOneField(Project, models.CASCADE, primary_key=True, related_name="label_counts")
    counts = models.JSONField(default=list)
    counted_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)

    objects = LabelCountsQuerySet.as_manager()

    def __str__(self) -> str:
        return f"label counts of project {self.project_id}"
