"""JSON values one after the other, from a list, a single value or JSON lines, in memory that one row needs.

The standard library's scanner over a sliding window: it is quick, and it knows the place of an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from projects.exchange.errors import FileRefused

MAX_ROW_CHARACTERS = 32 * 1024 * 1024
_BLANKS = " \t\r\n"
# What the scanner says of text that merely ends too early stands this near to the end at most.
_UNFINISHED_TAIL = 32


def values(chunks: Iterable[str]) -> Iterator[Any]:
    """The items of a top-level list, or the top-level values that follow each other.

    Raises FileRefused at the first character that isn't JSON, with its line and column.
    """
    window = _Window(iter(chunks))
    first = window.peek()
    if not first:
        raise FileRefused("The file is empty. It must hold tasks as JSON: a list, one object, or one object a line.")
    if first != "[":
        while window.peek():
            yield window.value()
        return
    window.skip()
    if window.peek() == "]":
        window.skip()
    else:
        yield from _items(window)
    if window.peek():
        raise window.refused(window.place, "something stands behind the end of the list")


def _items(window: _Window) -> Iterator[Any]:
    while True:
        yield window.value()
        following = window.peek()
        if not following:
            raise window.refused(window.place, "the list is not closed: the file ends too early")
        if following not in ",]":
            raise window.refused(window.place, 'a "," between two tasks or the closing "]" is missing')
        window.skip()
        if following == "]":
            return


@dataclass
class _Window:
    """A piece of the text that moves along. line, column: where `text` begins, from 0; rows: values read so far."""

    chunks: Iterator[str]
    text: str = ""
    place: int = 0
    line: int = 0
    column: int = 0
    rows: int = 0
    ended: bool = False

    def __post_init__(self) -> None:
        self.decoder = json.JSONDecoder()

    def more(self, wanted: int = 1) -> None:
        """Read on, by at least `wanted` characters where there are as many."""
        done, self.text, self.place = self.text[: self.place], self.text[self.place :], 0
        breaks = done.count("\n")
        self.line += breaks
        self.column = len(done) - done.rfind("\n") - 1 if breaks else self.column + len(done)
        pieces, length = [self.text], 0
        while length < wanted and not self.ended:
            piece = next(self.chunks, None)
            self.ended = piece is None
            pieces.append(piece or "")
            length += len(pieces[-1])
        self.text = "".join(pieces)

    def peek(self) -> str:
        """The next character that isn't blank, "" at the end."""
        while True:
            while self.place < len(self.text) and self.text[self.place] in _BLANKS:
                self.place += 1
            if self.place < len(self.text):
                return self.text[self.place]
            if self.ended:
                return ""
            self.more()

    def skip(self) -> None:
        self.place += 1

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text, self.place)
            except json.JSONDecodeError as error:
                self.go_on(error)
            except RecursionError as error:
                raise self.refused(self.place, "values are nested too deeply") from error
            except ValueError as error:  # an integer of more digits than Python reads
                raise self.refused(self.place, "a number has too many digits") from error
            else:
                # A number at the very end of the window may go on behind it.
                if end < len(self.text) or self.ended or self.text[end - 1] in '}]"':
                    self.place = end
                    self.rows += 1
                    return value
                self.more()

    def go_on(self, error: json.JSONDecodeError) -> None:
        """Read more where the value may only be cut off by the window's edge, else refuse the file."""
        unfinished = error.msg.startswith("Unterminated string") or error.pos > len(self.text) - _UNFINISHED_TAIL
        length = len(self.text) - self.place
        if self.ended or not unfinished:
            raise self.refused(error.pos, error.msg[0].lower() + error.msg[1:]) from error
        if length > MAX_ROW_CHARACTERS:
            raise self.refused(self.place, f"one row is larger than {MAX_ROW_CHARACTERS:,} characters") from error
        # Doubling keeps the work of scanning a long row again and again in proportion to its length.
        self.more(length)

    def refused(self, place: int, what: str) -> FileRefused:
        before = self.text[:place]
        breaks = before.count("\n")
        line = self.line + breaks + 1
        column = (place - before.rfind("\n") - 1 if breaks else self.column + place) + 1
        return FileRefused(
            f"The file is not valid JSON at line {line:,}, column {column:,} (row {self.rows + 1:,}): {what}. "
            "Nothing was imported. Correct the file and import it again."
        )
