from __future__ import annotations

from bisect import bisect_left
from functools import cached_property

Span = tuple[int, int]


class OffsetMap:
    """Other programs' ways of counting characters in one text, turned into code points."""

    def __init__(self, text: str) -> None:
        self.text = text

    def explanation(self, start: int, end: int, expected: str) -> tuple[Span, str] | None:
        """The (span, name) of the one way of counting under which `expected` stands exactly at start..end.

        None where no way explains it, or where two ways lead to two places: nothing is guessed.
        """
        if not expected:
            return None
        found: dict[Span, str] = {}
        for way, span in (
            ("offsets counted UTF-16 units", self._utf16(start, end, expected)),
            ("offsets counted CRLF as one", self._crlf_as_one(start, end, expected)),
            ("the end was inclusive", self._exact(start, end + 1, expected)),
            ("blanks around it were left out", self._trimmed(start, end, expected)),
        ):
            if span:
                found.setdefault(span, way)
        return next(iter(found.items())) if len(found) == 1 else None

    def _exact(self, start: int, end: int, expected: str) -> Span | None:
        return (start, end) if end <= len(self.text) and self.text[start:end] == expected else None

    def _utf16(self, start: int, end: int, expected: str) -> Span | None:
        first, last = self._from_utf16(start), self._from_utf16(end)
        return None if first is None or last is None else self._exact(first, last, expected)

    def _from_utf16(self, offset: int) -> int | None:
        before = bisect_left(self._pairs, offset)
        if before and self._pairs[before - 1] + 1 == offset:
            return None  # between the halves of a surrogate pair
        return offset - before

    @cached_property
    def _pairs(self) -> list[int]:
        """UTF-16 offsets of the characters beyond the basic plane."""
        if self.text.isascii():
            return []
        places = [place for place, character in enumerate(self.text) if character > "\uffff"]
        return [place + earlier for earlier, place in enumerate(places)]

    def _crlf_as_one(self, start: int, end: int, expected: str) -> Span | None:
        first, last = start + bisect_left(self._breaks, start), end + bisect_left(self._breaks, end)
        if last > len(self.text):
            return None
        # Who counts CRLF as one has usually turned it into LF as well.
        inside = self.text[first:last]
        return (first, last) if expected in (inside, inside.replace("\r\n", "\n")) else None

    @cached_property
    def _breaks(self) -> list[int]:
        """Offsets of the CRLFs, each counted as one."""
        places: list[int] = []
        place = self.text.find("\r\n")
        while place >= 0:
            places.append(place - len(places))
            place = self.text.find("\r\n", place + 2)
        return places

    def _trimmed(self, start: int, end: int, expected: str) -> Span | None:
        inside = self.text[start:end]
        if end > len(self.text) or not inside.strip() or inside.strip() != expected.strip():
            return None
        if inside == inside.strip():
            return start, end  # the span is right; its text came with blanks
        if expected != expected.strip():
            return None
        first = start + len(inside) - len(inside.lstrip())
        return first, first + len(expected)
