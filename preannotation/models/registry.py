from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from preannotation.contract import EMBEDDINGS, ModelSpec
from projects.models import Project

NAME_PATTERN = r"[a-z0-9][a-z0-9_.-]{0,99}"


class Kind(models.TextChoices):
    NER = "ner", "Named entities"
    CLASSIFICATION = "classification", "Classification"
    ASSERTION = "assertion", "Assertion status"
    EMBEDDINGS = "embeddings", "Embeddings"


class Origin(models.TextChoices):
    SAMPLE = "sample", "Sample model"
    FOLDER = "folder", "Added from a folder"
    UPLOADED = "uploaded", "Uploaded"
    TRAINED = "trained", "Trained here"
    DOWNLOADED = "downloaded", "Downloaded"


class NlpModelQuerySet(models.QuerySet["NlpModel"]):
    def usable(self) -> NlpModelQuerySet:
        return self.filter(state=NlpModel.State.READY, retired_at=None)

    def usable_in(self, project: Project | int | None) -> NlpModelQuerySet:
        """Ready, unretired, and published or this very project's own. project: itself, its id, or None for none."""
        return self.usable().filter(models.Q(project=None) | models.Q(project=project))

    def offered_in(self, project: Project) -> NlpModelQuerySet:
        """The newest version of each model that a config of this project may name; embeddings are not named."""
        return self.usable_in(project).exclude(kind=EMBEDDINGS).newest()

    def providers(self) -> NlpModelQuerySet:
        """The embeddings among the rows at hand. Of several that provide one storage ref the first is taken: what is
        published before a project's own, then the newest."""
        own_last = models.F("project").asc(nulls_first=True)
        return self.filter(kind=EMBEDDINGS).order_by(own_last, "-created_at", "-pk")

    def newest(self) -> NlpModelQuerySet:
        """The highest version of each name among the rows at hand."""
        return self.order_by("name", "-version").distinct("name")


class NlpModel(models.Model):
    """One immutable version of a saved Spark NLP model.

    All but name, version and provenance is read from the model itself. `project` is None once the model is
    published to all projects.
    """

    class State(models.TextChoices):
        READY = "ready", "Ready"
        BROKEN = "broken", "Broken"

    name = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    engine_class = models.CharField(max_length=200)
    labels = ArrayField(models.CharField(max_length=120), default=list)
    multiple = models.BooleanField(default=False, help_text="a classifier that may answer several classes at once")
    language = models.CharField(max_length=12, default="en")
    storage_ref = models.CharField(max_length=200, blank=True)
    dimension = models.PositiveIntegerField(null=True, blank=True)
    origin = models.CharField(max_length=16, choices=Origin.choices)
    project = models.ForeignKey(Project, models.RESTRICT, null=True, blank=True, related_name="nlp_models")
    folder = models.CharField(max_length=300, help_text="below the registry's folder")
    checksum = models.CharField(max_length=64, help_text="SHA-256 over all files, by path")
    size = models.PositiveBigIntegerField(help_text="bytes")
    quality = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.READY)
    failure = models.CharField(max_length=500, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = NlpModelQuerySet.as_manager()

    # What a version says of itself and of its files: as it was added, for good.
    FACTS = (
        "name", "version", "kind", "engine_class", "labels", "multiple", "language", "storage_ref", "dimension",
        "folder", "checksum", "size",
    )  # fmt: skip

    class Meta:
        ordering = ["name", "-version"]
        verbose_name = "model"
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="model_version_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def save(self, *args: Any, **options: Any) -> None:
        """Raises ValueError where a stored version's facts would change: another model is another version."""
        stored = None if self._state.adding else NlpModel.objects.filter(pk=self.pk).first()
        changed = [name for name in self.FACTS if stored and getattr(stored, name) != getattr(self, name)]
        if changed:
            raise ValueError(f"{stored} can't change ({', '.join(changed)}). Add the changed model as a new version.")
        super().save(*args, **options)

    @property
    def is_usable(self) -> bool:
        return self.state == self.State.READY and self.retired_at is None

    @property
    def path(self) -> Path:
        return Path(settings.MODELS_DIR) / self.folder

    def provider(self) -> NlpModel | None:
        """The usable embeddings entry that provides this model's storage ref; None where it needs none. Another
        project's entry never changes what this model computes."""
        if not self.storage_ref or self.kind == EMBEDDINGS:
            return None
        return NlpModel.objects.usable_in(self.project_id).providers().filter(storage_ref=self.storage_ref).first()

    def spec(self, embeddings: NlpModel | None) -> ModelSpec:
        return ModelSpec(
            name=self.name,
            version=self.version,
            kind=self.kind,
            folder=self.path,
            labels=tuple(self.labels),
            storage_ref=self.storage_ref or None,
            embeddings_folder=embeddings.path if embeddings else None,
            multiple=self.multiple,
        )
