"""What differs between two results on one text: regions, statuses, choices, relations (pure)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from projects.results import Region, is_relation

# Of one region so many are looked at that overlap it; thousands inside each other would otherwise take minutes.
MOST_CANDIDATES = 20
# Before the id of a region of the right side that the left side has nothing for; no id holds this sign.
UNPAIRED = "\0"


class Kind(StrEnum):
    """label: the same place, named otherwise. boundary: the same name, an overlapping place."""

    ONLY_LEFT = "left"
    ONLY_RIGHT = "right"
    BOUNDARY = "boundary"
    LABEL = "label"
    SAME = "same"


@dataclass(frozen=True)
class Item:
    """One region of a result, as it is compared. place: its index there. group: what may be paired with it at all.

    start, end: code points, half-open; None for what is about the whole text, and for relations. names: its labels or
    choices. ends: the two regions that a relation joins, by their ids.
    """

    place: int
    group: tuple[str, ...]
    names: tuple[str, ...]
    start: int | None = None
    end: int | None = None
    region_id: str = ""
    ends: tuple[str, str] | None = None

    @property
    def span(self) -> tuple[int, int] | None:
        return None if self.start is None or self.end is None else (self.start, self.end)


@dataclass(frozen=True)
class Difference:
    """A pair, or what only one side has."""

    kind: Kind
    left: Item | None = None
    right: Item | None = None

    @property
    def item(self) -> Item:
        found = self.left or self.right
        assert found is not None
        return found


@dataclass(frozen=True)
class Comparison:
    """In the order of the text, then what is about all of it, then relations."""

    differences: tuple[Difference, ...]

    @cached_property
    def counts(self) -> dict[Kind, int]:
        """Every kind, also those that don't occur."""
        counted = Counter(difference.kind for difference in self.differences)
        return {kind: counted[kind] for kind in Kind}

    @property
    def agreement(self) -> float | None:
        """0..1: how many of all pairs and single regions are the same; None where there is nothing to compare."""
        return self.counts[Kind.SAME] / len(self.differences) if self.differences else None

    @property
    def f1(self) -> float | None:
        """0..1: strict, as if one side were a model and the other the truth; the sides may change places."""
        sides = sum((pair.left is not None) + (pair.right is not None) for pair in self.differences)
        return 2 * self.counts[Kind.SAME] / sides if sides else None

    def of_kinds(self, kinds: Iterable[str]) -> list[Difference]:
        wanted = set(kinds)
        return [difference for difference in self.differences if difference.kind in wanted]


def compare(left: Sequence[Any], right: Sequence[Any]) -> Comparison:
    """Two results about the same text. Anything malformed is left out."""
    pairing = _Pairing(_items(left), _items(right))
    pairs = pairing.regions() + pairing.relations()
    return Comparison(tuple(sorted(pairs, key=_order)))


class _Pairing:
    def __init__(self, left: list[Item], right: list[Item]) -> None:
        self.left = [item for item in left if not item.ends]
        self.right = [item for item in right if not item.ends]
        self.left_relations = [item for item in left if item.ends]
        self.right_relations = [item for item in right if item.ends]
        self.pairs: list[Difference] = []

    def regions(self) -> list[Difference]:
        """The surest pairs first; what is paired is not looked at again."""
        self._match(Kind.SAME, lambda item: (item.group, item.span, item.names))
        self._match(Kind.LABEL, lambda item: (item.group, item.span))
        self._overlapping()
        single = [Difference(Kind.ONLY_LEFT, left=item) for item in self.left]
        single += [Difference(Kind.ONLY_RIGHT, right=item) for item in self.right]
        return self.pairs + single

    def relations(self) -> list[Difference]:
        """Their ends are the same where the regions there are paired with each other. An id that both sides have
        proves nothing: a copy keeps it, wherever its region is moved."""
        partners = {pair.right.region_id: pair.left.region_id for pair in self.pairs if pair.left and pair.right}
        joining = _Pairing([], [])
        joining.left = [_between(item, None) for item in self.left_relations]
        joining.right = [_between(item, partners) for item in self.right_relations]
        joining._match(Kind.SAME, lambda item: (item.group, item.ends, item.names))
        joining._match(Kind.LABEL, lambda item: (item.group, item.ends))
        single = [Difference(Kind.ONLY_LEFT, left=item) for item in joining.left]
        single += [Difference(Kind.ONLY_RIGHT, right=item) for item in joining.right]
        return joining.pairs + single

    def _match(self, kind: Kind, key: Callable[[Item], Hashable]) -> None:
        waiting: dict[Hashable, list[Item]] = defaultdict(list)
        for item in reversed(self.right):
            waiting[key(item)].append(item)
        self._take([Difference(kind, item, waiting[key(item)].pop()) for item in self.left if waiting.get(key(item))])

    def _overlapping(self) -> None:
        """Of every name by itself, the pairs that share most of their text first."""
        rights: dict[Hashable, list[Item]] = defaultdict(list)
        lefts: dict[Hashable, list[Item]] = defaultdict(list)
        for items, found in ((self.left, lefts), (self.right, rights)):
            for item in items:
                if item.span:
                    found[(item.group, item.names)].append(item)
        candidates = [pair for key in lefts for pair in _candidates(lefts[key], rights.get(key, []))]
        candidates.sort(key=lambda pair: (-_shared(*pair), pair[0].place, pair[1].place))
        taken: set[tuple[str, int]] = set()
        found_pairs = []
        for left, right in candidates:
            if ("left", left.place) not in taken and ("right", right.place) not in taken:
                taken |= {("left", left.place), ("right", right.place)}
                found_pairs.append(Difference(Kind.BOUNDARY, left, right))
        self._take(found_pairs)

    def _take(self, pairs: list[Difference]) -> None:
        self.pairs += pairs
        lefts = {pair.left.place for pair in pairs if pair.left}
        rights = {pair.right.place for pair in pairs if pair.right}
        self.left = [item for item in self.left if item.place not in lefts]
        self.right = [item for item in self.right if item.place not in rights]


