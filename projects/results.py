"""Regions: built and checked. People's, models' and imported ones all pass here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from projects.labeling_config import ChoicesControl, LabelingConfig, LabelsControl
from projects.quoting import shortened
from projects.spans import OffsetMap
from projects.storable import why_not_storable

Region = dict[str, Any]
RELATION = "relation"
DIRECTIONS = ("right", "left", "bi")


@dataclass(frozen=True)
class RefusedRegion:
    """index: place in the result that was checked, from 0. reason: one sentence."""

    index: int
    reason: str


@dataclass(frozen=True)
class Checked:
    """What became of a result. repaired: one sentence for each region that was mended."""

    kept: list[Region]
    refused: tuple[RefusedRegion, ...] = ()
    repaired: tuple[str, ...] = ()


class _Refused(Exception):
    pass


def span_region(
    control: str,
    to_name: str,
    *,
    region_id: str,
    start: int,
    end: int,
    text: str,
    label: str,
    confidence: float | None,
    object_field: str,
    parent_id: str | None = None,
    origin: str | None = None,
    model: str | None = None,
    version: int | str | None = None,
) -> Region:
    """A labels region. start, end: code points, half-open. text: what stands there. confidence: 0..1."""
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    region = _region(control, to_name, "labels", region_id, value, confidence, parent_id, origin, model, version)
    return region | {"source": f"${object_field}"}


def choices_region(
    control: str,
    to_name: str,
    *,
    region_id: str,
    choices: Sequence[str],
    confidence: float | None,
    object_field: str | None = None,
    parent_id: str | None = None,
    origin: str | None = None,
    model: str | None = None,
    version: int | str | None = None,
) -> Region:
    """A choices region about the whole text. choices: exported names. confidence: 0..1."""
    value = {"choices": list(choices)}
    region = _region(control, to_name, "choices", region_id, value, confidence, parent_id, origin, model, version)
    return region | {"source": f"${object_field}"} if object_field else region


def _region(
    control: str,
    to_name: str,
    kind: str,
    region_id: str,
    value: dict[str, Any],
    confidence: float | None,
    parent_id: str | None,
    origin: str | None,
    model: str | None,
    version: int | str | None,
) -> Region:
    optional = {
        "parentID": parent_id,
        "origin": origin,
        "model": model,
        "model_version": None if version is None else str(version),
    }
    if confidence is not None:
        value["confidence"] = round(min(max(confidence, 0.0), 1.0), 4)
    return {
        "id": region_id,
        "from_name": control,
        "to_name": to_name,
        "type": kind,
        "value": value,
        **{key: given for key, given in optional.items() if given is not None},
    }


def is_relation(region: Region) -> bool:
    return region.get("type") == RELATION


def region_confidence(region: Region) -> float | None:
    """0..1, from `value.confidence` (number or string) or `score`; None where the region has neither."""
    raw = _raw_confidence(region)
    return None if raw is None else min(max(raw, 0.0), 1.0)


def confidences(result: Sequence[Region]) -> list[float]:
    """Of the regions that have one, in order."""
    return [found for region in result if (found := region_confidence(region)) is not None]


def mean_confidence(result: Sequence[Region]) -> float | None:
    """A prediction's score."""
    found = confidences(result)
    return math.fsum(found) / len(found) if found else None


def _raw_confidence(region: Region) -> float | None:
    value = region.get("value")
    for holder, key in ((value, "confidence"), (region, "score")):
        given = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(given, (int, float, str)) and not isinstance(given, bool):
            try:
                number = float(given)
            except (ValueError, OverflowError):
                continue
            if math.isfinite(number):
                return number
    return None


def check_result(result: list[Any], config: LabelingConfig, text: str, repair: bool = False) -> Checked:
    """Check every region against the config and the text it is about; what is refused doesn't harm the others.

    With `repair` (imports) offsets that count otherwise are set right where that explains the region's text exactly,
    and missing ids are given. A region is never moved to another occurrence of its text. The input is not changed.
    """
    checking = _Checking(config, text, repair)
    checked: dict[int, Region] = {}
    # Relations last: both of their ends must have been kept.
    for relations in (False, True):
        for index, region in enumerate(result):
            if (isinstance(region, dict) and is_relation(region)) is not relations:
                continue
            try:
                checked[index] = checking.relation(region) if relations else checking.region(region, index)
            except _Refused as refused:
                checking.refused.append(RefusedRegion(index, str(refused)))
    return Checked(
        kept=[checked[index] for index in sorted(checked)],
        refused=tuple(sorted(checking.refused, key=lambda refused: refused.index)),
        repaired=tuple(checking.repaired),
    )


