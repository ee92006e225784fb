"""The registry as the Models pages show it: what a project may use, and what one version is and is used for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.db.models import Q, Sum

from preannotation import publishing
from preannotation.models import Arrival, Deployment, NlpModel, Training
from preannotation.models.registry import NlpModelQuerySet
from preannotation.training.parameters import RANGES, plain
from preannotation.training.shown import Quality
from projects.models import Project
from projects.templatetags.dates import spent

LISTED_LABELS = 8
THROUGH_SHOWN = 3


@dataclass(frozen=True)
class ModelRow:
    model: NlpModel
    named: bool

    @property
    def whose(self) -> str:
        return "all projects" if self.model.project_id is None else "this project"

    @property
    def labels(self) -> str:
        more = len(self.model.labels) - LISTED_LABELS
        return ", ".join(self.model.labels[:LISTED_LABELS]) + (f" and {more} more" if more > 0 else "")

    @cached_property
    def quality(self) -> Quality | None:
        return Quality.of(self.model)

    @property
    def state(self) -> str:
        """One of the states that pages show a shape for."""
        if self.model.retired_at:
            return "stopped"
        return "ready" if self.model.state == NlpModel.State.READY else "failed"

    @property
    def state_words(self) -> str:
        return "Retired" if self.model.retired_at else self.model.get_state_display()


@dataclass(frozen=True)
class ModelView(ModelRow):
    """One version's page."""

    project: Project
    user: AbstractUser

    @cached_property
    def uses(self) -> list[str]:
        return publishing.what_uses(self.model)

    @cached_property
    def embeddings(self) -> NlpModel | None:
        return self.model.provider()

    @cached_property
    def versions(self) -> list[NlpModel]:
        return list(visible_in(self.project).filter(name=self.model.name).order_by("-version"))

    @property
    def deployments(self) -> int:
        return Deployment.objects.filter(nlp_models=self.model, project=self.project).count()

    @cached_property
    def training(self) -> Training | None:
        """Of this project; another's is nothing that this one may see."""
        return self.model.trainings.filter(project=self.project).first()

    @property
    def learned(self) -> str:
        """How long it took, and with which parameters."""
        given = self.model.quality.get("parameters") or {}
        named = {name: of.called.lower() for ranges in RANGES.values() for name, of in ranges.items()}
        said = [f"{named[name]} {plain(value)}" for name, value in given.items() if name in named]
        seconds = self.model.quality.get("seconds")
        return ", ".join([*([str(spent(seconds))] if seconds else []), *said])

    @property
    def data_seen(self) -> str:
        """How many tasks it was trained on, and their hash."""
        seen = self.model.quality.get("data_seen") or {}
        return f"{len(seen.get('train', [])):,} tasks, SHA-256 {seen['sha256'][:16]}" if seen.get("sha256") else ""


def visible_in(project: Project) -> NlpModelQuerySet:
    """Versions that this project may see, usable or not."""
    return NlpModel.objects.filter(Q(project=None) | Q(project=project)).select_related("created_by", "project")


def rows(project: Project, names: tuple[str, ...]) -> list[ModelRow]:
    """Every version that the project may see, the newest of each name first. names: models that its config asks."""
    return [ModelRow(model, model.name in names) for model in visible_in(project).order_by("kind", "name", "-version")]


def arrivals_of(project: Project, user: AbstractUser) -> list[Arrival]:
    """Those for the project, and one's own for all: all that are under way, then the newest that are through."""
    mine = Arrival.objects.newest().filter(Q(project=project) | Q(project=None, created_by=user))
    return [*mine.under_way(), *mine.exclude(state__in=Arrival.UNDER_WAY)[:THROUGH_SHOWN]]


def disk_use() -> int:
    """Bytes that all versions take."""
    return int(NlpModel.objects.aggregate(all=Sum("size"))["all"] or 0)
