"""Changes of many tasks: small ones at once, large ones in a worker that the task list tells of."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from projects import bulk
from projects.models import Activity, BulkChange, Project
from projects.models.task_queries import TaskQuerySet
from projects.stored_results import number_of

logger = logging.getLogger(__name__)

IN_REQUEST = 5_000
SLICE = 2_000
SNAPSHOT = "UPDATE projects_bulkchange SET task_ids = ARRAY({}) WHERE id = %s RETURNING cardinality(task_ids)"


def start(
    project: Project, by: AbstractUser, tasks: TaskQuerySet, count: int, verb: str, what: dict[str, Any], words: str
) -> BulkChange | None:
    """Change these tasks; a BulkChange where a worker does it. words: what is done to a task, "tagged Test"."""
    if count <= IN_REQUEST:
        with transaction.atomic():
            # An import that adds to some of them keeps them from going, and needs not keep them from being changed.
            chosen = tasks.order_by("pk").select_for_update(of=("self",), no_key=verb != "delete")
            ids = list(chosen.values_list("pk", flat=True))
            bulk.perform(verb, what, ids)
            if ids:
                _record(
                    project.pk, by, verb, f"{number_of(len(ids), 'task')} {words}", ids[0] if len(ids) == 1 else None
                )
        return None
    with transaction.atomic():
        change = BulkChange.objects.create(project=project, verb=verb, what=what, words=words, created_by=by)
        # The ids never come here: a million of them would take longer on the way than in the database.
        sql, params = tasks.order_by("pk").values("pk").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(SNAPSHOT.format(sql), [*params, change.pk])
            change.total = cursor.fetchone()[0]
        change.save(update_fields=["total"])
        _record(project.pk, by, verb, f"{number_of(change.total, 'task')} to be {words}, in a worker")
        transaction.on_commit(lambda: async_task("projects.bulk_job.run", change.pk, save=False))
    return change


def run(pk: int) -> None:
    """Make a queued change, each slice in a transaction of its own."""
    queued = BulkChange.objects.filter(pk=pk, state=BulkChange.State.QUEUED)
    if not queued.update(state=BulkChange.State.RUNNING, beat_at=timezone.now()):
        return
    worker_beat = import_string(settings.WORKER_BEAT)
    try:
        while _slice(pk):
            # A job that gives no sign for long is taken for one whose worker hangs.
            worker_beat(f"bulk change {pk}")
        _end(pk, BulkChange.State.DONE)
    except Exception:
        error_id = secrets.token_hex(4)
        logger.exception("bulk change %s [%s]", pk, error_id)
        _end(
            pk,
            BulkChange.State.FAILED,
            f"The change stopped before its end; the tasks so far are changed. The details are in the log under "
            f"{error_id}. Do it again: tasks that are changed already stay as they are.",
        )
    worker_beat("")


def revive() -> int:
    """Queue those again whose worker has died, or whose job was lost; they go on where they stood. How many."""
    lost = BulkChange.objects.lost().defer("task_ids")
    for change in lost:
        with transaction.atomic():
            again = BulkChange.objects.lost().filter(pk=change.pk)
            if again.update(state=BulkChange.State.QUEUED, beat_at=timezone.now()):
                async_task("projects.bulk_job.run", change.pk, save=False)
    return len(lost)


def _slice(pk: int) -> bool:
    with transaction.atomic():
        change = BulkChange.objects.select_for_update().defer("task_ids").get(pk=pk)
        with connection.cursor() as cursor:
            span = [change.done + 1, change.done + SLICE, pk]
            cursor.execute("SELECT task_ids[%s:%s] FROM projects_bulkchange WHERE id = %s", span)
            ids = cursor.fetchone()[0]
        if ids:
            bulk.perform(change.verb, change.what, ids, change.done)
            change.done += len(ids)
            change.beat_at = timezone.now()
            change.save(update_fields=["done", "beat_at"])
    return bool(ids)


def _end(pk: int, state: str, failure: str = "") -> None:
    with transaction.atomic():
        ended = BulkChange.objects.filter(pk=pk)
        ended.update(state=state, failure=failure, task_ids=[], beat_at=timezone.now())
        # The project may have been deleted meanwhile.
        for change in ended.select_related("created_by"):
            stopped = f" of {change.total:,}; the change then stopped" if failure else ""
            words = f"{number_of(change.done, 'task')} {change.words}{stopped}"
            _record(change.project_id, change.created_by, change.verb, words)


def _record(project_id: int, by: AbstractUser | None, verb: str, words: str, task_id: int | None = None) -> None:
    """A deleted task has no address any more."""
    is_deletion = verb == "delete"
    kind = Activity.Verb.DELETED if is_deletion else Activity.Verb.CHANGED
    Activity.objects.record(project_id, by, kind, f"changed tasks: {words}", None if is_deletion else task_id)
