"""Regions that overlap and nest, cut into pieces of text that a page can write one after another."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


class Spanning(Protocol):
    """Anything with start and end in code points, half-open."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


# Deeper ones are told only where they begin and end: thousands of regions, one inside the other, would otherwise make
# a page of gigabytes.
MOST_LANES = 16


@dataclass(frozen=True, slots=True)
class Cover:
    """One region over one piece. index: place of the region in what was given.

    lane: from 0; regions that touch the same piece never share one, so each keeps an underline of its own.
    """

    index: int
    lane: int
    opens: bool
    closes: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the text. covers: by lane, outer regions first; empty where no region lies."""

    start: int
    text: str
    covers: tuple[Cover, ...] = ()


def segments(text: str, regions: Sequence[Spanning]) -> list[Segment]:
    """The whole text in order, cut at every boundary of a region.

    Regions that don't lie inside the text are left out. A piece lists the covers on the first MOST_LANES lanes, and
    beyond them those that open or close with it.
    """
    inside = [index for index, region in enumerate(regions) if 0 <= region.start < region.end <= len(text)]
    inside.sort(key=lambda index: (regions[index].start, -regions[index].end, index))
    lanes = _lanes(regions, inside)
    cuts = sorted({0, len(text), *(regions[i].start for i in inside), *(regions[i].end for i in inside)})
    pieces: list[Segment] = []
    active: list[int] = []
    opening = 0
    for start, end in zip(cuts, cuts[1:], strict=False):
        active = [index for index in active if regions[index].end > start]
        while opening < len(inside) and regions[inside[opening]].start == start:
            active.append(inside[opening])
            opening += 1
        told = [i for i in active if lanes[i] < MOST_LANES or regions[i].start == start or regions[i].end == end]
        covers = sorted((_cover(regions[i], i, lanes[i], start, end) for i in told), key=lambda cover: cover.lane)
        pieces.append(Segment(start, text[start:end], tuple(covers)))
    return pieces


def _cover(region: Spanning, index: int, lane: int, start: int, end: int) -> Cover:
    return Cover(index, lane, opens=region.start == start, closes=region.end == end)


def _lanes(regions: Sequence[Spanning], ordered: Iterable[int]) -> dict[int, int]:
    """The lowest free lane for each region, in the order of their starts."""
    lanes: dict[int, int] = {}
    free: list[int] = []
    busy: list[tuple[int, int]] = []
    for index in ordered:
        while busy and busy[0][0] <= regions[index].start:
            heapq.heappush(free, heapq.heappop(busy)[1])
        lane = heapq.heappop(free) if free else len(busy)
        lanes[index] = lane
        heapq.heappush(busy, (regions[index].end, lane))
    return lanes
