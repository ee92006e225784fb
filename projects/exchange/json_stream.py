"""JSON values one after the other, from a list, a single value or JSON lines, in memory that one row needs.

The standard library's scanner over a sliding window: it is quick, and it knows the place of an error.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from projects.exchange.errors import FileRefused, RowRefused

MAX_ROW_CHARACTERS = 32 * 1024 * 1024
_BLANKS = " \t\r\n"
# What the scanner says of text that merely ends too early stands this near to the end at most.
_UNFINISHED_TAIL = 32


class _Unreadable(Exception):
    """What stands here is no JSON. line, column: from 1."""

    def __init__(self, line: int, column: int, what: str) -> None:
        super().__init__(what)
        self.line, self.column, self.what = line, column, what


def values(chunks: Iterable[str], by_line: bool = False) -> Iterator[Any]:
    """The items of a top-level list, or the top-level values that follow each other.

    Raises FileRefused at the first character that isn't JSON, with its line and column. by_line: each value begins on
    a line of its own, so that one that can't be read is given as RowRefused and the next line is gone on with.
    """
    window = _Window(_with_plain_lines(chunks))
    first = window.peek()
    if not first:
        raise FileRefused("The file is empty. It must hold tasks as JSON: a list, one object, or one object a line.")
    if first != "[":
        while window.peek():
            yield window.line_value() if by_line else window.file_value()
        return
    window.skip()
    if window.peek() == "]":
        window.skip()
    else:
        yield from _items(window)
    if window.peek():
        raise window.refused(window.place, "something stands behind the end of the list")


def _with_plain_lines(chunks: Iterable[str]) -> Iterator[str]:
    """CRLF and a lone CR as LF, so that there is one way in which a line ends; inside of JSON's texts neither may
    stand."""
    decoder = io.IncrementalNewlineDecoder(None, translate=True)
    return (decoder.decode(chunk) for chunk in chunks)


def _items(window: _Window) -> Iterator[Any]:
    while True:
        yield window.file_value()
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

    def file_value(self) -> Any:
        """Raises FileRefused."""
        try:
            return self.value()
        except _Unreadable as error:
            raise self.refusal(error) from error

    def line_value(self) -> Any:
        """The value, or a RowRefused, with the rest of its first line left behind."""
        try:
            return self.value()
        except _Unreadable as error:
            self.rows += 1
            self.skip_line()
            return RowRefused(f"Line {error.line:,} is not valid JSON at column {error.column:,}: {error.what}.")

    def skip_line(self) -> None:
        while (end := self.text.find("\n", self.place)) < 0 and not self.ended:
            self.more(2 * (len(self.text) - self.place))
            if len(self.text) > MAX_ROW_CHARACTERS:
                raise FileRefused(f"A line has more than {MAX_ROW_CHARACTERS:,} characters. Nothing was imported.")
        self.place = len(self.text) if end < 0 else end + 1

    def value(self) -> Any:
        """Raises _Unreadable."""
        self.peek()
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text, self.place)
            except json.JSONDecodeError as error:
                self.go_on(error)
            except RecursionError as error:
                raise self.unreadable(self.place, "values are nested too deeply") from error
            except ValueError as error:  # an integer of more digits than Python reads
                raise self.unreadable(self.place, "a number has too many digits") from error
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
            raise self.unreadable(error.pos, error.msg[0].lower() + error.msg[1:]) from error
        if length > MAX_ROW_CHARACTERS:
            raise self.unreadable(self.place, f"one row is larger than {MAX_ROW_CHARACTERS:,} characters") from error
        # Doubling keeps the work of scanning a long row again and again in proportion to its length.
        self.more(length)

    def unreadable(self, place: int, what: str) -> _Unreadable:
        before = self.text[:place]
        breaks = before.count("\n")
        column = (place - before.rfind("\n") - 1 if breaks else self.column + place) + 1
        return _Unreadable(self.line + breaks + 1, column, what)

    def refused(self, place: int, what: str) -> FileRefused:
        return self.refusal(self.unreadable(place, what))

    def refusal(self, at: _Unreadable) -> FileRefused:
        return FileRefused(
            f"The file is not valid JSON at line {at.line:,}, column {at.column:,} (row {self.rows + 1:,}): {at.what}. "
            "Nothing was imported. Correct the file and import it again."
        )
