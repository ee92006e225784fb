"""What identifies a model's folder: one checksum over all its files. Needs no Spark."""

import hashlib
from pathlib import Path
from typing import Final

from preannotation.contract import ModelLoadError

BLOCK: Final = 1 << 20


def folder_checksum(folder: Path) -> tuple[str, int]:
    """(sha256 in hex, bytes in all) over relative paths, sizes and contents of the files, sorted by path.

    Times, owners and empty folders don't count. Raises ModelLoadError where there is no file.
    """
    paths = sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
    if not paths:
        raise ModelLoadError(f"There is no model in {folder}: the folder is missing or empty.")
    digest = hashlib.sha256()
    total = 0
    for name, path in paths:
        size = path.stat().st_size
        # Lengths first, so that no two folders can run together into the same bytes.
        digest.update(f"{len(name.encode())} {size} {name}".encode())
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
        total += size
    return digest.hexdigest(), total
