from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from preannotation.models.registry import Kind, NlpModel
from projects.models import Project
from projects.models.background import Background, BackgroundQuerySet


class TrainingQuerySet(BackgroundQuerySet):
    def of(self, project: Project) -> TrainingQuerySet:
        return self.filter(project=project).select_related("created_by", "nlp_model", "embeddings").order_by("-pk")

    def queued(self) -> TrainingQuerySet:
        """Those that wait, in the order in which they get their turn: first whose person has gone without for longest,
        then the older one."""
        last = (
            Training.objects.filter(created_by=models.OuterRef("created_by"), started_at__isnull=False)
            .order_by("-started_at")
            .values("started_at")[:1]
        )
        waiting = self.filter(state=Training.State.QUEUED, cancel_asked_at=None)
        return waiting.annotate(last_turn=models.Subquery(last)).order_by(
            models.F("last_turn").asc(nulls_first=True), "pk"
        )


class Training(Background):
    """One training of one model from a project's completions; what comes out is a version in the registry.

    `history` is a list of {"epoch": int, "seconds": float, "loss": float, "f1": float …}, one for each epoch so far.
    `look` and `data` are what `preannotation.training.examples.Look` says: counts by label, and exactly what was seen.
    `engine` is the Spark NLP class that is trained, `phase` what it does now, in words.
    """

    class Engine(models.TextChoices):
        NER_DL = "NerDL", "NerDL: neural network, best quality"
        NER_CRF = "NerCrf", "NerCrf: light, for small data and quick results"
        CLASSIFIER_DL = "ClassifierDL", "ClassifierDL: one class for each text"
        MULTI_CLASSIFIER_DL = "MultiClassifierDL", "MultiClassifierDL: several classes for a text"
        ASSERTION = "Assertion", "Assertion status of chunks"

    class Source(models.TextChoices):
        SUBMITTED = "submitted", "Submitted completions"
        REVIEWED = "reviewed", "Reviewed completions only"

    class Split(models.TextChoices):
        TAGS = "tags", "By the tags Train and Test"
        SHARE = "share", "By lot, with a seed"

    project = models.ForeignKey(Project, models.CASCADE, related_name="trainings")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    is_automatic = models.BooleanField(default=False, help_text="started by active learning, not by a click")
    name = models.CharField(max_length=100, help_text="the model's name in the registry")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    engine = models.CharField(max_length=20, choices=Engine.choices)
    controls = ArrayField(models.CharField(max_length=100), default=list, help_text="whose labels are learned")
    labels = ArrayField(models.CharField(max_length=120), default=list, blank=True, help_text="empty: all of them")
    chunk_labels = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    embeddings = models.ForeignKey(NlpModel, models.RESTRICT, null=True, blank=True, related_name="+")
    own_embeddings = models.BooleanField(default=False, help_text="word vectors are trained on the project's texts")
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.SUBMITTED)
    split = models.CharField(max_length=8, choices=Split.choices, default=Split.SHARE)
    test_share = models.FloatField(default=0.2, help_text="0..1, of the tasks")
    seed = models.PositiveIntegerField(default=13)
    parameters = models.JSONField(default=dict, blank=True, help_text="epochs, batch_size, learning_rate, dropout …")
    deploy_after = models.BooleanField(default=False)
    use_in_config = models.BooleanField(default=False)
    phase = models.CharField(max_length=120, blank=True)
    history = models.JSONField(default=list, blank=True)
    look = models.JSONField(default=dict, blank=True)
    data = models.JSONField(default=dict, blank=True)
    log = models.TextField(blank=True, help_text="what the engine said on the way")
    nlp_model = models.ForeignKey(NlpModel, models.SET_NULL, null=True, blank=True, related_name="trainings")
    remark = models.CharField(max_length=500, blank=True, help_text="what became of deploying it and using it")

    objects = TrainingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="training_newest")]

    def __str__(self) -> str:
        return f"training {self.pk}"

    @property
    def words(self) -> str:
        """For the log: what is trained, and how."""
        return f"{self} of {self.name} ({self.engine}, {self.get_source_display().lower()})"

    @property
    def quality(self) -> dict[str, Any]:
        return self.nlp_model.quality if self.nlp_model else {}
