"""Cuts a text into stretches that the engine handles in bounded time. Pure; all positions are code points.

The tokenizer's time grows faster than the length of a stretch without white space, and from 100,000 characters on it
answers nothing at all.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

WINDOW: Final = 4000
"""Longest window."""
STRETCH: Final = 1000
"""Longest run of characters without a separator inside a window."""

# The engine separates tokens by these only: not by a no-break space, not by U+2028.
_SEPARATORS: Final = " \t\n\x0b\f\r"
_LONG_STRETCH: Final = re.compile(rf"[^{_SEPARATORS}]{{{STRETCH + 1},}}")
# A cut stands after a match; the first pattern that matches in the second half of a window decides.
_BORDERS: Final = (
    re.compile(r"\n[ \t\r]*\n"),
    re.compile(r"\r\n|[\n\r\u2028\u2029]"),
    re.compile(r"[.!?][)\"'\u201d\u2019\u00bb]*[ \t]|[\u3002\uff01\uff1f]"),
    re.compile(rf"[{_SEPARATORS}]"),
    re.compile(r"[^\w\s]"),
)
_JOINERS: Final = "\u200d\ufe0e\ufe0f"


class Window(NamedTuple):
    """The stretch [start, end) of a text."""

    start: int
    end: int


def windows(text: str) -> list[Window]:
    """Neighbouring windows that cover all of `text`; most texts are one."""
    cut: list[Window] = []
    position = 0
    for stretch in _LONG_STRETCH.finditer(text):
        cut += _cut(text, position, stretch.start(), WINDOW)
        cut += _cut(text, stretch.start(), stretch.end(), STRETCH)
        position = stretch.end()
    cut += _cut(text, position, len(text), WINDOW)
    return cut


def is_blank(text: str) -> bool:
    """Whether there is nothing in `text` that a token could be made of."""
    return all(character <= " " or character.isspace() for character in text)


def _cut(text: str, start: int, end: int, longest: int) -> Iterator[Window]:
    while end - start > longest:
        border = _border(text, start + longest // 2, start + longest)
        yield Window(start, border)
        start = border
    if start < end:
        yield Window(start, end)


def _border(text: str, earliest: int, latest: int) -> int:
    for pattern in _BORDERS:
        matches = list(pattern.finditer(text, earliest, latest))
        if matches:
            return _between_characters(text, matches[-1].end(), earliest)
    return _between_characters(text, latest, earliest)


def _between_characters(text: str, border: int, earliest: int) -> int:
    """The next border to the left that tears no \\r\\n, no combining sequence and no joined emoji apart."""
    for position in range(border, earliest, -1):
        left, right = text[position - 1], text[position : position + 1]
        if not right or not (
            (left == "\r" and right == "\n")
            or left in _JOINERS
            or right in _JOINERS
            or unicodedata.combining(right)
            or unicodedata.category(right) == "Sk"
        ):
            return position
    return border
