"""Imports as people ask for them: at once where the file is small, by a worker where it is not."""

from __future__ import annotations

import logging
import secrets
import sys
from typing import BinaryIO, Final, cast

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from projects import uploads
from projects.beat import Beat, CountedFile
from projects.exchange import Cancelled, FileRefused, import_file
from projects.exchange.decoding import MAX_FILE_BYTES
from projects.exchange.importing import checked_name, import_into
from projects.models import Activity, ImportReport, Project
from projects.models.background import MOST_DEATHS, BackgroundQuerySet

AT_ONCE_BYTES: Final = 1024**2
# Small as it is, an archive may hold a lot.
NEVER_AT_ONCE: Final = (".zip",)
# In a worker reading and storing take turns all the time, for which the 5 ms that Python gives each are long.
SWITCH_SECONDS: Final = 0.0002
RESULT_FIELDS: Final = (
    "imported", "joined", "skipped", "refused", "repaired", "regions_refused", "problem_count", "problems",
    "first_task", "last_task",
)  # fmt: skip
DIED: Final = (
    f"The worker died {MOST_DEATHS} times while it imported this file, perhaps for want of memory. Split the file, "
    "then import its parts."
)

logger = logging.getLogger(__name__)


def begin(project: Project, file: UploadedFile, by: AbstractUser) -> ImportReport:
    """Import an uploaded file, or queue it for a worker where it is large or would wait for another import of the
    project. Raises FileRefused."""
    name = checked_name(file.name or "")
    size = file.size or 0
    is_small = size <= AT_ONCE_BYTES and not name.lower().endswith(NEVER_AT_ONCE)
    if is_small and not ImportReport.objects.under_way().filter(project=project).exists():
        return at_once(project, file, name, by)
    if size > MAX_FILE_BYTES:
        raise FileRefused(
            f"The file has {size / 1024**3:.1f} GiB; at most {MAX_FILE_BYTES / 1024**3:.0f} GiB are taken. Split it."
        )
    upload = uploads.keep(file.chunks(1024**2))
    report = ImportReport(project=project, file_name=name, created_by=by, upload=upload, size=size)
    report.state = ImportReport.State.QUEUED
    try:
        with transaction.atomic():
            report.save(force_insert=True)
            _enqueue(report.pk)
    except BaseException:
        uploads.remove(upload)
        raise
    return report


def at_once(project: Project, file: BinaryIO, file_name: str, by: AbstractUser) -> ImportReport:
    """Import a file here and now, with what the project wants after it. Raises FileRefused."""
    with transaction.atomic():
        report = import_file(project, file, file_name, by)
        follow_up(report)
    return report


def run(pk: int) -> None:
    """Import the file of a queued report, all of it or nothing; what became of it is in the report. While another one
    of its project is running it is left, for a worker that waits is one that nobody else has; that one's end comes
    back to it."""
    project_pk = ImportReport.objects.filter(pk=pk).values_list("project", flat=True).first()
    if _of_project(project_pk).filter(state=ImportReport.State.RUNNING).exists():
        return
    report = ImportReport.objects.select_related("project", "created_by").claim(pk)
    if report is not None:
        _run(report)
    following = _of_project(project_pk).filter(state=ImportReport.State.QUEUED).order_by("pk").first()
    if following is not None:
        _enqueue(following.pk)


def _run(report: ImportReport) -> None:
    sys.setswitchinterval(SWITCH_SECONDS)
    with Beat(report, f"import {report.pk}") as beat:
        try:
            with transaction.atomic(), uploads.path_of(report.upload).open("rb") as file:
                counted = cast(BinaryIO, CountedFile(file, beat))
                import_into(report, counted, lambda rows: beat.go_on(rows_read=rows))
                _done(report)
                follow_up(report)
        except Cancelled:
            ended = _end(report, ImportReport.State.CANCELLED)
        except FileRefused as refused:
            ended = _end(report, ImportReport.State.FAILED, str(refused))
        except FileNotFoundError:
            ended = _end(report, ImportReport.State.FAILED, "The uploaded file is gone. Import it again.")
        except Exception as error:
            error_id = secrets.token_hex(4)
            logger.exception("error %s in import %d", error_id, report.pk)
            reason = f"Something unforeseen happened ({type(error).__name__}). Error {error_id} in the log."
            ended = _end(report, ImportReport.State.FAILED, reason, error_id)
        else:
            ended = True
    if ended:
        uploads.remove(report.upload)


def cancel(report: ImportReport, by: AbstractUser | None) -> None:
    """Ask for the end of an import: at once while it waits, else after the batch in hand. Nothing of it stays."""
    asked = ImportReport.objects.under_way().filter(pk=report.pk)
    with transaction.atomic():
        if asked.filter(cancel_asked_at=None).update(cancel_asked_at=timezone.now()):
            words = f"cancelled the import of {report.file_name} (import {report.pk})"
            Activity.objects.record(report.project_id, by, Activity.Verb.CANCELLED, words)
    if asked.free().end(ImportReport.State.CANCELLED, upload=""):
        uploads.remove(report.upload)


def revive() -> int:
    """Queue those again whose worker is silent, and those that nobody came for; the second death fails them. Returns
    how many."""
    revived = 0
    for report in ImportReport.objects.abandoned():
        with transaction.atomic():
            if not ImportReport.objects.filter(pk=report.pk).put_back():
                continue
            revived += 1
            dead = ImportReport.objects.under_way().filter(pk=report.pk, attempts__gte=MOST_DEATHS)
            if dead.end(ImportReport.State.FAILED, failure=DIED, upload=""):
                uploads.remove(report.upload)
            else:
                _enqueue(report.pk)
    return revived


def follow_up(report: ImportReport) -> None:
    """Set off what the project wants after an import, and keep what that was. The import stays, whatever comes.

    To be called in the import's own transaction: a worker that died between the two would leave the rest undone.
    """
    words = []
    for path in settings.AFTER_IMPORT:
        try:
            with transaction.atomic():
                words.append(import_string(path)(report.project, report))
        except Exception:
            logger.exception("%s failed after import %d", path, report.pk)
            words.append("What was to follow the import could not be started; the log has the reason.")
    report.followed_by = " ".join(filter(None, words))[:300]
    ImportReport.objects.filter(pk=report.pk).update(followed_by=report.followed_by)


def _of_project(pk: int | None) -> BackgroundQuerySet:
    return ImportReport.objects.under_way().filter(project=pk)


def _done(report: ImportReport) -> None:
    """Raises Cancelled, which undoes everything, where another worker has taken over meanwhile."""
    values = {name: getattr(report, name) for name in RESULT_FIELDS}
    if not ImportReport.objects.held(report).end(ImportReport.State.DONE, **values, bytes_read=report.size, upload=""):
        raise Cancelled


def _end(report: ImportReport, state: str, failure: str = "", error_id: str = "") -> bool:
    """Whether it was still this worker's to end."""
    held = ImportReport.objects.held(report)
    with transaction.atomic():
        ended = held.end(state, failure=failure[:1000], error_id=error_id, upload="")
        if ended and failure:
            words = f"could not import {report.file_name} (import {report.pk}): {failure}"
            Activity.objects.record(report.project_id, report.created_by, Activity.Verb.IMPORTED, words)
    return bool(ended)


def _enqueue(pk: int) -> None:
    async_task("projects.jobs.run_import", pk, save=False)
