"""What people and a model say of the same task, both in the project's labels. Pure.

A model's findings become the project's labels by the config, as predictions do. A model that the config doesn't name is
read as if it were named by all labels that have a name which it predicts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from preannotation.contract import ASSERTION, CLASSIFICATION, NER, Chunk, DocumentClass, Findings
from preannotation.evaluating.errors import Judged, Said, Span
from preannotation.mapping import Mapper, source_key
from preannotation.training.examples import Example, Wanted, Work, look
from preannotation.training.subjects import chunk_names
from projects.labeling_config import Ask, Choice, ChoicesControl, Label, LabelingConfig, LabelsControl
from projects.results import Region, region_confidence

Item = TypeVar("Item", Label, Choice)


@dataclass(frozen=True)
class Reading:
    """How one model is read. wanted: what of people's work it is measured against. named: whether the config itself
    names the model."""

    model: str
    kind: str
    wanted: Wanted
    mapper: Mapper
    asks: tuple[Ask, ...]
    named: bool

    @classmethod
    def of(cls, config: LabelingConfig, model: str, version: int, kind: str, labels: Collection[str]) -> Reading | None:
        """labels: those that the model predicts. None where none of them is one of the project's."""
        named = any(ask.model == model and ask.kind == kind for ask in config.asks)
        config = config if named else _naming(config, model, kind, labels)
        asks = tuple(ask for ask in config.asks if ask.model == model and ask.kind == kind)
        if not asks:
            return None
        wanted = Wanted(
            kind,
            frozenset(ask.control for ask in asks),
            frozenset(ask.label for ask in asks),
            frozenset(label for _, label in chunk_names(config)),
        )
        versions = {model: version}
        return cls(model, kind, wanted, Mapper(config, versions, source_key(config, versions)), asks, named)

    def examples(self, works: Sequence[Work]) -> list[Example]:
        """What people say: all of these completions that say something of what this kind of model is asked. All of
        them have to be of tasks tagged Test."""
        return look(works, self.wanted, test_share=1.0, seed=0, overlapping=True).test

    def judged(self, example: Example, line: dict[str, Any]) -> Judged:
        """line: what `preannotation.spark.evaluate_work` says of the example's text."""
        said, wanted = tuple(self._said(example.text, line)), _spans(example)
        failure = line.get("failure", "")
        if self.kind != ASSERTION:
            return Judged(example.task_id, wanted, said, failure)
        # The model judges every chunk. Of one without a status nobody has said what is right.
        places = {(start, end) for start, end, _ in wanted}
        of_people = tuple(one for one in said if (one.start, one.end) in places)
        left_out = len({(one.start, one.end) for one in said} - places)
        return Judged(example.task_id, wanted, of_people, failure, left_out)

    @property
    def asked(self) -> list[list[str]]:
        """[control, label] of each label that the model is asked for, for comparing it with another one."""
        return sorted([ask.control, ask.label] for ask in self.asks)

    def _said(self, text: str, line: dict[str, Any]) -> Iterator[Said]:
        if self.kind == ASSERTION:
            yield from self._statuses(line.get("statuses", []))
        elif self.kind == NER:
            chunks = tuple(Chunk(*values, self.model) for values in line.get("chunks", []))
            for region in self.mapper.regions(Findings(chunks), text).regions:
                value = region["value"]
                yield Said(value["start"], value["end"], value["labels"][0], _confidence(region))
        else:
            yield from self._classes(text, [DocumentClass(*values, self.model) for values in line.get("classes", [])])

    def _statuses(self, given: Sequence[Sequence[Any]]) -> Iterator[Said]:
        for start, end, status, confidence in given:
            for ask in self.asks:
                if status in ask.predicted:
                    yield Said(start, end, ask.label, confidence)

    def _classes(self, text: str, classes: Sequence[DocumentClass]) -> Iterator[Said]:
        """A choices region has one confidence for all its choices; here each class keeps its own."""
        multiple = any(ask.multiple for ask in self.asks)
        for part in [[one] for one in classes] if multiple else [classes]:
            for region in self.mapper.regions(Findings(classes=tuple(part)), text).regions:
                for choice in region["value"]["choices"]:
                    yield Said(0, 0, choice[-1] if isinstance(choice, list) else choice, _confidence(region))


def chunks(result: Sequence[Region], names: dict[tuple[str, str], list[str]]) -> list[tuple[int, int, list[str]]]:
    """(start, end, names) of each place in a completion that may have a status. names: as `chunk_names` says."""
    found: dict[tuple[int, int], list[str]] = {}
    for region in result:
        if region.get("type") == "labels":
            place = region["value"]["start"], region["value"]["end"]
            for label in region["value"]["labels"]:
                known = names.get((region.get("from_name", ""), label))
                if known:
                    found.setdefault(place, []).extend(known)
    return [(start, end, known) for (start, end), known in sorted(found.items())]


def _naming(config: LabelingConfig, model: str, kind: str, labels: Collection[str]) -> LabelingConfig:
    """The config as if each label that this model predicts named it."""
    controls: list[LabelsControl | ChoicesControl] = []
    for control in config.controls:
        if isinstance(control, ChoicesControl):
            fits = kind == CLASSIFICATION and not control.per_region
            choices = tuple(_asking(choice, model, labels) if fits else choice for choice in control.choices)
            controls.append(replace(control, choices=choices))
        else:
            own = tuple(
                _asking(label, model, labels) if kind == (ASSERTION if label.assertion else NER) else label
                for label in control.labels
            )
            controls.append(replace(control, labels=own))
    return replace(config, controls=tuple(controls))


def _asking(item: Item, model: str, labels: Collection[str]) -> Item:
    known = tuple(name for name in dict.fromkeys([*item.predicted, item.value, item.name]) if name in labels)
    return replace(item, model=model, predicted_values=known) if known else item


def _spans(example: Example) -> tuple[Span, ...]:
    return example.spans or tuple((0, 0, name) for name in example.classes)


def _confidence(region: Region) -> float:
    return region_confidence(region) or 0.0