def _candidates(lefts: list[Item], rights: list[Item]) -> list[tuple[Item, Item]]:
    """Pairs that overlap, by a sweep along the text."""
    ordered = sorted(rights, key=lambda item: item.span or (0, 0))
    found: list[tuple[Item, Item]] = []
    active: list[Item] = []
    coming = 0
    for left in sorted(lefts, key=lambda item: item.span or (0, 0)):
        start, end = left.span or (0, 0)
        active = [right for right in active if (right.end or 0) > start]
        while coming < len(ordered) and (ordered[coming].start or 0) <= start:
            if (ordered[coming].end or 0) > start:
                active.append(ordered[coming])
            coming += 1
        # Those that begin inside it stay to come for the next one, which may begin before them.
        ahead = coming
        while ahead < len(ordered) and (ordered[ahead].start or 0) < end and ahead - coming < MOST_CANDIDATES:
            found.append((left, ordered[ahead]))
            ahead += 1
        found += [(left, right) for right in active[-MOST_CANDIDATES:]]
    return found


def _shared(left: Item, right: Item) -> float:
    """0..1: what two regions share of all that they cover."""
    (start, end), (other_start, other_end) = left.span or (0, 0), right.span or (0, 0)
    common = min(end, other_end) - max(start, other_start)
    return common / (max(end, other_end) - min(start, other_start))


def _items(result: Sequence[Any]) -> list[Item]:
    return [item for place, region in enumerate(result) if isinstance(region, dict) and (item := _item(place, region))]


def _item(place: int, region: Region) -> Item | None:
    region_id = str(region.get("id", ""))
    if is_relation(region):
        ends = (str(region.get("from_id", "")), str(region.get("to_id", "")))
        direction = str(region.get("direction") or "right")
        return Item(place, ("relation", direction), _names(region.get("labels")), ends=ends)
    kind, value = region.get("type"), region.get("value")
    if not isinstance(kind, str) or not isinstance(value, dict):
        return None
    names = _names(value.get(kind))
    # A status stands on the very span of the region that it is about, and must not be taken for it.
    group = (kind, str(region.get("from_name", "")), "status" if region.get("parentID") else "")
    start, end = value.get("start"), value.get("end")
    if isinstance(start, int) and isinstance(end, int) and start < end:
        return Item(place, group, names, start, end, region_id)
    return Item(place, group, names, region_id=region_id) if names else None


def _names(given: Any) -> tuple[str, ...]:
    """Without order: whoever ticks two choices in another order says the same."""
    names = given if isinstance(given, list) else []
    return tuple(sorted(" / ".join(map(str, name)) if isinstance(name, list) else str(name) for name in names))


def _between(item: Item, partners: dict[str, str] | None) -> Item:
    """A relation as the left side would name its ends; one without direction, or to the left, the same either way.

    partners: left ids by right ones; None for a relation of the left side itself.
    """
    first, second = item.ends or ("", "")
    if partners is not None:
        first, second = (partners.get(end, f"{UNPAIRED}{end}") for end in (first, second))
    direction = item.group[1]
    if direction == "left" or (direction == "bi" and first > second):
        first, second = second, first
    group = ("relation", "bi" if direction == "bi" else "right")
    return Item(item.place, group, item.names, region_id=item.region_id, ends=(first, second))


def _order(difference: Difference) -> tuple[int, int, int, int]:
    item = difference.item
    if item.span:
        return 0, item.span[0], -item.span[1], item.place
    return (2 if item.ends else 1), 0, 0, item.place
