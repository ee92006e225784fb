from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from preannotation.models.deployment import Deployment
from projects.models import Project

KEPT = timedelta(hours=1)


class TryOutQuerySet(models.QuerySet["TryOut"]):
    def waiting(self) -> TryOutQuerySet:
        return self.filter(state=TryOut.State.QUEUED).order_by("pk")

    def outdated(self) -> TryOutQuerySet:
        return self.filter(created_at__lt=timezone.now() - KEPT)


class TryOut(models.Model):
    """What a deployment says of a few tasks, to be looked at: nothing of it becomes a prediction.

    queued -> loading -> running -> done | failed. `answers` is a list of {"task": id, "start": int, "end": int (code
    points of the excerpt), "regions": [those inside it, by its offsets], "more": int (regions elsewhere), "why": str}.
    `seconds` is what the models took for these tasks.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        LOADING = "loading", "Loading models"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    project = models.ForeignKey(Project, models.CASCADE, related_name="try_outs")
    deployment = models.ForeignKey(Deployment, models.CASCADE, related_name="try_outs")
    task_ids = ArrayField(models.BigIntegerField())
    task_count = models.PositiveIntegerField(default=0, help_text="tasks that a run over this scope would have")
    thresholds = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    answers = models.JSONField(default=list)
    seconds = models.FloatField(null=True, blank=True)
    failure = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    claimed_by = models.CharField(max_length=80, blank=True)
    beat_at = models.DateTimeField(default=timezone.now)

    objects = TryOutQuerySet.as_manager()

    def __str__(self) -> str:
        return f"try-out {self.pk}"

    @property
    def is_under_way(self) -> bool:
        return self.state not in (self.State.DONE, self.State.FAILED)
