"""The beginning of a run: its config is fixed, and what is known already is left out, some tasks at a time."""

from __future__ import annotations

from dataclasses import replace

from django.db import connection, transaction
from django.utils import timezone

from preannotation import run_steps
from preannotation.contract import EngineError
from preannotation.mapping import source_key
from preannotation.models import PreannotationRun, RunTask
from preannotation.run_rows import MARKED_AT_ONCE
from projects.models import Prediction, Project, Task
from projects.models.task import PreannotationState
from projects.search_index import refresh_marks


def begin(run: PreannotationRun) -> bool:
    """Fix the config as it stands now, mark the tasks, leave out those that these versions have answered already.

    Returns whether the run may go on; False where somebody has cancelled it. What a worker that died here had done
    is not done again. Raises EngineError where the config asks nothing of the deployed models.
    """
    if run.source_key is None:
        _fix_config(run)
    last = 0
    queued = RunTask.objects.filter(run=run, state=RunTask.State.QUEUED)
    tasks = queued.order_by("task_id").values_list("task_id", flat=True)
    # Some at a time: nobody who saves work on one of these tasks waits long for its lock.
    while ids := list(tasks.filter(task_id__gt=last)[:MARKED_AT_ONCE]):
        if run_steps.cancel_is_asked(run):
            return False
        with transaction.atomic():
            _mark(run, ids)
        last = ids[-1]
    run.state = PreannotationRun.State.RUNNING
    run.unchanged = RunTask.objects.filter(run=run, state=RunTask.State.UNCHANGED).count()
    run.save(update_fields=["state", "unchanged"])
    return True


def _fix_config(run: PreannotationRun) -> None:
    project = Project.objects.get(pk=run.project_id)
    versions = run_steps.versions_of(run)
    config = run_steps.config_of(project.labeling_config)
    if not any(ask.model in versions for ask in config.asks):
        raise EngineError(
            "The Labeling Config asks nothing of the deployed models "
            f"({', '.join(versions)}). Deploy again, then start a new run."
        )
    run.config, run.config_version = project.labeling_config, project.config_version
    run.source_key = source_key(config, versions, run.thresholds)
    run.started_at = timezone.now()
    run.save(update_fields=["config", "config_version", "source_key", "started_at"])


def _mark(run: PreannotationRun, ids: list[int]) -> None:
    unchanged = _mark_unchanged(run, ids)
    if run.replace and unchanged:
        _hide_beside(run, unchanged)
    rest = Task.objects.filter(pk__in=set(ids) - set(unchanged))
    rest.exclude(preannotation_state=PreannotationState.QUEUED).update(
        preannotation_state=PreannotationState.QUEUED, failure=""
    )


def _mark_unchanged(run: PreannotationRun, ids: list[int]) -> list[int]:
    """The tasks whose text has this run's answer already, and where no other answer of a run stands before it: unless
    that is hidden, as a replacing run does, only a new answer brings this one to the front."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH same AS ("
            " UPDATE preannotation_runtask AS rt SET state = 'unchanged'"
            " FROM projects_task AS t JOIN projects_prediction AS p ON p.task_id = t.id"
            " WHERE rt.run_id = %s AND rt.task_id = ANY(%s) AND rt.state = 'queued' AND t.id = rt.task_id"
            " AND NOT p.hidden AND p.text_hash = t.text_hash AND p.source_key = %s"
            " AND (%s OR NOT EXISTS (SELECT FROM projects_prediction AS newer WHERE newer.task_id = t.id"
            "  AND NOT newer.hidden AND newer.run_id IS NOT NULL"
            "  AND (newer.created_at, newer.id) > (p.created_at, p.id))) RETURNING t.id) "
            "UPDATE projects_task AS t SET preannotation_state = 'unchanged', failure = '' "
            "FROM same WHERE same.id = t.id RETURNING t.id",
            [run.pk, ids, run.source_key, run.replace],
        )
        return [row[0] for row in cursor.fetchall()]


def _hide_beside(run: PreannotationRun, unchanged: list[int]) -> None:
    """What else is shown beside the answer that a replacing run would give again."""
    others = Prediction.objects.filter(task__in=unchanged, hidden=False, run_id__isnull=False)
    if others.exclude(source_key=run.source_key).update(hidden=True, hidden_by_run=run.pk):
        refresh_marks(unchanged)
        outcomes = Prediction.objects.outcomes_of(unchanged)
        Task.objects.record_preannotation(
            [replace(outcome, state=PreannotationState.UNCHANGED) for outcome in outcomes]
        )
