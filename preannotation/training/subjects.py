"""What a Labeling Config gives to learn: each Labels and Choices control, and its assertion statuses. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from preannotation.contract import ASSERTION, CLASSIFICATION, NER
from preannotation.training.parameters import (
    ASSERTION_ENGINE,
    CLASSIFIER_DL,
    MULTI_CLASSIFIER_DL,
    NER_CRF,
    NER_DL,
)
from projects.labeling_config import ChoicesControl, LabelingConfig, LabelsControl

WORDS: Final = {NER: "named entities", CLASSIFICATION: "classification", ASSERTION: "assertion status"}


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that a model can learn from a project's completions.

    control: name of the Labels or Choices. labels: as results carry them. chunk_labels: for assertion status, the
    labels whose regions have one. engines: of `training.parameters`, the usual one first. model: what the config asks
    for most of these labels, "" where nothing.
    """

    kind: str
    control: str
    labels: tuple[str, ...]
    engines: tuple[str, ...]
    chunk_labels: tuple[str, ...] = ()
    model: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.control}"

    @property
    def words(self) -> str:
        return f"{WORDS[self.kind].capitalize()} of {self.control}"


def subjects(config: LabelingConfig | None) -> list[Subject]:
    """In the order of the config; entities before the statuses of the same control."""
    if config is None:
        return []
    entities = tuple(
        label.name for control in config.labels_controls for label in control.labels if not label.assertion
    )
    found: list[Subject] = []
    for control in config.controls:
        found += (
            _of_choices(config, control)
            if isinstance(control, ChoicesControl)
            else _of_labels(config, control, entities)
        )
    return found


def chunk_names(config: LabelingConfig) -> dict[tuple[str, str], list[str]]:
    """By control and exported name of each label that is no status: the names under which an assertion model may know
    it, the exported one first."""
    return {
        (control.name, label.name): list(dict.fromkeys([label.name, *label.predicted, label.value]))
        for control in config.labels_controls
        for label in control.labels
        if not label.assertion
    }


def _of_choices(config: LabelingConfig, control: ChoicesControl) -> list[Subject]:
    names = tuple(choice.name for choice in control.choices)
    if control.per_region or len(names) < 2:
        return []
    engines = (MULTI_CLASSIFIER_DL,) if control.multiple else (CLASSIFIER_DL,)
    return [Subject(CLASSIFICATION, control.name, names, engines, model=_asked(config, CLASSIFICATION, control.name))]


def _of_labels(config: LabelingConfig, control: LabelsControl, entities: tuple[str, ...]) -> list[Subject]:
    own = tuple(label.name for label in control.labels if not label.assertion)
    statuses = tuple(label.name for label in control.labels if label.assertion)
    found = []
    if own:
        asked = _asked(config, NER, control.name)
        found.append(Subject(NER, control.name, own, (NER_DL, NER_CRF), model=asked))
    if len(statuses) > 1 and entities:
        asked = _asked(config, ASSERTION, control.name)
        found.append(Subject(ASSERTION, control.name, statuses, (ASSERTION_ENGINE,), entities, asked))
    return found


def _asked(config: LabelingConfig, kind: str, control: str) -> str:
    models = [ask.model for ask in config.asks if (ask.kind, ask.control) == (kind, control)]
    return max(models, key=models.count, default="")
