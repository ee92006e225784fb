"""How large a folder is: read for a moment, remembered for some minutes, never waited for."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache

PATIENCE_SECONDS: Final = 0.15
REMEMBERED_SECONDS: Final = 300


@dataclass(frozen=True)
class Size:
    """size: bytes of its files. complete: whether all could be counted in the time given and with the rights there."""

    size: int
    complete: bool


def size_of(folder: str) -> Size:
    """Of a folder that is not there: 0."""
    key = f"folder-size-{folder.encode().hex()}"[:240]
    known: Size | None = cache.get(key)
    if known is None:
        known = _counted(folder, time.monotonic() + PATIENCE_SECONDS)
        cache.set(key, known, REMEMBERED_SECONDS)
    return known


def _counted(folder: str, deadline: float) -> Size:
    size, complete, left = 0, True, [folder]
    while left:
        if time.monotonic() > deadline:
            return Size(size, False)
        try:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        size += entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            continue
        except OSError:
            complete = False
    return Size(size, complete)
