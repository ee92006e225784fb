from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from preannotation.models.deployment import Deployment
from preannotation.models.registry import NlpModel
from preannotation.models.training import Training
from projects.models import Project
from projects.models.background import Background, BackgroundQuerySet


class ActiveLearningQuerySet(models.QuerySet["ActiveLearning"]):
    def held(self, project_pk: int) -> ActiveLearning | None:
        """The project's rule where it is on, which nobody else looks after until the transaction ends; None where
        somebody does so now."""
        free = self.select_for_update(skip_locked=True, of=["self"]).filter(pk=project_pk, is_on=True)
        return free.select_related("project", "template", "last", "by", "embeddings").first()


class ActiveLearning(models.Model):
    """A project's rule: after every `every` new submitted completions train, compare on the held-out tasks, and deploy
    only what is better by `margin` (of F1, or accuracy, 0..1). `template` is the training that is repeated, with
    `embeddings` in place of its own where there are any. `last` is the training that was started and is not yet dealt
    with."""

    project = models.OneToOneField(Project, models.CASCADE, primary_key=True, related_name="active_learning")
    is_on = models.BooleanField(default=False)
    every = models.PositiveIntegerField(default=50, validators=[MinValueValidator(1), MaxValueValidator(100_000)])
    margin = models.FloatField(default=0.01, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    template = models.ForeignKey(Training, models.SET_NULL, null=True, blank=True, related_name="+")
    embeddings = models.ForeignKey(NlpModel, models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    counted = models.PositiveIntegerField(default=0, help_text="submitted completions when it last trained")
    last = models.ForeignKey(Training, models.SET_NULL, null=True, blank=True, related_name="+")
    said = models.CharField(max_length=500, blank=True, help_text="what it did last, in words")
    said_at = models.DateTimeField(null=True, blank=True)

    objects = ActiveLearningQuerySet.as_manager()

    def __str__(self) -> str:
        return f"active learning of project {self.project_id}"


class ComparisonQuerySet(BackgroundQuerySet):
    def of(self, project: Project) -> ComparisonQuerySet:
        return self.filter(project=project).select_related("old", "new", "training", "deployment").order_by("-pk")


class Comparison(Background):
    """The model that active learning trained against the one before it, on the same held-out tasks.

    `old` is None where there was none. `tasks` are the ids of what both were measured on, `figures` has a report of
    `preannotation.metrics` under "old" and "new". A training is compared once.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="comparisons")
    training = models.OneToOneField(Training, models.CASCADE, related_name="comparison")
    created_at = models.DateTimeField(auto_now_add=True)
    old = models.ForeignKey(NlpModel, models.SET_NULL, null=True, blank=True, related_name="+")
    new = models.ForeignKey(NlpModel, models.SET_NULL, null=True, related_name="+")
    tasks = ArrayField(models.BigIntegerField(), default=list)
    figures = models.JSONField(default=dict, blank=True)
    deployment = models.ForeignKey(Deployment, models.SET_NULL, null=True, blank=True, related_name="+")
    said = models.CharField(max_length=500, blank=True, help_text="what came of it, in words")

    objects = ComparisonQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="comparison_newest")]

    def __str__(self) -> str:
        return f"comparison {self.pk}"
