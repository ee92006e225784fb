"""What the pipeline config widget offers: every model that the project may use, and why one can't be added now."""

from __future__ import annotations

from dataclasses import dataclass

from preannotation.contract import EMBEDDINGS
from preannotation.models import NlpModel
from preannotation.models.registry import Kind
from preannotation.rules import MAX_MODELS
from projects.labeling_config import LabelingConfig, parse
from projects.models import Project


@dataclass(frozen=True)
class OfferedLabel:
    name: str
    used: bool


@dataclass(frozen=True)
class OfferedModel:
    """obstacle: why this model would break a limit of the config at hand, naming the models in the way; else empty."""

    model: NlpModel
    embeddings: str
    labels: tuple[OfferedLabel, ...]
    obstacle: str

    @property
    def quality(self) -> str:
        """The one figure that sums up how the model did on held-out texts."""
        for key, name in (("f1", "F1"), ("accuracy", "accuracy")):
            if key in self.model.quality:
                return f"{name} {self.model.quality[key]:.2f}"
        return ""


@dataclass(frozen=True)
class Group:
    title: str
    models: tuple[OfferedModel, ...]


def groups_of(project: Project, xml: str) -> list[Group]:
    """Models by kind, newest version of each name, against the XML as it stands in the editor."""
    config = parse(xml).config
    models = list(NlpModel.objects.offered_in(project))
    providers = {
        entry.storage_ref: entry.name
        for entry in NlpModel.objects.usable_in(project).filter(kind=EMBEDDINGS).order_by("created_at")
    }
    offered = [_offered(model, models, providers, config) for model in models]
    return [
        Group(kind.label, tuple(offer for offer in offered if offer.model.kind == kind))
        for kind in Kind
        if kind != Kind.EMBEDDINGS
    ]


def _offered(
    model: NlpModel, models: list[NlpModel], providers: dict[str, str], config: LabelingConfig | None
) -> OfferedModel:
    asks = config.asks if config else ()
    used = {label for ask in asks if ask.model == model.name for label in ask.predicted}
    return OfferedModel(
        model=model,
        embeddings=providers.get(model.storage_ref, model.storage_ref) if model.storage_ref else "",
        labels=tuple(OfferedLabel(label, label in used) for label in model.labels),
        obstacle=_obstacle(model, models, config),
    )


def _obstacle(model: NlpModel, models: list[NlpModel], config: LabelingConfig | None) -> str:
    names = config.model_names if config else ()
    if model.name in names:
        return ""
    if len(names) >= MAX_MODELS:
        return f"The config already uses {MAX_MODELS} models: {', '.join(names)}. Take one out to add this one."
    others = [
        other.name
        for other in models
        if other.name in names and other.storage_ref and model.storage_ref and other.storage_ref != model.storage_ref
    ]
    if others:
        return f"Trained on other embeddings than {', '.join(others)}; models of one config must share theirs."
    return ""
