"""Exports as people ask for them: at once where they are small, by a worker where they are not."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from typing import Final

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Length
from django.http import QueryDict
from django.utils import timezone
from django_q.tasks import async_task

from projects import uploads
from projects.beat import Beat
from projects.exchange import FORMATS, Cancelled, ExportMismatch, FileRefused, Wanted, write_checked
from projects.models import Activity, ExportReport, Project, Task
from projects.models.background import MOST_DEATHS
from projects.models.task_queries import TaskQuerySet
from projects.task_filter import TaskFilter

AT_ONCE_TASKS: Final = 500
AT_ONCE_CHARACTERS: Final = 5_000_000
KEPT: Final = timedelta(days=7)
DIED: Final = f"The worker died {MOST_DEATHS} times while it wrote this file. Tell an admin."

logger = logging.getLogger(__name__)


def tasks_of(project: Project, filter: str) -> TaskQuerySet:
    """The project's tasks that a query string means."""
    return TaskFilter.of(QueryDict(filter)).apply(Task.objects.in_project(project))


def begin(project: Project, wanted: Wanted, filter: str, by: AbstractUser | None) -> ExportReport:
    """Write an export, or queue it for a worker where it is large. It is kept for a week."""
    remove_old()
    given = TaskFilter.of(QueryDict(filter))
    tasks = given.apply(Task.objects.in_project(project))
    report = ExportReport(
        project=project,
        created_by=by,
        format=wanted.format,
        only=wanted.only,
        predictions=wanted.predictions,
        completions=wanted.completions,
        filter=given.query,
        words=given.words[:300] or "all tasks",
        total=tasks.count(),
        state=ExportReport.State.QUEUED,
    )
    is_small = report.total <= AT_ONCE_TASKS and _characters(tasks) <= AT_ONCE_CHARACTERS
    with transaction.atomic():
        report.save(force_insert=True)
        if not is_small:
            _enqueue(report.pk)
    if is_small:
        run(report.pk)
        report.refresh_from_db()
    return report


def run(pk: int) -> None:
    """Write a queued export's file, read it back and compare it; only then it is offered."""
    report = ExportReport.objects.select_related("project").claim(pk)
    if report is None:
        return
    name = uploads.new_name()
    with Beat(report, f"export {pk}") as beat:
        try:
            _write(report, name, beat)
        except Cancelled:
            ExportReport.objects.held(report).end(ExportReport.State.CANCELLED)
        except ExportMismatch as mismatch:
            _failed(report, f"{mismatch} The file is not handed out. Try again; if it stays, tell an admin.")
        except Exception as error:
            error_id = secrets.token_hex(4)
            logger.exception("error %s in export %d", error_id, pk)
            reason = str(error) if isinstance(error, FileRefused) else type(error).__name__
            _failed(report, f"The file could not be written ({reason}). Error {error_id} in the log.", error_id)
        else:
            return
    uploads.remove(name)


def cancel(report: ExportReport, by: AbstractUser | None) -> None:
    asked = ExportReport.objects.under_way().filter(pk=report.pk)
    with transaction.atomic():
        if asked.filter(cancel_asked_at=None).update(cancel_asked_at=timezone.now()):
            Activity.objects.record(report.project_id, by, Activity.Verb.CANCELLED, f"cancelled export {report.pk}")
    asked.free().end(ExportReport.State.CANCELLED)


def revive() -> int:
    """As for imports. Returns how many were queued again."""
    revived = 0
    for pk in ExportReport.objects.abandoned().values_list("pk", flat=True):
        with transaction.atomic():
            if not ExportReport.objects.filter(pk=pk).put_back():
                continue
            revived += 1
            dead = ExportReport.objects.under_way().filter(pk=pk, attempts__gte=MOST_DEATHS)
            if not dead.end(ExportReport.State.FAILED, failure=DIED):
                _enqueue(pk)
    return revived


def remove_old() -> None:
    """Forget the files of exports that are older than KEPT."""
    for report in ExportReport.objects.filter(created_at__lt=timezone.now() - KEPT).exclude(file=""):
        uploads.remove(report.file)
        ExportReport.objects.filter(pk=report.pk).update(file="")


def _characters(tasks: TaskQuerySet) -> int:
    found: int | None = tasks.order_by().aggregate(all=Sum(Length("text")))["all"]
    return found or 0


def _write(report: ExportReport, name: str, beat: Beat) -> None:
    wanted = Wanted(report.format, report.predictions, report.completions, report.only)
    with uploads.path_of(name).open("w+b") as file:
        tasks = tasks_of(report.project, report.filter)
        written = write_checked(file, tasks, wanted, lambda count: beat.go_on(written=count))
    values = {"written": written.tasks, "total": written.tasks, "left_out": written.left_out, "file": name}
    size = uploads.path_of(name).stat().st_size
    with transaction.atomic():
        if not ExportReport.objects.held(report).end(ExportReport.State.DONE, **values, size=size):
            raise Cancelled
        record(report.project, report.created_by, wanted, written.tasks, report.words)


def record(project: Project, by: AbstractUser | None, wanted: Wanted, tasks: int, which: str) -> None:
    """Write down that tasks left the product. which: the filter in words, "" for all of them."""
    words = f"exported {tasks:,} task{'' if tasks == 1 else 's'} as {FORMATS[wanted.format]} ({which or 'all tasks'})"
    Activity.objects.record(project, by, Activity.Verb.EXPORTED, words)


def _failed(report: ExportReport, failure: str, error_id: str = "") -> None:
    ExportReport.objects.held(report).end(ExportReport.State.FAILED, failure=failure[:1000], error_id=error_id)


def _enqueue(pk: int) -> None:
    async_task("projects.jobs.run_export", pk, save=False)
