"""Files inside a zip, one after the other, within limits that a hostile archive meets before the machine does."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from projects.exchange.errors import FileRefused
from projects.quoting import shortened
from projects.storable import why_not_storable

MAX_ENTRIES = 20_000
MAX_BYTES = 2 * 1024**3
MAX_RATIO = 200
# A small file may well be packed to nothing.
RATIO_FROM_BYTES = 10 * 1024**2
_ENCRYPTED = 1


class _Limited:
    """A file of an archive that says no where more comes out of it than is allowed. Reads bytes, and nothing else."""

    def __init__(self, file: BinaryIO, name: str, allowed: int) -> None:
        self.file, self.name, self.allowed = file, name, allowed
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        try:
            chunk = self.file.read(size)
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
            raise FileRefused("It is damaged. Nothing was imported. Pack it anew.") from error
        self.read_bytes += len(chunk)
        if self.read_bytes > self.allowed:
            raise _too_large()
        return chunk


def files(file: BinaryIO) -> Iterator[tuple[str, _Limited]]:
    """(name with its folders, contents) of each file, by name; folders and hidden files are passed over.

    Raises FileRefused for what is no archive, is encrypted, or is above a limit.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise FileRefused("The file is not a zip archive, or it is damaged. Nothing was imported.") from error
    with archive:
        entries = [entry for entry in archive.infolist() if not _is_hidden(entry.filename) and not entry.is_dir()]
        _check(entries)
        left = MAX_BYTES
        for entry in sorted(entries, key=lambda entry: entry.filename):
            try:
                opened = archive.open(entry)
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
                raise FileRefused(
                    f'"{shortened(entry.filename)}" in the archive can\'t be unpacked ({error}). Nothing was imported.'
                ) from error
            with opened:
                limited = _Limited(opened, entry.filename, left)
                yield entry.filename, limited
                left -= limited.read_bytes


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if not entries:
        raise FileRefused("There is no file in the archive.")
    if len(entries) > MAX_ENTRIES:
        raise FileRefused(f"The archive holds {len(entries):,} files; at most {MAX_ENTRIES:,} are taken. Split it.")
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if total > MAX_BYTES:
        raise _too_large()
    if total > RATIO_FROM_BYTES and total > MAX_RATIO * max(packed, 1):
        raise FileRefused(
            f"The archive unpacks to {total / max(packed, 1):,.0f} times its size; at most {MAX_RATIO} times is taken. "
            "Import the files in it without packing them."
        )
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise FileRefused(f'"{shortened(entry.filename)}" in the archive is encrypted. Pack it without a password.')
        if reason := why_not_storable(entry.filename):
            raise FileRefused(f"The name of a file in the archive {reason}. Rename it.")


def _is_hidden(name: str) -> bool:
    """What file managers leave in archives without anybody knowing, and what has no name."""
    path = PurePosixPath(name.replace("\\", "/"))
    return (
        not path.name
        or path.parts[0] == "__MACOSX"
        or path.name.startswith(".")
        or path.name in ("Thumbs.db", "desktop.ini")
    )


def _too_large() -> FileRefused:
    return FileRefused(
        f"The archive unpacks to more than {MAX_BYTES / 1024**3:.0f} GiB. Nothing was imported. Split it."
    )
