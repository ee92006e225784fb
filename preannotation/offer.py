"""What the pipeline config widget offers: every model that the project may use, and why one can't be added now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from preannotation import rules
from preannotation.catalogue import catalogue
from preannotation.config_edit import Addition
from preannotation.contract import ASSERTION, CLASSIFICATION, NER
from preannotation.model_example import Example, example_of
from preannotation.models import NlpModel
from preannotation.models.registry import Kind, Origin
from preannotation.predicted_values import Names, Near
from projects.digests import digest
from projects.labeling_config import ConfigProblem, LabelingConfig, parse
from projects.models import Project

# Longer lists of labels are folded.
LISTED_LABELS = 30
MEASURES = ("f1", "precision", "recall", "support")


@dataclass(frozen=True)
class OfferedLabel:
    """stands_for: the config's label that it is predicted as, "" where the config doesn't ask for it. near: a label of
    people that probably means the same."""

    name: str
    stands_for: str = ""
    near: Near | None = None


@dataclass(frozen=True)
class Figures:
    """One label's measures in words, "" for none."""

    label: str
    f1: str
    precision: str
    recall: str
    support: str


@dataclass(frozen=True)
class OfferedModel:
    """obstacle: why this model would break a limit of the config at hand, naming the models in the way; else empty.
    lasting: whether it stays, whatever the config names."""

    model: NlpModel
    embeddings: str
    labels: tuple[OfferedLabel, ...]
    obstacle: str
    lasting: bool
    named: bool

    @property
    def is_wholly_used(self) -> bool:
        return bool(self.labels) and all(label.stands_for for label in self.labels)

    @property
    def is_long(self) -> bool:
        return len(self.labels) > LISTED_LABELS

    @property
    def near_labels(self) -> list[tuple[int, OfferedLabel]]:
        return [(number, label) for number, label in enumerate(self.labels) if label.near]

    @property
    def origin(self) -> str:
        if self.model.origin == Origin.TRAINED and self.model.project_id:
            return "Trained in this project"
        return self.model.get_origin_display()

    @property
    def searched(self) -> str:
        return "\n".join([self.model.name, *self.model.labels]).lower()

    @property
    def headline(self) -> str:
        """The one figure that sums up how the model did on held-out texts."""
        for key, name in (("f1", "F1"), ("accuracy", "accuracy")):
            if isinstance(figure := self.model.quality.get(key), int | float):
                return f"{name} {figure:.2f}"
        return ""

    @cached_property
    def figures(self) -> list[Figures]:
        """How the model did on each label, as far as it was measured."""
        labels = self.model.quality.get("labels")
        measured = labels.items() if isinstance(labels, dict) else ()
        return [Figures(label, *(_figure(row.get(key)) for key in MEASURES)) for label, row in sorted(measured)]

    @cached_property
    def example(self) -> Example | None:
        return example_of(self.model)


@dataclass(frozen=True)
class Group:
    title: str
    models: tuple[OfferedModel, ...]


@dataclass(frozen=True)
class Offer:
    """problem: why the XML can't be read; nothing is known to be used then. state: changes with all that the widget
    shows of the XML and of the registry."""

    groups: tuple[Group, ...]
    named: str
    state: str
    problem: ConfigProblem | None

    @property
    def models(self) -> list[OfferedModel]:
        return [offered for group in self.groups for offered in group.models]

    @property
    def filters(self) -> list[tuple[str, str, list[str]]]:
        """(title, key, values to choose from)."""
        models = self.models
        return [
            ("Kind", "kind", [group.title for group in self.groups if group.models]),
            ("Language", "language", sorted({offered.model.language for offered in models})),
            ("Embeddings", "embeddings", sorted({offered.embeddings or "none needed" for offered in models})),
            ("Origin", "origin", sorted({offered.origin for offered in models})),
        ]


def offer(project: Project, xml: str) -> Offer:
    """Models by kind, newest version of each name, against the XML as it stands in the editor."""
    outcome = parse(xml)
    known = catalogue(project)
    free = _FreeLabels(outcome.config)
    rows = list(NlpModel.objects.offered_in(project))
    offered = [_offered(model, known, outcome.config, free) for model in rows]
    groups = tuple(
        Group(kind.label, tuple(one for one in offered if one.model.kind == kind))
        for kind in Kind
        if kind != Kind.EMBEDDINGS
    )
    named = [_facts(known.get(name), name) for name in (outcome.config.model_names if outcome.config else ())]
    problem = None if outcome.config else outcome.problems[0]
    return Offer(groups, json.dumps(named), _state(offered, named, problem), problem)


def refusal(project: Project, xml: str, additions: Sequence[Addition]) -> str:
    """Why these can't all be added to the config, "" where they can."""
    config = parse(xml).config
    known = catalogue(project)
    ticked: list[str] = []
    for addition in additions:
        if reason := rules.obstacle(known[addition.model], config, known, ticked):
            return f"{addition.model}: {reason}"
        ticked.append(addition.model)
    return ""


class _FreeLabels:
    """Labels and choices of the config that a model's own ones may be mapped onto, by kind."""

    def __init__(self, config: LabelingConfig | None) -> None:
        self._found: dict[tuple[str, bool], list[str]] = {}
        for control in config.labels_controls if config else ():
            for label in control.labels:
                if not label.model:
                    kind = ASSERTION if label.assertion else NER
                    self._found.setdefault((kind, False), []).append(label.value)
        for choices in config.choices_controls if config else ():
            if not (choices.per_region or choices.model or any(choice.model for choice in choices.choices)):
                values = [choice.value for choice in choices.choices]
                self._found.setdefault((CLASSIFICATION, False), []).extend(values)
                if choices.multiple:
                    self._found.setdefault((CLASSIFICATION, True), []).extend(values)
        self._names = {key: Names(values) for key, values in self._found.items()}

    def near(self, model: NlpModel, label: str) -> Near | None:
        names = self._names.get((model.kind, model.multiple and model.kind == CLASSIFICATION))
        near = names.near(label) if names else None
        # A label of the very name simply gets the model; choices belong to one model, so there it is a decision.
        return None if near and near.name == label and model.kind != CLASSIFICATION else near


def _offered(
    model: NlpModel, known: dict[str, rules.RegisteredModel], config: LabelingConfig | None, free: _FreeLabels
) -> OfferedModel:
    asks = [ask for ask in (config.asks if config else ()) if ask.model == model.name]
    used = {label: ask.label for ask in reversed(asks) for label in ask.predicted}
    registered = known[model.name]
    return OfferedModel(
        model=model,
        embeddings=registered.embeddings,
        labels=tuple(_label(model, label, used, free) for label in model.labels),
        obstacle=rules.obstacle(registered, config, known),
        lasting=bool(registered.obstacle),
        named=bool(asks),
    )


def _label(model: NlpModel, label: str, used: dict[str, str], free: _FreeLabels) -> OfferedLabel:
    if label in used:
        return OfferedLabel(label, stands_for=used[label])
    return OfferedLabel(label, near=free.near(model, label))


def _figure(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value or 0)


def _facts(model: rules.RegisteredModel | None, name: str) -> dict[str, str]:
    return {"name": name, "ref": model.storage_ref if model else "", "kind": model.kind if model else ""}


def _state(offered: Sequence[OfferedModel], named: object, problem: ConfigProblem | None) -> str:
    shown = [(one.model.pk, one.embeddings, one.obstacle, one.labels) for one in offered]
    return digest(repr((shown, named, str(problem)))).hex
