"""A project's deployment as the popup shows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from django.conf import settings

from preannotation.models import Deployment, NlpModel, PreannotationRun
from preannotation.staleness import DeployedVersion, Staleness, staleness
from preannotation.waiting import SparkWorkers, progress_of
from projects.labeling_config import Ask, parse
from projects.models import Project

MOST_RUNS = 100


@dataclass(frozen=True)
class DeployedModel:
    """labels: those that the deployment's config asks from the model, in the config's order."""

    model: NlpModel
    labels: tuple[str, ...]
    embeddings: str


@dataclass(frozen=True)
class DeploymentView:
    """deployment: the last one or None. wanted: the names of the models that the stored config names now.
    usable: the newest ready one, which a run would use. missing_meanwhile: labels that the config asks for and that one
    does not predict, where it is not the last. runs: the project's that are under way."""

    project: Project
    deployment: Deployment | None
    usable: Deployment | None
    models: tuple[DeployedModel, ...]
    wanted: tuple[str, ...]
    staleness: Staleness
    config_changed: bool
    missing_meanwhile: tuple[str, ...]
    runs: tuple[PreannotationRun, ...]

    @classmethod
    def of(cls, project: Project, deployment: Deployment | None) -> DeploymentView:
        now = _asks(project.labeling_config)
        wanted = tuple(dict.fromkeys(ask.model for ask in now))
        if not deployment:
            return cls(project, None, None, (), wanted, Staleness(), False, (), ())
        is_ready = deployment.state == Deployment.State.READY
        usable = deployment if is_ready else Deployment.objects.ready_in(project)
        before = _asks(deployment.config)
        deployed = sorted(deployment.nlp_models.all(), key=lambda model: (model.kind, model.name))
        models = tuple(
            DeployedModel(model, _asked(before, model.name), str(deployment.embeddings) if model.storage_ref else "")
            for model in deployed
        )
        runs = PreannotationRun.objects.filter(project=project).under_way().order_by("pk")
        return cls(
            project,
            deployment,
            usable,
            models,
            wanted,
            _staleness(deployment, before, now, deployed),
            deployment.config_version != project.config_version,
            _missing(usable, now) if usable and not is_ready else (),
            tuple(runs[:MOST_RUNS]),
        )

    @property
    def is_under_way(self) -> bool:
        return self.deployment is not None and self.deployment.is_under_way

    @property
    def stoppable(self) -> Deployment | None:
        """What Stop would stop, older ones included."""
        return self.deployment if self.is_under_way else self.usable

    @cached_property
    def workers(self) -> SparkWorkers:
        return SparkWorkers.read()

    @cached_property
    def progress(self) -> tuple[str, ...]:
        return progress_of(self.deployment, self.workers) if self.deployment else ()

    @property
    def elsewhere(self) -> list[PreannotationRun]:
        """Runs under way on other deployments than a new run would use."""
        return [run for run in self.runs if not self.usable or run.deployment_id != self.usable.pk]

    @cached_property
    def stopped_runs(self) -> int:
        """How many runs Stop would end."""
        return PreannotationRun.objects.ended_with(self.stoppable).count() if self.stoppable else 0

    @property
    def is_in_memory(self) -> bool:
        return self.deployment is not None and self.deployment.pk in self.workers.in_memory

    @property
    def over_budget(self) -> int | None:
        """The budget in bytes, where this deployment alone takes more."""
        over = self.deployment and (self.deployment.memory or 0) > settings.PIPELINE_MEMORY
        return settings.PIPELINE_MEMORY if over else None

    @cached_property
    def mark(self) -> str:
        """Changes whenever more has changed than the progress."""
        shown = (
            self.deployment and (self.deployment.pk, self.deployment.state),
            self.usable and self.usable.pk,
            self.project.config_version,
            self.staleness,
            self.missing_meanwhile,
            [run.pk for run in self.elsewhere],
            self.stopped_runs,
        )
        return _digest(str(shown))

    @property
    def progress_mark(self) -> str:
        return _digest(" ".join(self.progress))


def _asks(xml: str) -> tuple[Ask, ...]:
    config = parse(xml).config
    return config.asks if config else ()


def _asked(asks: tuple[Ask, ...], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ask.label for ask in asks if ask.model == name))


def _staleness(
    deployment: Deployment, before: tuple[Ask, ...], now: tuple[Ask, ...], deployed: list[NlpModel]
) -> Staleness:
    embeddings = deployment.embeddings
    names = [*(model.name for model in deployed), *([embeddings.name] if embeddings else [])]
    usable = NlpModel.objects.usable_in(deployment.project).filter(name__in=names).newest()
    newest = dict(usable.values_list("name", "version"))
    return staleness(
        before,
        now,
        {model.name: _version(model, newest) for model in deployed},
        _version(embeddings, newest) if embeddings else None,
    )


def _missing(usable: Deployment, now: tuple[Ask, ...]) -> tuple[str, ...]:
    return _staleness(usable, _asks(usable.config), now, list(usable.nlp_models.all())).missing


def _version(model: NlpModel, newest: dict[str, int]) -> DeployedVersion:
    broken = (model.failure or "its files changed") if model.state == NlpModel.State.BROKEN else ""
    return DeployedVersion(
        model.name, model.version, tuple(model.labels), newest.get(model.name), model.retired_at is not None, broken
    )


def _digest(words: str) -> str:
    return sha256(words.encode()).hexdigest()[:12]