@dataclass
class _Checking:
    config: LabelingConfig
    text: str
    repair: bool
    refused: list[RefusedRegion] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    keys: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.offsets = OffsetMap(self.text)

    def region(self, given: Any, index: int) -> Region:
        if not isinstance(given, dict):
            raise _Refused("It is not an object with id, from_name, to_name, type and value.")
        if reason := why_not_storable(given):
            raise _Refused(f"It {reason}.")
        control = self.control(given)
        kind = "labels" if isinstance(control, LabelsControl) else "choices"
        if given.get("type") != kind:
            raise _Refused(f'Its type is "{shortened(given.get("type"))}", but "{control.name}" gives "{kind}".')
        self.check_target(given, control)
        value = given.get("value")
        if not isinstance(value, dict):
            raise _Refused("It has no value.")
        region_id = self.region_id(given, index)
        if (region_id, control.name) in self.keys:
            raise _Refused(f'The region id "{shortened(region_id)}" occurs twice for "{control.name}".')
        if isinstance(control, LabelsControl):
            value = {**value, "labels": _labels(value, control)}
        else:
            value = {**value, "choices": _choices(value, control)}
        if isinstance(control, LabelsControl) or "start" in value or "end" in value:
            value |= self.span(value, region_id)
        self.keys.add((region_id, control.name))
        self.ids.add(region_id)
        return self.clamped({**given, "id": region_id, "value": value})

    def control(self, given: Region) -> LabelsControl | ChoicesControl:
        name = given.get("from_name")
        control = self.config.control(name) if isinstance(name, str) else None
        if control is None and name in self.config.not_offered:
            raise _Refused(f'"{shortened(name)}" is not about the text of the task, and nothing else is supported yet.')
        if control is None:
            raise _Refused(f'The Labeling Config has no Labels or Choices named "{shortened(name)}" (from_name).')
        return control

    def check_target(self, given: Region, control: LabelsControl | ChoicesControl) -> None:
        name = given.get("to_name")
        if name not in control.to_names:
            raise _Refused(
                f'Its to_name is "{shortened(name)}", but "{control.name}" is about "{", ".join(control.to_names)}".'
            )
        if name not in self.config.text_names:
            raise _Refused(f'Its to_name "{name}" is not the text of the task.')

    def region_id(self, given: Region, index: int) -> str:
        region_id = given.get("id")
        if isinstance(region_id, (str, int)) and not isinstance(region_id, bool) and str(region_id):
            return str(region_id)
        if not self.repair:
            raise _Refused("It has no id.")
        return f"region-{index + 1}"

    def span(self, value: dict[str, Any], region_id: str) -> dict[str, Any]:
        """start, end and text as they are kept."""
        start, end = _whole_number(value.get("start")), _whole_number(value.get("end"))
        if start is None or end is None:
            given = " and ".join(shortened(repr(value.get(key))) for key in ("start", "end"))
            raise _Refused(f"start and end must be whole numbers, not {given}.")
        expected = value.get("text")
        inside = 0 <= start < end <= len(self.text)
        if inside and (not isinstance(expected, str) or self.text[start:end] == expected):
            return {"start": start, "end": end, "text": self.text[start:end]}
        if self.repair and isinstance(expected, str) and 0 <= start <= end:
            found = self.offsets.explanation(start, end, expected)
            if found:
                span, way = found
                self.repaired.append(f"Region {shortened(region_id)}: {way}; {start}–{end} became {span[0]}–{span[1]}.")
                return {"start": span[0], "end": span[1], "text": self.text[span[0] : span[1]]}
        raise _Refused(self.span_reason(start, end))

    def span_reason(self, start: int, end: int) -> str:
        if start < 0:
            return f"start is {shortened(start)}, below 0."
        if start >= end:
            return f"start {shortened(start)} is not before end {shortened(end)}."
        if end > len(self.text):
            return f"end {shortened(end)} is beyond the text, which has {len(self.text):,} characters."
        return f"Its text is not what stands at {start}–{end}" + (
            ", and no other way of counting explains it." if self.repair else "."
        )

    def clamped(self, region: Region) -> Region:
        raw, kept = _raw_confidence(region), region_confidence(region)
        if raw == kept:
            return region
        self.repaired.append(f"Region {shortened(region['id'])}: confidence {raw:g} became {kept:g}.")
        if region_confidence({"value": region["value"]}) is not None:
            return {**region, "value": {**region["value"], "confidence": kept}}
        return {**region, "score": kept}

    def relation(self, given: Region) -> Region:
        if reason := why_not_storable(given):
            raise _Refused(f"It {reason}.")
        for end in ("from_id", "to_id"):
            if str(given.get(end)) not in self.ids:
                raise _Refused(f'{end} "{shortened(given.get(end))}" is not the id of a region that was kept.')
        if given.get("direction", DIRECTIONS[0]) not in DIRECTIONS:
            raise _Refused(f'direction is "{shortened(given["direction"])}"; it must be right, left or bi.')
        labels = given.get("labels") or []
        if not isinstance(labels, list):
            raise _Refused("labels must be a list.")
        allowed = [relation.value for relation in self.config.relations.relations] if self.config.relations else []
        for label in labels:
            if label not in allowed:
                raise _Refused(f'The Labeling Config has no relation "{shortened(label)}".')
        return {**given, "from_id": str(given["from_id"]), "to_id": str(given["to_id"])}


def _whole_number(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _labels(value: dict[str, Any], control: LabelsControl) -> list[str]:
    labels = value.get("labels")
    if not isinstance(labels, list) or not labels:
        raise _Refused(f'It has no labels of "{control.name}".')
    return [_known(label, control) for label in labels]


def _choices(value: dict[str, Any], control: ChoicesControl) -> list[Any]:
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices:
        raise _Refused(f'It has no choices of "{control.name}".')
    if len(choices) > 1 and not control.multiple:
        raise _Refused(f'"{control.name}" takes one choice, but it has {len(choices)}.')
    return [
        [_known(part, control) for part in choice] if isinstance(choice, list) else _known(choice, control)
        for choice in choices
    ]


def _known(name: Any, control: LabelsControl | ChoicesControl) -> str:
    item = control.by_name.get(name) if isinstance(name, str) else None
    if item is None:
        raise _Refused(f'"{shortened(name)}" is not in "{control.name}" of the Labeling Config.')
    return item.name
