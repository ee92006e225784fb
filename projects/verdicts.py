"""What a submitted result makes of a prediction, region by region."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from projects.labeling_config import LabelingConfig
from projects.results import Region, is_relation, region_confidence

ACCEPTED, BOUNDARY, RELABELLED = "accepted", "boundary", "relabelled"
REJECTED, ADDED = "rejected", "added"
MODEL_LENGTH, VERSION_LENGTH, NAME_LENGTH = 200, 80, 200

Span = tuple[int, int] | None


@dataclass(frozen=True)
class Proposed:
    """The prediction that a completion is held against. names: its id here, and the one that a file gave it."""

    pk: int
    model_version: str
    result: Sequence[Region]
    names: Collection[str]


@dataclass(frozen=True)
class Judgement:
    """One verdict. kind, label and so on as in projects.models.Verdict."""

    kind: str
    control: str
    label: str
    corrected_label: str
    region_id: str
    prediction_id: int
    model: str
    model_version: str
    confidence: float | None


@dataclass(eq=False)
class _Item:
    """One name that one region gives: to a stretch of the text, or to the whole. group: what it may be matched within,
    for a status that stands on the same words as its region is no other label of it."""

    group: tuple[str, bool]
    span: Span
    label: str
    region: Region
    other: _Item | None = None

    @property
    def region_id(self) -> str:
        return str(self.region.get("id", ""))

    @property
    def place(self) -> tuple[Any, ...]:
        return self.group, self.span


def judge(proposed: Proposed, result: Sequence[Region], config: LabelingConfig) -> list[Judgement]:
    """Verdicts on every label, status and choice of the prediction, in its order, then what was added by hand. What
    the config no longer has could not be kept, so that it is missing says nothing."""
    statuses = {
        (control.name, label.name) for control in config.labels_controls for label in control.labels if label.assertion
    }
    theirs = list(_items(proposed.result, statuses))
    ours = list(_items(result, statuses))
    _match(theirs, ours, lambda item: (item.place, item.label))
    _match_linked(theirs, ours, proposed.names)
    _match_overlapping(theirs, ours)
    _match(theirs, ours, lambda item: item.place)
    asked = {(ask.control, ask.label): ask.model for ask in config.asks}
    versions = _versions(proposed)
    return [
        *(_on(item, proposed) for item in theirs if item.other or config.label(item.group[0], item.label)),
        *(_added(item, proposed, asked, versions) for item in ours if item.other is None),
    ]


def _items(result: Sequence[Region], statuses: Collection[tuple[str, str]]) -> Iterator[_Item]:
    for region in result:
        value = region.get("value")
        if is_relation(region) or not isinstance(value, dict):
            continue
        control = str(region.get("from_name", ""))
        span = (value["start"], value["end"]) if "start" in value and "end" in value else None
        for name in value.get("labels") or value.get("choices") or ():
            # Of a choice inside another the innermost name says it all.
            label = str(name[-1] if isinstance(name, list) and name else name)
            yield _Item((control, (control, label) in statuses), span, label, region)


def _free(items: Iterable[_Item]) -> Iterator[_Item]:
    return (item for item in items if item.other is None)


def _pair(theirs: _Item, ours: _Item) -> None:
    theirs.other, ours.other = ours, theirs


def _match(theirs: Sequence[_Item], ours: Sequence[_Item], key: Callable[[_Item], Any]) -> None:
    """Pair those that have the same key, in order."""
    waiting = defaultdict(list)
    for item in _free(ours):
        waiting[key(item)].append(item)
    for item in _free(theirs):
        if there := waiting.get(key(item)):
            _pair(item, there.pop(0))


def _match_linked(theirs: Sequence[_Item], ours: Sequence[_Item], names: Collection[str]) -> None:
    """Pair regions with those that were made from them."""
    copies: dict[tuple[Any, ...], list[_Item]] = defaultdict(list)
    for item in _free(ours):
        if str(item.region.get("origin", "")).startswith("prediction") and _is_from(item.region, names):
            source = str(item.region.get("prediction_region") or item.region_id)
            copies[item.group, source].append(item)
    for item in _free(theirs):
        if there := copies.get((item.group, item.region_id)):
            _pair(item, there.pop(0))


def _is_from(region: Region, names: Collection[str]) -> bool:
    return "prediction" not in region or str(region["prediction"]) in names


def _match_overlapping(theirs: Sequence[_Item], ours: Sequence[_Item]) -> None:
    """Pair regions of one label that share most of their text."""
    groups: dict[tuple[Any, ...], list[_Item]] = defaultdict(list)
    for item in _free(ours):
        if item.span:
            groups[item.group, item.label].append(item)
    for there in groups.values():
        there.sort(key=lambda item: item.span or ())
    longest = {key: max(map(_length, there)) for key, there in groups.items()}
    for item in _free(theirs):
        key = (item.group, item.label)
        if item.span and key in groups:
            shared = [(_shared(item, other), other) for other in _near(item, groups[key], longest[key])]
            best = max(shared, key=lambda pair: pair[0], default=(0, item))
            if best[0] > 0:
                _pair(item, best[1])
                groups[key].remove(best[1])


def _near(item: _Item, there: Sequence[_Item], longest: int) -> Iterator[_Item]:
    """Those that may overlap: `there` is sorted by where they start."""
    start, end = item.span or (0, 0)
    first = bisect_left(there, start - longest, key=lambda other: (other.span or (0, 0))[0])
    for other in there[first:]:
        if (other.span or (0, 0))[0] >= end:
            return
        yield other


def _length(item: _Item) -> int:
    return item.span[1] - item.span[0] if item.span else 0


def _shared(item: _Item, other: _Item) -> int:
    if not item.span or not other.span:
        return 0
    return min(item.span[1], other.span[1]) - max(item.span[0], other.span[0])


def _on(item: _Item, proposed: Proposed) -> Judgement:
    corrected = item.other.label if item.other and item.other.label != item.label else ""
    if item.other is None:
        kind = REJECTED
    elif corrected:
        kind = RELABELLED
    else:
        kind = ACCEPTED if item.other.span == item.span else BOUNDARY
    model, version = _source(item.region, proposed)
    return _judgement(kind, item, proposed, model, version, region_confidence(item.region), corrected)


def _added(
    item: _Item, proposed: Proposed, asked: Mapping[tuple[str, str], str], versions: Mapping[str, str]
) -> Judgement:
    model = asked.get((item.group[0], item.label), "")
    return _judgement(ADDED, item, proposed, model, versions.get(model, ""), None)


def _judgement(
    kind: str,
    item: _Item,
    proposed: Proposed,
    model: str,
    version: str,
    confidence: float | None,
    corrected: str = "",
) -> Judgement:
    return Judgement(
        kind=kind,
        control=item.group[0][:NAME_LENGTH],
        label=item.label[:NAME_LENGTH],
        corrected_label=corrected[:NAME_LENGTH],
        region_id=item.region_id[:NAME_LENGTH],
        prediction_id=proposed.pk,
        model=model[:MODEL_LENGTH],
        model_version=version[:VERSION_LENGTH],
        confidence=confidence,
    )


def _source(region: Region, proposed: Proposed) -> tuple[str, str]:
    """(model, version); an imported prediction has a version of its own at best."""
    if region.get("model"):
        return str(region["model"]), str(region.get("model_version", ""))
    return "", proposed.model_version


def _versions(proposed: Proposed) -> dict[str, str]:
    """Version by model, as far as the prediction names them: "ner_posology 3, assertion_problem 1"."""
    parts = (part.rpartition(" ") for part in proposed.model_version.split(", "))
    named = {model: version for model, _, version in parts if model}
    regions = (region for region in proposed.result if region.get("model") and region.get("model_version"))
    return named | {str(region["model"]): str(region["model_version"]) for region in regions}
