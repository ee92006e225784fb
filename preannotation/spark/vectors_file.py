"""Files of word vectors: which of the three usual ways one is written in, and how long its vectors are. No Spark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import numpy as np

from preannotation.contract import ModelLoadError

GLOVE: Final = "GloVe text"
WORD2VEC_TEXT: Final = "word2vec text"
WORD2VEC_BINARY: Final = "word2vec binary"
LONGEST_LINE: Final = 200_000
MOST_DIMENSIONS: Final = 10_000
FLOAT_BYTES: Final = 4
LONGEST_WORD: Final = 2_000
LARGEST: Final = 3.4e38
"""Of the engine's numbers; beyond, they are infinite."""
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
LINE_END: Final = b"\r\n "
LITTLE_ENDIAN: Final = "<f4"
TEXT: Final = bytes([*b"\t\r\n", *range(0x20, 0x100)])
"""Bytes that text has in whatever encoding; floats have others, too."""


class Written(NamedTuple):
    """way: one of the three. dimension: of each vector. header: whether a first line with two numbers stands before."""

    way: str
    dimension: int
    header: bool


def recognised(file: Path) -> Written:
    """Read from the beginning of the file. Raises ModelLoadError with what is wrong."""
    with file.open("rb") as opened:
        first = opened.readline(LONGEST_LINE)
        second = opened.readline(LONGEST_LINE)
        opened.seek(len(first))
        start = opened.read(LONGEST_LINE)
    if first.startswith(BYTE_ORDER_MARK):
        raise ModelLoadError(
            "It begins with a byte order mark, which would become part of its first word. Save it as UTF-8 without one."
        )
    numbers = first.split()
    if len(numbers) == 2 and all(number.isdigit() for number in numbers):
        dimension = int(numbers[1])
        if not 0 < dimension <= MOST_DIMENSIONS:
            raise ModelLoadError(f"Its first line says {dimension} dimensions; 1 to {MOST_DIMENSIONS:,} can be read.")
        is_text = not start.translate(None, TEXT)
        # What is no number is told with its line where all lines are read.
        found = _blanks(second) if is_text else _dimension(second)
        if found == dimension:
            return Written(WORD2VEC_TEXT, dimension, header=True)
        if found:
            raise ModelLoadError(
                f"Its first line says {dimension} dimensions, but its second has {found} numbers. Mend the first line, "
                "or give the whole file."
            )
        # To a reader of the binary form, any text is a word and floats.
        if not is_text and _is_binary(start, dimension):
            return Written(WORD2VEC_BINARY, dimension, header=True)
        raise ModelLoadError(
            f"Its first line says {dimension} dimensions, but no vector of that length follows. Give the whole file."
        )
    dimension = _dimension(first)
    if dimension > 0 and (not second or _blanks(second) == dimension):
        return Written(GLOVE, dimension, header=False)
    raise ModelLoadError(
        "It is no file of word vectors: a line has to be a word and its numbers, as GloVe and word2vec write them, or "
        "the file has to be in word2vec's binary form."
    )


def refuse_uneven(file: Path, written: Written) -> None:
    """Read all of it. The engine takes a shorter vector, a number without an end and a file that was cut without a
    word, and fails only when somebody uses the word. Raises ModelLoadError with the place."""
    with file.open("rb") as opened:
        said = int(opened.readline(LONGEST_LINE).split()[0]) if written.header else None
        if said == 0:
            raise ModelLoadError("Its first line says that it has no words. Give the whole file.")
        if written.way == WORD2VEC_BINARY:
            _refuse_binary(opened, said or 0, written.dimension)
            return
        number = 0 if said is None else 1
        while line := opened.readline(LONGEST_LINE):
            number += 1
            _refuse_line(line, number, written.dimension)
        if said not in (None, number - 1):
            raise ModelLoadError(
                f"Its first line says {said:,} words, but {number - 1:,} follow. Mend the first line, or give the "
                "whole file."
            )


def _refuse_line(line: bytes, number: int, dimension: int) -> None:
    # A word and its numbers have one blank between each two of them.
    written = line.rstrip(LINE_END).split(b" ")
    if len(written) - 1 != dimension:
        raise ModelLoadError(
            f"Line {number:,} has no word with {dimension} numbers, as the first has ({len(written) - 1} blanks in "
            "it). Mend or remove the line, or give the whole file."
        )
    if not _is_utf8(written[0]):
        raise ModelLoadError(f"The word of line {number:,} is not written in UTF-8. Save the file as UTF-8.")
    try:
        are_finite = _are_finite(list(map(float, written[1:])))
    except ValueError:
        are_finite = False
    if not are_finite:
        what = next(part for part in written[1:] if not _is_finite(part)).decode("utf-8", "replace")[:20]
        raise ModelLoadError(
            f'Line {number:,} has "{what}", which is no number that can be used. Mend or remove the line.'
        )


def _refuse_binary(opened: BinaryIO, words: int, dimension: int) -> None:
    size = dimension * FLOAT_BYTES
    for number in range(1, words + 1):
        word = bytearray()
        while (letter := opened.read(1)) and letter != b" " and len(word) < LONGEST_WORD:
            word += letter
        vector = opened.read(size)
        if letter != b" " or len(vector) < size:
            raise ModelLoadError(f"It ends, or is damaged, at word {number:,} of {words:,}. Give the whole file.")
        if not _is_utf8(bytes(word)):
            raise ModelLoadError(f"Word {number:,} of {words:,} is not written in UTF-8. Give a file in UTF-8.")
        if not np.isfinite(np.frombuffer(vector, LITTLE_ENDIAN)).all():
            raise ModelLoadError(
                f"The vector of word {number:,} of {words:,} has what is no number. Give another file."
            )
    # One line break may follow each vector.
    if opened.read(2) not in (b"", b"\n"):
        raise ModelLoadError(f"Its first line says {words:,} words, but more follow. Give the file as it was made.")


def _are_finite(numbers: Sequence[float]) -> bool:
    # One that is not makes the sum so, in whatever order.
    return math.isfinite(sum(numbers)) and min(numbers) >= -LARGEST and max(numbers) <= LARGEST


def _is_finite(written: bytes) -> bool:
    try:
        return _are_finite([float(written)])
    except ValueError:
        return False


def _is_utf8(word: bytes) -> bool:
    try:
        word.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def without_header(file: Path, into: Path) -> Path:
    """A copy that begins with the first word: the engine takes a header for a word of its own."""
    with file.open("rb") as opened, into.open("wb") as made:
        opened.readline(LONGEST_LINE)
        while chunk := opened.read(1 << 20):
            made.write(chunk)
    return into


def _dimension(line: bytes) -> int:
    """How many numbers stand behind the word of a line; 0 where it is no such line."""
    try:
        return len([float(number) for number in line.rstrip(LINE_END).split(b" ")[1:]])
    except ValueError:
        return 0


def _blanks(line: bytes) -> int:
    return line.rstrip(LINE_END).count(b" ")


def _is_binary(start: bytes, dimension: int) -> bool:
    """Whether a word, a blank, a vector of floats and the next word follow."""
    word, blank, rest = start.partition(b" ")
    if not blank or not word.strip() or len(rest) < dimension * FLOAT_BYTES:
        return False
    following = rest[dimension * FLOAT_BYTES :].lstrip(b"\n").partition(b" ")[0]
    try:
        word.decode("utf-8")
        following[:100].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
