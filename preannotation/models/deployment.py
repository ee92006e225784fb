from __future__ import annotations

from statistics import median

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from preannotation.contract import EngineError, ModelSpec
from preannotation.models.registry import NlpModel
from projects.models import Project


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    def last_of(self, project: Project) -> Deployment | None:
        return self.filter(project=project).with_models().order_by("-created_at", "-pk").first()

    def under_way(self) -> DeploymentQuerySet:
        return self.filter(state__in=Deployment.UNDER_WAY)

    def ready_in(self, project: Project) -> Deployment | None:
        """The newest ready one: what a run of this project uses."""
        return self.filter(project=project, state=Deployment.State.READY).order_by("-created_at", "-pk").first()

    def alive(self) -> DeploymentQuerySet:
        """Ready, or on the way to it."""
        return self.filter(state__in=(*Deployment.UNDER_WAY, Deployment.State.READY))

    def older_than(self, deployment: Deployment) -> DeploymentQuerySet:
        """The earlier ones of the same project."""
        return self.filter(project=deployment.project_id, pk__lt=deployment.pk)

    def up_to(self, deployment: Deployment) -> DeploymentQuerySet:
        """This one and the earlier ones of the same project."""
        return self.filter(project=deployment.project_id, pk__lte=deployment.pk)

    def stop(self, by: AbstractUser | None, reason: str = "") -> int:
        """Returns how many were stopped."""
        return self.update(
            state=Deployment.State.STOPPED, stopped_at=timezone.now(), stopped_by=by, claimed_by="", failure=reason
        )

    def newest_of_others(self, project: Project) -> DeploymentQuerySet:
        """The newest living one of every other project, the last used first."""
        return self.newest_of_projects().exclude(project=project)

    def newest_of_projects(self) -> DeploymentQuerySet:
        """The newest living one of every project, the last used first."""
        newer = Deployment.objects.alive().filter(project=models.OuterRef("project"), pk__gt=models.OuterRef("pk"))
        used = Coalesce("last_used_at", "created_at")
        return self.alive().exclude(models.Exists(newer)).order_by(used.desc(), "-pk")

    def with_load(self) -> DeploymentQuerySet:
        """`runs_under_way`, `tasks_left` in them, and `runs_ended`: how many end where it is stopped, with the older
        ones of its project."""
        under_way = models.Q(runs__state__in=("queued", "running"))
        answered = (
            models.F("runs__found") + models.F("runs__empty") + models.F("runs__unchanged") + models.F("runs__failed")
        )
        stopped = Deployment.objects.alive().filter(project=models.OuterRef("project"), pk__lte=models.OuterRef("pk"))
        ended = stopped.filter(under_way).order_by().values("project").values(ended=models.Count("runs"))
        return self.annotate(
            runs_under_way=models.Count("runs", filter=under_way),
            runs_ended=Coalesce(models.Subquery(ended), 0),
            tasks_left=Coalesce(models.Sum(models.F("runs__total") - answered, filter=under_way), 0),
        )

    def usual_load_seconds(self) -> float | None:
        """The median of the last ten that were loaded; None before the first."""
        loaded = self.exclude(load_seconds=None).order_by("-ready_at").values_list("load_seconds", flat=True)[:10]
        seconds = list(loaded)
        return median(seconds) if seconds else None

    def with_models(self) -> DeploymentQuerySet:
        return self.select_related("created_by", "embeddings", "stopped_by").prefetch_related("nlp_models")


class Deployment(models.Model):
    """One to five model versions loaded together, by whom, when, from which config.

    queued -> loading -> ready | failed; ready -> stopped. A row says what was decided; a pipeline in a worker's
    memory is only a cache of it, loaded again whenever it is missing.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        LOADING = "loading", "Loading"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped"

    UNDER_WAY = (State.QUEUED, State.LOADING)

    project = models.ForeignKey(Project, models.CASCADE, related_name="deployments")
    nlp_models = models.ManyToManyField(NlpModel, related_name="deployments")
    embeddings = models.ForeignKey(NlpModel, models.PROTECT, null=True, blank=True, related_name="+")
    config = models.TextField()
    config_version = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    failure = models.CharField(max_length=1000, blank=True)
    error_id = models.CharField(max_length=12, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="workers that died while they loaded it")
    claimed_by = models.CharField(max_length=80, blank=True)
    beat_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True, blank=True)
    load_seconds = models.FloatField(null=True, blank=True)
    memory = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="bytes by which the worker grew while it loaded the models"
    )
    last_used_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = DeploymentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["project", "-created_at"], name="deployment_of_project")]

    def __str__(self) -> str:
        return f"deployment {self.pk}"

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    def refuse_unless_ready(self, then: str) -> None:
        """then: what to do once something is deployed again. Raises EngineError."""
        if self.state != self.State.READY:
            raise EngineError(f"Deployment {self.pk} is {self.get_state_display().lower()}. Deploy again, then {then}.")

    def specs(self) -> tuple[ModelSpec, ...]:
        return tuple(
            model.spec(self.embeddings if model.storage_ref else None) for model in self.nlp_models.order_by("name")
        )
