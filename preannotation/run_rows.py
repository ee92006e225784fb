"""The rows of a run's tasks: made at once for a few, by a worker for many."""

from __future__ import annotations

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django_q.tasks import async_task

from preannotation.models import PreannotationRun
from projects.models.task import PreannotationState
from projects.models.task_queries import TaskQuerySet

MANY_ADDED = 10_000
MARKED_AT_ONCE = 2_000


def add(run: PreannotationRun, tasks: TaskQuerySet) -> int:
    """How many there are. Rows for a few are made and marked as queued at once; of many only the ids are kept, which
    costs next to nothing, and a worker makes and marks the rows."""
    try:
        sql, params = tasks.order_by("id").values("id").query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE preannotation_preannotationrun SET waiting_tasks = chosen.ids "
            f"FROM (SELECT array_agg(id) AS ids FROM ({sql}) AS every) AS chosen "
            "WHERE preannotation_preannotationrun.id = %s RETURNING coalesce(array_length(chosen.ids, 1), 0)",
            [*params, run.pk],
        )
        added = int(cursor.fetchone()[0])
    if added <= MARKED_AT_ONCE:
        make(run)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE projects_task SET preannotation_state = %s, failure = '' "
                "FROM preannotation_runtask AS chosen WHERE chosen.run_id = %s AND chosen.task_id = projects_task.id",
                [PreannotationState.QUEUED, run.pk],
            )
    else:
        async_task("preannotation.run_marks.mark_waiting", run.pk, save=False)
    return added


def make(run: PreannotationRun) -> None:
    """Rows for the tasks that the run keeps as ids, those that are still there; a second call does nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO preannotation_runtask (run_id, task_id, state, deaths, failure) "
            "SELECT run.id, task.id, 'queued', 0, '' FROM preannotation_preannotationrun AS run "
            "CROSS JOIN unnest(run.waiting_tasks) AS chosen (id) JOIN projects_task AS task ON task.id = chosen.id "
            # A task that is being deleted is waited for, and left out once it is gone.
            "WHERE run.id = %s ORDER BY task.id FOR KEY SHARE OF task ON CONFLICT DO NOTHING",
            [run.pk],
        )
        added = cursor.rowcount
        PreannotationRun.objects.filter(pk=run.pk).update(waiting_tasks=None)
        if added >= MANY_ADDED:
            # The planner knows nothing yet of what was added, and would sort all of it for every batch.
            cursor.execute("ANALYZE preannotation_runtask")
