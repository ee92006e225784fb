"""Rows of a file into a project, a batch at a time, all of them or none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO

from django.contrib.auth.models import AbstractUser
from django.db import connection, transaction

from projects.exchange.batches import Batch, Importing
from projects.exchange.errors import FileRefused, RowRefused
from projects.exchange.reading import read_rows
from projects.exchange.report import Reporting
from projects.exchange.rows import Row
from projects.models import ImportReport, Project
from projects.models.project import ConfigRefused
from projects.storable import why_not_storable

BATCH_ROWS = 1_000
BATCH_CHARACTERS = 8_000_000
MAX_FILE_NAME = 255
_IMPORT_LOCK = 7301

logger = logging.getLogger(__name__)


def import_file(project: Project, file: BinaryIO, file_name: str, by: AbstractUser) -> ImportReport:
    """Import a file's tasks with the completions and predictions that it brings; the format follows the name's ending.

    A row whose `data` is there already joins that task: what is new of its completions and predictions is added.
    Raises FileRefused, with nothing stored, where the file as a whole can't be read; single rows and regions that
    can't be taken are listed in the report instead.
    """
    name = PurePath(file_name.replace("\\", "/")).name[-MAX_FILE_NAME:]
    if reason := why_not_storable(name):
        raise FileRefused(f"The file's name {reason}. Rename the file.")
    try:
        config = project.parsed_config()
    except ConfigRefused as refused:
        raise FileRefused(f"The project's Labeling Config must be corrected first. {refused.problems[0]}") from refused
    with transaction.atomic():
        _one_import_at_a_time(project)
        report = ImportReport.objects.create(project=project, file_name=name, created_by=by)
        importing = Importing(project, config, by, Reporting(report))
        for batch in _batches(file, name, importing):
            importing.store(batch)
        importing.reporting.finish()
    logger.info(
        "import %d into project %d by user %d: %d imported, %d joined, %d skipped, %d refused",
        report.pk, project.pk, by.pk, report.imported, report.joined, report.skipped, report.refused,
    )  # fmt: skip
    return report


def _batches(file: BinaryIO, name: str, importing: Importing) -> Iterator[Batch]:
    batch: list[Row] = []
    characters = 0
    for number, row in read_rows(file, name, importing.config.text_field):
        if isinstance(row, RowRefused):
            importing.reporting.refused_row(number, str(row))
            continue
        batch.append(row)
        characters += len(row.text)
        if len(batch) >= BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _one_import_at_a_time(project: Project) -> None:
    """Two imports of the same rows at once would meet in the middle of a batch; per project the second one waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_IMPORT_LOCK, project.pk % 2**31])
