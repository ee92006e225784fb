"""What the pipeline config widget offers: every model that the project may use, and why one can't be added now."""

from __future__ import annotations

from dataclasses import dataclass

from preannotation import rules
from preannotation.catalogue import catalogue
from preannotation.models import NlpModel
from preannotation.models.registry import Kind
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
    def is_wholly_used(self) -> bool:
        return all(label.used for label in self.labels)

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
    known = catalogue(project)
    offered = [_offered(model, known, config) for model in NlpModel.objects.offered_in(project)]
    return [
        Group(kind.label, tuple(offer for offer in offered if offer.model.kind == kind))
        for kind in Kind
        if kind != Kind.EMBEDDINGS
    ]


def _offered(model: NlpModel, known: dict[str, rules.RegisteredModel], config: LabelingConfig | None) -> OfferedModel:
    asks = config.asks if config else ()
    used = {label for ask in asks if ask.model == model.name for label in ask.predicted}
    registered = known[model.name]
    return OfferedModel(
        model=model,
        embeddings=registered.embeddings,
        labels=tuple(OfferedLabel(label, label in used) for label in model.labels),
        obstacle=rules.obstacle(registered, config, known),
    )
