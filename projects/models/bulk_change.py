from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from projects.models.project import Project

SHOWN_FOR = timedelta(minutes=2)
LOST_AFTER = timedelta(minutes=2)


class BulkChangeQuerySet(models.QuerySet["BulkChange"]):
    def shown_in(self, project: Project) -> BulkChange | None:
        """What the task list tells of: the newest one that is under way or ended just now."""
        recent = Q(state__in=BulkChange.UNDER_WAY) | Q(beat_at__gte=timezone.now() - SHOWN_FOR)
        return self.filter(recent, project=project).defer("task_ids").order_by("-pk").first()

    def lost(self) -> BulkChangeQuerySet:
        """Under way, but nobody works on them: a worker beats with every slice."""
        return self.filter(state__in=BulkChange.UNDER_WAY, beat_at__lt=timezone.now() - LOST_AFTER)


class BulkChange(models.Model):
    """One change of many tasks that a worker makes, slice by slice: queued -> running -> done | failed. One
    whose worker dies is queued again.

    `task_ids` are those that were confirmed, fixed at the click. `words` say what is done to a task, as in "tagged
    Test". `what` is what `projects.bulk` needs of the verb. Each verb may be done twice to a task without harm.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    UNDER_WAY = (State.QUEUED, State.RUNNING)

    project = models.ForeignKey(Project, models.CASCADE, related_name="bulk_changes")
    verb = models.CharField(max_length=12)
    what = models.JSONField(default=dict)
    words = models.CharField(max_length=500)
    task_ids = ArrayField(models.BigIntegerField(), default=list)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=7, choices=State.choices, default=State.QUEUED)
    failure = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(default=timezone.now)

    objects = BulkChangeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="bulk_change_of_project")]

    def __str__(self) -> str:
        return f"{self.total} tasks {self.words}"

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY
