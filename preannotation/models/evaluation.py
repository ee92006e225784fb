from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from preannotation.models.registry import NlpModel
from projects.models import Project
from projects.models.background import Background, BackgroundQuerySet


class EvaluationQuerySet(BackgroundQuerySet):
    def of(self, project: Project) -> EvaluationQuerySet:
        return self.filter(project=project).select_related("created_by").prefetch_related("nlp_models").order_by("-pk")


class Evaluation(Background):
    """How well models, each alone, do on tasks of a project that people have judged.

    `figures` is {str(model pk): what `preannotation.evaluating.errors` makes of it}, `tasks` the ids of what it was
    measured on.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="evaluations")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    nlp_models = models.ManyToManyField(NlpModel, related_name="evaluations")
    about = models.CharField(max_length=300, help_text="what was asked for, in words")
    tasks = ArrayField(models.BigIntegerField(), default=list)
    phase = models.CharField(max_length=120, blank=True)
    figures = models.JSONField(default=dict, blank=True)

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="evaluation_newest")]

    def __str__(self) -> str:
        return f"evaluation {self.pk}"
