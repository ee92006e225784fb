"""Bytes of a file into text: UTF-8 with or without BOM, and UTF-16."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable, Iterator
from typing import Protocol

from projects.exchange.errors import FileRefused

MAX_FILE_BYTES = 2 * 1024**3
MAX_LINE_CHARACTERS = 32 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024
_HEAD_BYTES = 1024


class Readable(Protocol):
    """What is asked of a file: bytes, piece by piece."""

    def read(self, size: int = -1, /) -> bytes: ...


def text_chunks(file: Readable) -> Iterator[str]:
    """The text of a file, piece by piece, with its line breaks as they are; a BOM at the start is not text.

    Raises FileRefused for other encodings, with the place of the first byte that can't be read, and for a file above
    MAX_FILE_BYTES.
    """
    chunk = file.read(CHUNK_BYTES)
    encoding, skipped = _encoding(chunk[:_HEAD_BYTES])
    chunk, read = chunk[skipped:], skipped
    decoder = codecs.getincrementaldecoder(encoding)()
    while True:
        following = file.read(CHUNK_BYTES)
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=not following)
        except UnicodeDecodeError as error:
            place = read - pending + error.start
            raise FileRefused(_not_readable(encoding, place, error)) from error
        read += len(chunk)
        if read > MAX_FILE_BYTES:
            raise FileRefused(
                f"The file is larger than {MAX_FILE_BYTES / 1024**3:.0f} GiB. Split it into smaller ones."
            )
        if text:
            yield text
        if not following:
            return
        chunk = following


def lines(chunks: Iterable[str]) -> Iterator[str]:
    """Lines with their ends (LF, CRLF or a lone CR) exactly as they are."""
    rest = ""
    for chunk in chunks:
        found = list(io.StringIO(rest + chunk, newline=""))
        # A lone CR at the end may be the first half of a CRLF.
        rest = found.pop() if not found[-1].endswith("\n") else ""
        if len(rest) > MAX_LINE_CHARACTERS:
            raise FileRefused(f"A line has more than {MAX_LINE_CHARACTERS:,} characters. Is this a table?")
        yield from found
    if rest:
        yield rest


def _encoding(head: bytes) -> tuple[str, int]:
    """(codec, length of the BOM)."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise FileRefused("The file is encoded in UTF-32. Save it as UTF-8.")
    for bom, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(bom):
            return encoding, len(bom)
    # Every other byte of Latin text in UTF-16 is zero.
    half = len(head) // 2
    if half and head[1::2].count(0) > half / 2 and not head[0::2].count(0):
        return "utf-16-le", 0
    if half and head[0::2].count(0) > half / 2 and not head[1::2].count(0):
        return "utf-16-be", 0
    return "utf-8", 0


def _not_readable(encoding: str, place: int, error: UnicodeDecodeError) -> str:
    name = "UTF-8" if encoding == "utf-8" else "UTF-16"
    byte = error.object[error.start]
    return (
        f"The file is not {name}: byte {place + 1:,} (0x{byte:02X}) can't be read. Save it as UTF-8 (UTF-16 is read "
        "too) and import it again."
    )
