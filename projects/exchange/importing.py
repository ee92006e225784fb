"""Rows of a file into a project, a batch at a time, all of them or none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import BinaryIO

from django.contrib.auth.models import AbstractUser
from django.db import connection, transaction
from django.utils import timezone
from django_q.tasks import async_task

from projects import import_lock
from projects.config_change import Change, fate, moves_in_words, narrowed, removed_keys, retold_in_words
from projects.exchange.ahead import Ahead
from projects.exchange.batches import Batch, Importing, write_down
from projects.exchange.conll import Target
from projects.exchange.errors import FileRefused, RowRefused
from projects.exchange.reading import read_rows
from projects.exchange.report import Reporting
from projects.labeling_config import LabelingConfig
from projects.models import Activity, ImportReport, Project
from projects.models.project import ConfigRefused
from projects.storable import why_not_storable

BATCH_ROWS = 2_000
BATCH_CHARACTERS = 8_000_000
MAX_FILE_NAME = 255

GoOn = Callable[[int], None]
"""Called between pieces of the work with the rows read so far; raises where the import is to end."""

logger = logging.getLogger(__name__)


def import_file(project: Project, file: BinaryIO, file_name: str, by: AbstractUser) -> ImportReport:
    """Import a file's tasks with the completions and predictions that it brings; the format follows the name's ending.

    A row whose `data` is there already joins that task: what is new of its completions and predictions is added.
    Raises FileRefused, with nothing stored, where the file as a whole can't be read; single rows and regions that
    can't be taken are listed in the report instead.
    """
    report = ImportReport(project=project, file_name=checked_name(file_name), created_by=by, started_at=timezone.now())
    with transaction.atomic():
        report.save(force_insert=True)
        import_into(report, file, lambda rows: None)
        report.finished_at = timezone.now()
        report.save()
    return report


def import_into(report: ImportReport, file: BinaryIO, go_on: GoOn) -> None:
    """Store a file's rows, inside the caller's transaction, and write what became of them into the report, which is
    not saved here. Raises FileRefused, and whatever go_on raises."""
    project, by = report.project, report.created_by
    try:
        config = project.parsed_config()
    except ConfigRefused as refused:
        raise FileRefused(f"The project's Labeling Config must be corrected first. {refused.problems[0]}") from refused
    # Two imports of the same rows at once would meet in the middle of a batch; per project the second one waits.
    import_lock.wait_for(project.pk, lambda: go_on(0))
    if not Project.objects.filter(pk=project.pk).exists():
        raise FileRefused("The project was deleted meanwhile. Nothing was imported.")
    _check_references_by_batch()
    importing = Importing(project, config, by, Reporting(report))
    with Ahead(_read(file, report.file_name, importing)) as reading:
        for batch, refused, read in reading:
            for number, row in refused:
                importing.reporting.refused_row(number, str(row), row.source)
            if batch:
                importing.store(batch, meanwhile=reading.begin)
            go_on(read)
    _check_config_stands(project, config)
    importing.tell_joined(lambda: go_on(read))
    for name, value in importing.reporting.values().items():
        setattr(report, name, value)
    report.first_task, report.last_task = importing.first_task, importing.last_task
    Activity.objects.record(project, by, Activity.Verb.IMPORTED, _in_words(report))
    async_task("projects.jobs.index_words", project.pk, save=False)
    logger.info(
        "import %d into project %d: %d imported, %d joined, %d skipped, %d refused",
        report.pk, project.pk, report.imported, report.joined, report.skipped, report.refused,
    )  # fmt: skip


def _check_config_stands(project: Project, config: LabelingConfig) -> None:
    """Locks the project. Raises FileRefused where labels that the file was checked against have gone since, choices
    stand elsewhere, a text has another name, or fewer answers are taken: what it brings would stay as it was. Whoever
    changes the config after this sees what came in."""
    # Shared, as everybody has it who saves a completion: only those wait whose task is in hand. Where a run is to
    # follow, which takes it alone, it is taken so at once: later those who wait for their task would still have it.
    strength = "NO KEY UPDATE" if project.preannotate_imports else "SHARE"
    (now,) = Project.objects.raw(f"SELECT * FROM projects_project WHERE id = %s FOR {strength}", [project.pk])
    if now.config_version == project.config_version:
        return
    change = Change(config, now.parsed_config())
    lost = sorted([*removed_keys(change), *narrowed(change)], key=str)
    changed = [*(f"the {key} {fate(key, change)}" for key in lost), *moves_in_words(change), *retold_in_words(change)]
    if changed:
        raise FileRefused(
            f"The Labeling Config was changed during the import: {', '.join(changed[:3])}. Nothing was imported. "
            "Import the file again."
        )


def _in_words(report: ImportReport) -> str:
    counts = f"{report.imported:,} new, {report.joined:,} joined, {report.skipped:,} already there"
    return f"imported {report.file_name} (import {report.pk}): {counts}, {report.refused:,} refused"


def checked_name(file_name: str) -> str:
    """A file's name without its folders. Raises FileRefused where it can't be stored."""
    name = PurePath(file_name.replace("\\", "/")).name[-MAX_FILE_NAME:]
    if reason := why_not_storable(name):
        raise FileRefused(f"The file's name {reason}. Rename the file.")
    return name


def _read(file: BinaryIO, name: str, importing: Importing) -> Iterator[tuple[Batch, list[tuple[int, RowRefused]], int]]:
    """(rows of a batch, refused ones among them, how many were read so far)."""
    batch: Batch = []
    refused: list[tuple[int, RowRefused]] = []
    characters = read = 0
    text_field = importing.config.text_field
    target = Target.of(importing.config, importing.by.get_username() if importing.by else "")
    for number, row in read_rows(file, name, text_field, target):
        read += 1
        if isinstance(row, RowRefused):
            refused.append((number, row))
        else:
            write_down(row, text_field)
            batch.append(row)
            characters += len(row.text)
        if len(batch) + len(refused) >= BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield batch, refused, read
            batch, refused, characters = [], [], 0
    yield batch, refused, read


def _check_references_by_batch() -> None:
    """Not all of them at the end: nothing would be read meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
