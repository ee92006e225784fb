"""Findable names put between the characters of any text, at places that are known. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

LEAST_IN_TEXT: Final = 2
MOST_IN_TEXT: Final = 120
WANTED_IN_ALL: Final = 4_000
"""Several thousand names also where few texts are given; not all of them are found, and many bring further regions."""

# What the sample models know for certain from their training notes, each with what usually follows it.
_NAMES: Final = ("aspirin", "metformin", "warfarin", "lisinopril", "metoprolol", "furosemide", "amlodipine")
_MEASURES: Final = (
    "100 mg by mouth once daily",
    "500 mg orally twice daily",
    "5 mg PO daily",
    "40 mg IV daily",
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A text with names in it. spans: the (start, end) of each, code points, half-open, in order."""

    text: str
    spans: tuple[tuple[int, int], ...]


def names_per_text(texts: int) -> int:
    """How many names each of so many texts gets."""
    return min(MOST_IN_TEXT, max(LEAST_IN_TEXT, -(-WANTED_IN_ALL // max(1, texts))))


def plant(text: str, count: int, random: Random) -> Planted:
    """`count` names, each with a blank on both sides: first where an unusual character stands beside, then anywhere.

    A text gets at most one name for every place between two of its characters.
    """
    places = list(range(len(text) + 1))
    random.shuffle(places)
    places.sort(key=lambda place: not _is_hostile(text[max(0, place - 1) : place + 1]))
    pieces: list[str] = []
    spans = []
    length = last = 0
    for place in sorted(places[:count]):
        name = random.choice(_NAMES)
        before, after = f"{text[last:place]} ", f" {random.choice(_MEASURES)} "
        spans.append((length + len(before), length + len(before) + len(name)))
        pieces += [before, name, after]
        length += len(before) + len(name) + len(after)
        last = place
    return Planted("".join([*pieces, text[last:]]), tuple(spans))


def _is_hostile(beside: str) -> bool:
    """Whether one of the characters beside a place is no plain ASCII word, blank or point."""
    return any(not (character.isascii() and (character.isalnum() or character in " .,")) for character in beside)
