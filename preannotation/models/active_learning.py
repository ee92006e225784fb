from __future__ import annotations

from django.conf import settings
from django.db import models

from preannotation.models.training import Training
from projects.models import Project


class ActiveLearning(models.Model):
    """A project's rule: after every `every` new submitted completions train, compare on the held-out tasks, and deploy
    only what is better by `margin` (of F1, or accuracy, 0..1). `template` is the training that is repeated."""

    project = models.OneToOneField(Project, models.CASCADE, primary_key=True, related_name="active_learning")
    is_on = models.BooleanField(default=False)
    every = models.PositiveIntegerField(default=50)
    margin = models.FloatField(default=0.01)
    template = models.ForeignKey(Training, models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    counted = models.PositiveIntegerField(default=0, help_text="submitted completions when it last trained")
    last = models.ForeignKey(Training, models.SET_NULL, null=True, blank=True, related_name="+")
    said = models.CharField(max_length=500, blank=True, help_text="what it did last, in words")

    def __str__(self) -> str:
        return f"active learning of project {self.project_id}"
