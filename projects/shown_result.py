"""A result as the task page shows it: regions with their statuses, classes of the whole text, the text in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from projects.highlight import Segment, segments
from projects.label_colours import Colours
from projects.labeling_config import LabelingConfig
from projects.results import Region, is_relation, region_confidence

LANES_DRAWN = 3


@dataclass(frozen=True)
class Source:
    """Who says so. confidence: 0..1, None where nothing was said."""

    model: str
    confidence: float | None

    @property
    def words(self) -> str:
        return " · ".join([self.model] + ([] if self.confidence is None else [f"{self.confidence:.2f}"]))


@dataclass(frozen=True)
class Status:
    """What is said of a region beside its label: assertion status, or a choice about this region only."""

    label: str
    source: Source


@dataclass
class ShownRegion:
    """number: from 1, in the order of the text. colour: its number in the page's Colours."""

    region_id: str
    start: int
    end: int
    text: str
    label: str
    colour: int
    source: Source
    statuses: list[Status] = field(default_factory=list)
    number: int = 0

    @property
    def suffix(self) -> str:
        return " ".join([self.label, *(f"({status.label})" for status in self.statuses)])

    @property
    def tip(self) -> str:
        lines = [f"{self.label} · {self.source.words}"]
        return "\n".join(lines + [f"{status.label} · {status.source.words}" for status in self.statuses])


@dataclass(frozen=True)
class ShownClass:
    """A class of the whole text, by the control that it answers."""

    control: str
    choices: tuple[str, ...]
    source: Source


@dataclass(frozen=True)
class ShownRelation:
    source_text: str
    target_text: str
    label: str
    arrow: str


@dataclass(frozen=True)
class Piece:
    """A segment as the template writes it. marks: CSS classes of its lanes and colour. regions: their numbers.

    suffix: what stands behind it, where regions end here. number: of the first region that begins here, else 0.
    """

    text: str
    marks: str = ""
    regions: str = ""
    number: int = 0
    suffix: str = ""
    tip: str = ""


class ShownResult:
    """Reads one result against a text. Anything malformed is left out: what is stored passed the gate for regions."""

    def __init__(self, text: str, result: list[Region], config: LabelingConfig | None, version: str) -> None:
        self.text = text
        self.version = version
        self.colours = Colours(config)
        self.config = config
        self._result = [region for region in result if isinstance(region, dict)]
        spans = [region for region in self._result if _is_span(region)]
        self.regions = self._attached(spans)
        self.classes = [self._class(region) for region in self._result if _choices(region) and not _is_span(region)]

    def _attached(self, spans: list[Region]) -> list[ShownRegion]:
        """Statuses join the region that they are about; those that find none stand for themselves."""
        kept: dict[str, ShownRegion] = {}
        places: dict[tuple[int, int], ShownRegion] = {}
        statuses = []
        for region in spans:
            if self._is_status(region):
                statuses.append(region)
                continue
            shown = self._region(region)
            kept[shown.region_id] = shown
            places.setdefault((shown.start, shown.end), shown)
        regions = list(kept.values())
        for region in statuses:
            shown = self._region(region)
            about = kept.get(str(region.get("parentID") or region.get("id"))) or places.get((shown.start, shown.end))
            if about:
                about.statuses.append(Status(shown.label, shown.source))
            else:
                regions.append(shown)
        regions.sort(key=lambda shown: (shown.start, -shown.end))
        for number, shown in enumerate(regions, 1):
            shown.number = number
        return regions

    def _is_status(self, region: Region) -> bool:
        if _choices(region):
            return True
        labels = region["value"].get("labels") or [""]
        label = self.config.label(str(region.get("from_name")), str(labels[0])) if self.config else None
        return bool(getattr(label, "assertion", False))

    def _region(self, region: Region) -> ShownRegion:
        value = region["value"]
        label = ", ".join(_choices(region) or map(str, value.get("labels") or ["no label"]))
        return ShownRegion(
            region_id=str(region.get("id")),
            start=value["start"],
            end=value["end"],
            text=self.text[value["start"] : value["end"]],
            label=label,
            colour=self.colours.number(str(region.get("from_name")), label.split(", ")[0]),
            source=self._source(region),
        )

    def _class(self, region: Region) -> ShownClass:
        return ShownClass(str(region.get("from_name")), _choices(region), self._source(region))

    def _source(self, region: Region) -> Source:
        model = " ".join(str(part) for part in (region.get("model"), region.get("model_version")) if part)
        return Source(model or self.version, region_confidence(region))

    @property
    def relations(self) -> Iterator[ShownRelation]:
        texts = {shown.region_id: shown.text for shown in self.regions}
        arrows = {"left": "←", "bi": "↔"}
        for region in self._result:
            if not is_relation(region):
                continue
            labels = ", ".join(map(str, region.get("labels") or [])) or "related"
            ends = [texts.get(str(region.get(end)), "a region that is gone") for end in ("from_id", "to_id")]
            yield ShownRelation(ends[0], ends[1], labels, arrows.get(str(region.get("direction")), "→"))

    @cached_property
    def pieces(self) -> list[Piece]:
        return [self._piece(segment) for segment in segments(self.text, self.regions)]

    def _piece(self, segment: Segment) -> Piece:
        if not segment.covers:
            return Piece(segment.text)
        covered = [self.regions[cover.index] for cover in segment.covers]
        # The innermost region gives the background; every one keeps its underline.
        inner = min(covered, key=lambda shown: shown.end - shown.start)
        lanes = {min(cover.lane, LANES_DRAWN - 1): self.regions[cover.index].colour for cover in segment.covers}
        return Piece(
            text=segment.text,
            marks=" ".join([f"b{inner.colour}", *(f"u{lane}-{colour}" for lane, colour in sorted(lanes.items()))]),
            regions=" ".join(str(shown.number) for shown in covered),
            number=next((self.regions[cover.index].number for cover in segment.covers if cover.opens), 0),
            suffix=" ".join(self.regions[cover.index].suffix for cover in reversed(segment.covers) if cover.closes),
            tip="\n".join(shown.tip for shown in reversed(covered)),
        )


def _is_span(region: Region) -> bool:
    value = region.get("value")
    return isinstance(value, dict) and isinstance(value.get("start"), int) and isinstance(value.get("end"), int)


def _choices(region: Region) -> tuple[str, ...]:
    value = region.get("value")
    given: list[Any] = (value.get("choices") if isinstance(value, dict) else None) or []
    return tuple(" / ".join(map(str, choice)) if isinstance(choice, list) else str(choice) for choice in given)
