"""Tasks of a project into a file: streamed, and read back before anybody gets it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO

from django.db.models import Prefetch

from projects.digests import data_digest, digest
from projects.exchange import annotation_lab, conll_export, json_stream, label_studio
from projects.exchange.completion_keys import beside_of
from projects.exchange.conll_export import GoOn, Written
from projects.exchange.decoding import text_chunks
from projects.exchange.errors import ExportMismatch, RowRefused
from projects.exchange.identity import result_key
from projects.exchange.reading import read_row
from projects.models import Completion, Prediction, Task
from projects.models.export_report import FORMAT_WORDS
from projects.models.task_queries import TaskQuerySet
from projects.results import Region

ANNOTATION_LAB = "annotation_lab"
LABEL_STUDIO = "label_studio"
CONLL = "conll"
DIALECTS = {ANNOTATION_LAB: "Annotation Lab", LABEL_STUDIO: "Label Studio"}
FORMATS = FORMAT_WORDS
SUBMITTED, STARRED = "submitted", "starred"
ONLY = {"": "All", SUBMITTED: "Only submitted", STARRED: "Only starred"}
CHUNK_TASKS = 200
WRITERS: dict[str, Callable[[Task, list[Completion], list[Prediction]], dict[str, Any]]] = {
    ANNOTATION_LAB: annotation_lab.write_task,
    LABEL_STUDIO: label_studio.write_task,
}


@dataclass(frozen=True)
class Wanted:
    """What an export is to hold. format: one of FORMATS. only: one of ONLY, of the completions."""

    format: str
    predictions: bool = True
    completions: bool = True
    only: str = ""


@dataclass(frozen=True)
class Mark:
    """What a task was when it was written. fingerprint: digest of its data, work and predictions."""

    pk: int
    text_field: str
    fingerprint: uuid.UUID


def export_tasks(
    tasks: TaskQuerySet, dialect: str, *, predictions: bool = True, completions: bool = True
) -> Iterator[bytes]:
    """A JSON list in pieces, a task each, in import order, from a server-side cursor.

    dialect: one of DIALECTS. Of the predictions those that are shown, newest first. Offsets are code points.
    """
    for piece, _ in _json_pieces(tasks, Wanted(dialect, predictions, completions)):
        yield piece


def checked_export(
    tasks: TaskQuerySet, dialect: str, *, predictions: bool = True, completions: bool = True
) -> IO[bytes]:
    """The same as a temporary file at its beginning, after it was read back by the importer and compared, task by task,
    with what the database gave. Raises ExportMismatch; closing the file removes it."""
    with ExitStack() as stack:
        file = stack.enter_context(TemporaryFile())
        write_checked(file, tasks, Wanted(dialect, predictions, completions), lambda written: None)
        stack.pop_all()
    return file


def write_checked(file: IO[bytes], tasks: TaskQuerySet, wanted: Wanted, go_on: GoOn) -> Written:
    """Write tasks into a new file, read them back and compare them with what the database gave; the file is then at
    its beginning. Raises ExportMismatch, and whatever go_on raises."""
    if wanted.format == CONLL:
        completions, predictions = wanted.completions, wanted.predictions
        return conll_export.write_checked(
            file, with_work(tasks, wanted), go_on, completions=completions, predictions=predictions
        )
    marks: list[Mark] = []
    for piece, mark in _json_pieces(tasks, wanted):
        file.write(piece)
        if mark:
            marks.append(mark)
        if len(marks) % CHUNK_TASKS == 0:
            go_on(len(marks))
    file.seek(0)
    _compare(file, marks, go_on)
    file.seek(0)
    return Written(len(marks))


def _json_pieces(tasks: TaskQuerySet, wanted: Wanted) -> Iterator[tuple[bytes, Mark | None]]:
    """Bytes, with the mark of the task that they are, None for the end of the list."""
    write = WRITERS[wanted.format]
    opening = b"[\n"
    for task in with_work(tasks, wanted):
        done = list(task.completions.all()) if wanted.completions else []
        shown = list(task.predictions.all()) if wanted.predictions else []
        line = json.dumps(write(task, done, shown), ensure_ascii=False).encode()
        yield opening + line, _mark(task, done, shown)
        opening = b",\n"
    yield (b"[]\n" if opening == b"[\n" else b"\n]\n"), None


def with_work(tasks: TaskQuerySet, wanted: Wanted) -> Iterator[Task]:
    """Tasks in import order with the completions and predictions that are wanted, some at a time."""
    prefetched = []
    if wanted.completions:
        completions = Completion.objects.order_by("pk").select_related("reviewed_by")
        if wanted.only == SUBMITTED:
            completions = completions.filter(submitted_at__isnull=False)
        elif wanted.only == STARRED:
            completions = completions.filter(starred=True)
        prefetched.append(Prefetch("completions", completions))
    if wanted.predictions:
        prefetched.append(Prefetch("predictions", Prediction.objects.shown()))
    query = tasks.prefetch_related(*prefetched).order_by("pk")
    return query.iterator(chunk_size=CHUNK_TASKS)


def _compare(file: BinaryIO, marks: Sequence[Mark], go_on: GoOn) -> None:
    read_back = json_stream.values(text_chunks(file))
    for number, (mark, item) in enumerate(zip_longest(marks, read_back), 1):
        if number % CHUNK_TASKS == 0:
            go_on(len(marks))
        if mark is None or item is None:
            raise ExportMismatch(f"The export does not hold {len(marks):,} tasks as the database does.")
        try:
            row = read_row(number, item, mark.text_field, "")
        except RowRefused as refused:
            raise ExportMismatch(f"Task {mark.pk} can't be read back from the export: {refused}") from refused
        work = [
            (read.username, read.starred, read.submitted_at, read.beside.digest_part, read.result)
            for read in row.completions
        ]
        answers = [(read.model_version, read.result) for read in row.predictions]
        if row.notes or _fingerprint({**row.data, mark.text_field: row.text}, work, answers) != mark.fingerprint:
            raise ExportMismatch(f"Task {mark.pk} reads back from the export with other content.")


def _mark(task: Task, completions: list[Completion], predictions: list[Prediction]) -> Mark:
    work = [
        (
            done.username,
            done.starred,
            done.submitted_at,
            beside_of(done, completions, predictions).digest_part,
            done.result,
        )
        for done in completions
    ]
    answers = [(shown.model_version, shown.result) for shown in predictions]
    return Mark(task.pk, task.text_field, _fingerprint(task.imported_data(), work, answers))


def _fingerprint(
    data: dict[str, Any],
    work: Sequence[tuple[str, bool, datetime | None, str, list[Region]]],
    answers: Sequence[tuple[str, list[Region]]],
) -> uuid.UUID:
    parts = [str(data_digest(data))]
    parts.extend(
        f"{name}\0{starred}\0{time and time.timestamp()}\0{beside}\0{result_key(result)}"
        for name, starred, time, beside, result in work
    )
    parts.extend(f"{version}\0{result_key(result)}" for version, result in answers)
    return digest("\1".join(parts))
