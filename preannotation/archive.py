"""Folders and zip files that somebody gave: measured, unpacked within limits, and searched for the one model in them.

Nothing in a zip's own table of contents is believed: names are checked one by one, bytes are counted while they come.
"""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

MIB: Final = 1024**2
MOST_FILES: Final = 20_000
MOST_BYTES: Final = 16 * 1024 * MIB
# Saved models shrink to a third at best. Small archives may hold a file of blanks, so a floor goes with it.
MOST_RATIO: Final = 50
RATIO_FLOOR: Final = 64 * MIB
BLOCK: Final = 1 * MIB
# In bytes, as file systems take them; the folder that it is unpacked in needs some of a path, too.
LONGEST_NAME: Final = 255
LONGEST_PATH: Final = 3_000
# What the desktops of other systems add to a zip.
_CLUTTER: Final = ("__MACOSX", ".DS_Store", "Thumbs.db")
_ENCRYPTED: Final = 0x1
_BROKEN: Final = (
    zipfile.BadZipFile, NotImplementedError, zlib.error, lzma.LZMAError, struct.error, EOFError, ValueError,
)  # fmt: skip
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class ArchiveRefused(Exception):
    """A folder or a zip file is not taken; the message is a sentence that says why and what to do."""


def measure(folder: Path) -> int:
    """Bytes of all files below `folder`. Raises ArchiveRefused for links, and where it holds more than a model."""
    total = files = 0
    for path in folder.rglob("*"):
        if path.is_symlink():
            raise ArchiveRefused(
                f"{path.relative_to(folder)} is a link. Copy the model with the files themselves (cp -rL)."
            )
        if path.is_file():
            files += 1
            total += path.stat().st_size
        if files > MOST_FILES or total > MOST_BYTES:
            raise ArchiveRefused(f"{_too_much()} Give the folder of one saved model.")
    return total


def unpack(file: Path, into: Path, room: int, tell: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Write the files of a zip below the folder `into`, which need not exist. room: bytes that may be written. tell:
    called with the bytes written and those that there will be; what it raises ends the unpacking.

    Raises ArchiveRefused and OSError; what was written until then stays for the caller to remove.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = list(_entries(archive))
            budget = _Budget(min(MOST_BYTES, max(RATIO_FLOOR, MOST_RATIO * file.stat().st_size)), room)
            total = sum(entry.file_size for entry in entries)
            budget.check(total)
            for entry in entries:
                _write(archive, entry, into.joinpath(*_parts(entry)), budget, lambda: tell(budget.written, total))
    except _BROKEN as error:
        raise ArchiveRefused("It is no zip file, or a damaged one. Make the zip again, or copy it again.") from error


def model_folder(folder: Path) -> Path:
    """The folder of the one saved model in what was unpacked: `folder` itself, or the one below it.

    Raises ArchiveRefused where there is none, more than one, or one that lies deeper.
    """
    if _is_model(folder):
        return folder
    # Of an empty zip there is no folder: `glob` finds nothing then, where `iterdir` raises.
    below = [path for path in sorted(folder.glob("*")) if path.is_dir() and _is_model(path)]
    if len(below) == 1:
        return below[0]
    if below:
        names = ", ".join(path.name for path in below[:5])
        raise ArchiveRefused(f"It holds {len(below)} models ({names}). Make a zip file of each.")
    deeper = next((path for path in sorted(folder.rglob("*")) if path.is_dir() and _is_model(path)), None)
    if deeper:
        raise ArchiveRefused(f"The model lies deeper, in {deeper.relative_to(folder)}. Make a zip file of that folder.")
    raise ArchiveRefused(
        "It holds no saved Spark NLP model: there is no metadata/part-00000, neither at its top nor one folder deeper. "
        "Make the zip file of the folder that holds `metadata`."
    )


class _Budget:
    """Bytes that may still be written."""

    def __init__(self, plausible: int, room: int) -> None:
        self._plausible = plausible
        self._room = room
        self.written = 0

    def check(self, total: int) -> None:
        if total > self._plausible:
            raise ArchiveRefused(f"It unpacks to more than {self._plausible // MIB:,} MB; no model of its size does.")
        if total > self._room:
            raise ArchiveRefused(f"It needs more than the {self._room // MIB:,} MB that may be used. Make room first.")

    def take(self, count: int) -> None:
        self.written += count
        self.check(self.written)


def _entries(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """The files to write. Raises ArchiveRefused for a name or a kind that no model has."""
    infos = archive.infolist()
    if len(infos) > MOST_FILES:
        raise ArchiveRefused(f"{_too_much()} Make the zip file of one saved model.")
    seen = set()
    for info in infos:
        name = info.filename
        path = PurePosixPath(name)
        if any(part in _CLUTTER for part in path.parts):
            continue
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not path.parts:
            raise ArchiveRefused(f'"{name[:80]}" would be written outside of its folder. Make the zip file again.')
        if any(len(part.encode()) > LONGEST_NAME for part in path.parts) or len(name.encode()) > LONGEST_PATH:
            raise ArchiveRefused(
                f'The name "{name[:80]}…" is too long for a file. Make the zip file with shorter ones.'
            )
        mode = info.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise ArchiveRefused(f'"{name[:80]}" is a link or a device, not a file. Make the zip file without it.')
        if info.flag_bits & _ENCRYPTED:
            raise ArchiveRefused("It is encrypted. Make the zip file without a password.")
        if info.compress_type not in _METHODS:
            raise ArchiveRefused("It is packed in a way that can't be read here. Make a plain zip file.")
        if info.is_dir():
            continue
        if path in seen:
            raise ArchiveRefused(f'"{name[:80]}" is in it twice. Make the zip file again.')
        seen.add(path)
        yield info


def _parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    return PurePosixPath(info.filename).parts


def _write(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, budget: _Budget, told: Callable[[], None]
) -> None:
    with archive.open(entry) as source, _new_file(path, entry.filename) as target:
        told()
        while block := source.read(BLOCK):
            budget.take(len(block))
            target.write(block)
            told()


def _new_file(path: Path, name: str) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb")
    except (FileExistsError, NotADirectoryError) as error:
        raise ArchiveRefused(f'"{name[:80]}" is a file and a folder in it. Make the zip file again.') from error


def _is_model(folder: Path) -> bool:
    # `stages` is that of a whole pipeline, whose refusal names it.
    return any((folder / name).exists() for name in ("metadata/part-00000", "assertion.json", "stages"))


def _too_much() -> str:
    return f"It holds more than {MOST_FILES:,} files or {MOST_BYTES // MIB // 1024} GB, which no model does."
