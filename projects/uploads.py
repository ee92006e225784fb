"""Files that wait for a worker, or for whoever fetches them, below `settings.UPLOADS_DIR`."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from django.apps import apps
from django.conf import settings

from projects.exchange import FileRefused

YOUNG_SECONDS: Final = 24 * 3600
NAMED_BY: Final = (
    ("projects.ImportReport", "upload"),
    ("projects.ExportReport", "file"),
    ("preannotation.Arrival", "file"),
)


def path_of(name: str) -> Path:
    folder: Path = settings.UPLOADS_DIR
    return folder / name


def new_name() -> str:
    """A name that nobody can guess, in a folder that is there."""
    settings.UPLOADS_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    return secrets.token_hex(16)


def keep(chunks: Iterable[bytes]) -> str:
    """The name under which the bytes are kept. Raises FileRefused where the disk has no room."""
    name = new_name()
    try:
        with path_of(name).open("wb") as kept:
            for chunk in chunks:
                kept.write(chunk)
    except OSError as error:
        remove(name)
        free = shutil.disk_usage(settings.UPLOADS_DIR).free / 1024**2
        raise FileRefused(
            f"The file could not be stored ({error.strerror}; {free:,.0f} MB of disk are free). Tell an admin."
        ) from error
    return name


def sweep() -> int:
    """Remove what no row names any more, such as the half of an export whose worker died; returns how many. Young
    files are left: theirs is perhaps being written."""
    folder: Path = settings.UPLOADS_DIR
    old = time.time() - YOUNG_SECONDS
    there = {path.name for path in folder.glob("*") if path.is_file() and path.stat().st_mtime < old}
    for model, column in NAMED_BY if there else ():
        rows = apps.get_model(model)._base_manager.filter(**{f"{column}__in": there})
        there -= set(rows.values_list(column, flat=True))
    for name in there:
        remove(name)
    return len(there)


def remove(name: str) -> None:
    if name:
        path_of(name).unlink(missing_ok=True)
