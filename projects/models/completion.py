from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from projects.models.task import Task


class Completion(models.Model):
    """What a person saved on a task. Submitting freezes it; predictions never touch it.

    `user` is None for imported work by somebody who has no account here; `username` always says who it was.
    `lead_time` is in seconds.
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="completions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="completions"
    )
    username = models.CharField(max_length=150)
    result = models.JSONField(default=list)
    starred = models.BooleanField(default=False)
    submitted_at = models.DateTimeField(null=True, blank=True)
    lead_time = models.FloatField(null=True, blank=True)
    external_id = models.CharField(max_length=80, blank=True)
    extra = models.JSONField(default=dict, help_text="unknown keys of the imported completion")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-updated_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "user"], condition=models.Q(starred=True), name="one_starred_completion_each"
            )
        ]

    def __str__(self) -> str:
        return f"completion {self.pk} by {self.username}"
