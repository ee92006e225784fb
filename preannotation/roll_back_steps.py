"""Rolling a run back, some tasks at a time: its predictions go, what it hid shows again, the task list is told.

What a run hid stays hidden where a later run, that stands, would have hidden it as well; that run then answers for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from preannotation import log
from preannotation.models import PreannotationRun, RunTask
from projects.models import Prediction, Task
from projects.models.task import PreannotationState
from projects.search_index import refresh_marks

SLICE = 1_000
# By whom a prediction that run %(run)s hid is hidden once that run never was: the next replacing run that has an answer
# for the task, or any run that gave the same answer again. NULL: it shows.
_NEXT_HIDER = """
    SELECT min(later.id) FROM preannotation_runtask AS rt JOIN preannotation_preannotationrun AS later
        ON later.id = rt.run_id
    WHERE rt.task_id = p.task_id AND rt.run_id > %(run)s AND rt.state IN ('found', 'empty', 'unchanged')
        AND later.roll_back_asked_at IS NULL AND (later.replace OR EXISTS (
            SELECT 1 FROM projects_prediction AS same WHERE same.task_id = p.task_id AND same.run_id = later.id
                AND same.source_key = p.source_key AND same.text_hash = p.text_hash))
"""
# Of two that were hidden with the same source only the newer one may show.
_SHOWS = f"""
    SELECT DISTINCT ON (p.task_id, p.text_hash, p.source_key) p.id, p.task_id FROM projects_prediction AS p
    WHERE (%(ids)s::bigint[] IS NULL OR p.task_id = ANY(%(ids)s)) AND p.hidden
        AND p.hidden_by_run = %(run)s AND ({_NEXT_HIDER}) IS NULL
    ORDER BY p.task_id, p.text_hash, p.source_key, p.created_at DESC, p.id DESC
"""
# Tasks on which nothing else would show: the newest of what is hidden does then.
_ONE_SHOWS = """
    SELECT rt.task_id FROM preannotation_runtask AS rt WHERE rt.run_id = %(run)s
        AND NOT EXISTS (SELECT FROM shows WHERE shows.task_id = rt.task_id)
        AND EXISTS (SELECT FROM projects_prediction AS p WHERE p.task_id = rt.task_id AND p.hidden
            AND p.run_id IS DISTINCT FROM %(run)s)
        AND NOT EXISTS (SELECT FROM projects_prediction AS p WHERE p.task_id = rt.task_id AND NOT p.hidden
            AND p.run_id IS DISTINCT FROM %(run)s)
"""
_KEPT_STATES = (
    PreannotationState.QUEUED,
    PreannotationState.RUNNING,
    PreannotationState.FAILED,
    PreannotationState.CANCELLED,
)


def would_show(run: PreannotationRun) -> int:
    """How many hidden predictions would show again."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH shows AS ({_SHOWS}) SELECT (SELECT count(*) FROM shows) + count(*) FROM ({_ONE_SHOWS}) AS others",
            {"run": run.pk, "ids": None},
        )
        return int(cursor.fetchone()[0])


def roll_back(pk: int) -> None:
    """The job. Each slice is a transaction, and does nothing where it was done before."""
    run = PreannotationRun.objects.filter(pk=pk, roll_back_asked_at__isnull=False, rolled_back_at=None).first()
    if run is None:
        return
    last = 0
    tasks = RunTask.objects.filter(run=run).order_by("task_id").values_list("task_id", flat=True)
    while ids := list(tasks.filter(task_id__gt=last)[:SLICE]):
        with transaction.atomic():
            removed = _roll_back(run, ids)
            mine = PreannotationRun.objects.filter(pk=pk)
            mine.update(predictions_removed=F("predictions_removed") + removed, beat_at=timezone.now())
        last = ids[-1]
    with transaction.atomic():
        if PreannotationRun.objects.filter(pk=pk, rolled_back_at=None).update(rolled_back_at=timezone.now()):
            run.refresh_from_db(fields=["predictions_removed"])
            log.rolled_back(run)


def _roll_back(run: PreannotationRun, ids: Sequence[int]) -> int:
    """How many predictions went."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM projects_task WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(ids)])
        cursor.execute("DELETE FROM projects_prediction WHERE run_id = %s AND task_id = ANY(%s)", [run.pk, list(ids)])
        removed = cursor.rowcount
        given = {"run": run.pk, "ids": list(ids)}
        cursor.execute(
            f"UPDATE projects_prediction AS p SET hidden_by_run = ({_NEXT_HIDER}) "
            "WHERE p.task_id = ANY(%(ids)s) AND p.hidden AND p.hidden_by_run = %(run)s "
            f"AND ({_NEXT_HIDER}) IS NOT NULL",
            given,
        )
        cursor.execute(
            "UPDATE projects_prediction SET hidden = false, hidden_by_run = NULL WHERE id IN "
            f"(SELECT id FROM ({_SHOWS}) AS shows)",
            given,
        )
    _show_newest_where_nothing_is(list(ids))
    _tell_task_list(run, ids)
    refresh_marks(ids)
    return removed


def _show_newest_where_nothing_is(ids: list[int]) -> None:
    """A later run may have counted on what went: a task whose predictions are all hidden shows its newest one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_prediction SET hidden = false, hidden_by_run = NULL WHERE id IN ("
            " SELECT DISTINCT ON (task_id) p.id FROM projects_prediction AS p WHERE p.task_id = ANY(%s) AND p.hidden"
            " AND NOT EXISTS (SELECT 1 FROM projects_prediction AS o WHERE o.task_id = p.task_id AND NOT o.hidden)"
            " ORDER BY p.task_id, p.created_at DESC, p.id DESC)",
            [ids],
        )


def _tell_task_list(run: PreannotationRun, ids: Sequence[int]) -> None:
    """By the newest prediction that shows now; what a later run says of a task without storing anything stays said."""
    later = RunTask.objects.filter(task__in=ids, run__gt=run, run__roll_back_asked_at=None)
    newest = dict(later.order_by("run_id").values_list("task_id", "state"))
    kept = [pk for pk, state in newest.items() if state in _KEPT_STATES]
    said = list(Task.objects.filter(pk__in=kept).only("preannotation_state", "failure"))
    Task.objects.record_preannotation(Prediction.objects.outcomes_of(ids))
    Task.objects.bulk_update(said, ["preannotation_state", "failure"])
