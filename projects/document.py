"""A result as a page shows it: a text cut into pieces, its regions with their status, its classes and relations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from projects.highlight import lanes, segments
from projects.label_colours import colour_of, label_colours
from projects.labeling_config import LabelingConfig
from projects.results import Region, is_relation, region_confidence

LANES_DRAWN = 4
LETTERS = "abcd"


@dataclass(frozen=True)
class Mark:
    """One thing said about a place or about the document. confidence: 0..1 or None; model: name and version."""

    names: tuple[str, ...]
    model: str
    confidence: float | None

    @property
    def name(self) -> str:
        return ", ".join(self.names)


@dataclass
class ShownRegion:
    """A span with what is said about it. number: from 0, in the order of the text."""

    start: int
    end: int
    text: str
    mark: Mark
    number: int = 0
    lane: int = 0
    details: list[Mark] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its label, and behind it its assertion status or other detail."""
        return " · ".join([self.mark.name, *(detail.name for detail in self.details)])


@dataclass(frozen=True)
class Piece:
    """A stretch of text under the same regions. style: CSS variables with the colours of its lines."""

    text: str
    numbers: tuple[int, ...] = ()
    opens: bool = False
    tag: str = ""
    style: str = ""
    height: int = 0


@dataclass(frozen=True)
class ShownRelation:
    source: str
    target: str
    name: str
    arrow: str


class Document:
    """text: code points, as stored. result: a list of regions; what can't be shown in this text is left out."""

    def __init__(self, text: str, result: Sequence[Any], config: LabelingConfig | None) -> None:
        self.text = text
        self.result: list[Region] = [region for region in result if isinstance(region, dict)]
        self.configured = label_colours(config)

    @cached_property
    def regions(self) -> list[ShownRegion]:
        by_id: dict[str, ShownRegion] = {}
        attached: list[tuple[str, Region]] = []
        for place, region in enumerate(self.result):
            span = self._span(region)
            if span is None:
                continue
            parent, own = str(region.get("parentID", "")), str(region.get("id", ""))
            if "labels" not in region["value"] and own:
                attached.append((own, region))
            elif parent and parent != own:
                attached.append((parent, region))
            else:
                by_id[own if own and own not in by_id else f"\0{place}"] = self._shown(region, span)
        for parent, region in attached:
            self._attach(by_id, parent, region)
        return self._in_order(list(by_id.values()))

    def _attach(self, by_id: dict[str, ShownRegion], parent: str, region: Region) -> None:
        """Onto its parent where both are about the same place, else as a region of its own."""
        span = self._span(region)
        holder = by_id.get(parent)
        if span is None:
            return
        if holder and span == (holder.start, holder.end):
            holder.details.append(_mark(region))
        else:
            by_id[f"\0{len(by_id)} {region.get('id')}"] = self._shown(region, span)

    def _in_order(self, regions: list[ShownRegion]) -> list[ShownRegion]:
        regions.sort(key=lambda region: (region.start, -region.end))
        for number, (region, lane) in enumerate(
            zip(regions, lanes([(region.start, region.end) for region in regions]), strict=True)
        ):
            region.number, region.lane = number, lane
        return regions

    @cached_property
    def classes(self) -> list[Mark]:
        """What is said about the whole text."""
        return [_mark(region) for region in self.result if not is_relation(region) and self._is_about_all(region)]

    @cached_property
    def relations(self) -> list[ShownRelation]:
        texts = {str(region.get("id")): _text_of(region) for region in self.result if not is_relation(region)}
        arrows = {"left": "←", "bi": "↔"}
        return [
            ShownRelation(
                texts.get(str(region.get("from_id")), "?"),
                texts.get(str(region.get("to_id")), "?"),
                ", ".join(map(str, region.get("labels") or [])),
                arrows.get(str(region.get("direction")), "→"),
            )
            for region in self.result
            if is_relation(region)
        ]

    @cached_property
    def colours(self) -> list[tuple[str, str]]:
        """(label, CSS colour) of the labels that occur, in order of their first region."""
        names = dict.fromkeys(region.mark.names[0] for region in self.regions if region.mark.names)
        return [(name, colour_of(self.configured, name)) for name in names]

    @cached_property
    def _colour_places(self) -> dict[str, int]:
        return {name: place for place, (name, _) in enumerate(self.colours)}

    def colour_place(self, region: ShownRegion) -> int:
        """Which of `colours` is this region's."""
        return self._colour_places.get(region.mark.names[0], 0) if region.mark.names else 0

    @property
    def listed(self) -> Iterator[tuple[ShownRegion, int]]:
        return ((region, self.colour_place(region)) for region in self.regions)

    @property
    def pieces(self) -> Iterator[Piece]:
        regions = self.regions
        for segment in segments(len(self.text), [(region.start, region.end) for region in regions]):
            text = self.text[segment.start : segment.end]
            if not segment.covering:
                yield Piece(text)
                continue
            covering = [regions[index] for index in segment.covering]
            drawn = [region for region in covering if region.lane < LANES_DRAWN]
            lines = [f"--{LETTERS[region.lane]}:var(--l{self.colour_place(region)})" for region in drawn]
            inner = min(covering, key=lambda region: region.end - region.start)
            yield Piece(
                text,
                numbers=tuple(region.number for region in covering),
                opens=bool(segment.opening),
                tag=", ".join(regions[index].name for index in segment.closing[:LANES_DRAWN]),
                style=";".join([f"--t:var(--l{self.colour_place(inner)})", *lines]),
                height=max((region.lane + 1 for region in drawn), default=0),
            )

    def _shown(self, region: Region, span: tuple[int, int]) -> ShownRegion:
        return ShownRegion(span[0], span[1], self.text[span[0] : span[1]], _mark(region))

    def _span(self, region: Region) -> tuple[int, int] | None:
        value = region.get("value")
        if is_relation(region) or not isinstance(value, dict):
            return None
        start, end = value.get("start"), value.get("end")
        if type(start) is not int or type(end) is not int:
            return None
        return (start, end) if 0 <= start < end <= len(self.text) else None

    def _is_about_all(self, region: Region) -> bool:
        value = region.get("value")
        return isinstance(value, dict) and "start" not in value and isinstance(value.get("choices"), list)


def _mark(region: Region) -> Mark:
    value = region["value"]
    names = value.get("labels") or value.get("choices") or [region.get("type", "")]
    flat = [" / ".join(map(str, name)) if isinstance(name, list) else str(name) for name in names]
    model = f"{region.get('model', '')} {region.get('model_version', '')}".strip()
    return Mark(tuple(flat), model, region_confidence(region))


def _text_of(region: Region) -> str:
    value = region.get("value")
    return str(value.get("text", "")) if isinstance(value, dict) else ""
