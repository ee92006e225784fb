"""Files of word vectors: which of the three usual ways one is written in, and how long its vectors are. No Spark."""

import math
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from preannotation.contract import ModelLoadError

GLOVE: Final = "GloVe text"
WORD2VEC_TEXT: Final = "word2vec text"
WORD2VEC_BINARY: Final = "word2vec binary"
LONGEST_LINE: Final = 200_000
MOST_DIMENSIONS: Final = 10_000
FLOAT_BYTES: Final = 4
LONGEST_WORD: Final = 2_000


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
    numbers = first.split()
    if len(numbers) == 2 and all(number.isdigit() for number in numbers):
        dimension = int(numbers[1])
        if not 0 < dimension <= MOST_DIMENSIONS:
            raise ModelLoadError(f"Its first line says {dimension} dimensions; 1 to {MOST_DIMENSIONS:,} can be read.")
        if _dimension(second) == dimension:
            return Written(WORD2VEC_TEXT, dimension, header=True)
        if _is_binary(start, dimension):
            return Written(WORD2VEC_BINARY, dimension, header=True)
        raise ModelLoadError(
            f"Its first line says {dimension} dimensions, but no vector of that length follows. Give the whole file."
        )
    dimension = _dimension(first)
    if dimension > 0 and (not second or _dimension(second) == dimension):
        return Written(GLOVE, dimension, header=False)
    raise ModelLoadError(
        "It is no file of word vectors: a line has to be a word and its numbers, as GloVe and word2vec write them, or "
        "the file has to be in word2vec's binary form."
    )


def refuse_uneven(file: Path, written: Written) -> None:
    """Read all of it. The engine takes a shorter vector without a word, and fails on it only when somebody uses the
    word. Raises ModelLoadError with the place."""
    with file.open("rb") as opened:
        if written.way == WORD2VEC_BINARY:
            _refuse_cut(opened, int(opened.readline(LONGEST_LINE).split()[0]), written.dimension)
            return
        number = 0
        if written.header:
            opened.readline(LONGEST_LINE)
            number = 1
        while line := opened.readline(LONGEST_LINE):
            number += 1
            words = line.rstrip(b"\r\n ")
            # A word and its numbers have one blank between each two of them.
            if (count := words.count(b" ")) != written.dimension or not _is_number(words.rpartition(b" ")[2]):
                raise ModelLoadError(
                    f"Line {number:,} has no word with {written.dimension} numbers, as the first has "
                    f"({count} blanks in it). Mend or remove the line, or give the whole file."
                )


def _refuse_cut(opened: BinaryIO, words: int, dimension: int) -> None:
    for number in range(1, words + 1):
        length = 0
        while (letter := opened.read(1)) and letter != b" " and length < LONGEST_WORD:
            length += 1
        if letter != b" " or len(opened.read(dimension * FLOAT_BYTES)) < dimension * FLOAT_BYTES:
            raise ModelLoadError(f"It ends, or is damaged, at word {number:,} of {words:,}. Give the whole file.")


def _is_number(written: bytes) -> bool:
    try:
        return math.isfinite(float(written))
    except ValueError:
        return False


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
        parts = line.decode("utf-8").rstrip("\r\n ").split(" ")
        return len([float(number) for number in parts[1:]])
    except (UnicodeDecodeError, ValueError):
        return 0


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
