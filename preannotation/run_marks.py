"""Tasks of a large run that waits for its turn say so: marking them takes longer than a click may, and the worker that
begins the run is busy with another one."""

from __future__ import annotations

from django.db import transaction

from preannotation import run_rows
from preannotation.models import PreannotationRun, RunTask
from projects.models import Task
from projects.models.task import PreannotationState


def mark_waiting(pk: int) -> None:
    """Mark the tasks of a queued run, some at a time, for as long as it waits. A worker that begins it meanwhile marks
    them itself; what it has found unchanged already is left."""
    waits = PreannotationRun.objects.filter(pk=pk, state=PreannotationRun.State.QUEUED, cancel_asked_at=None)
    run = waits.first()
    if run is None:
        return
    run_rows.make(run)
    rows = RunTask.objects.filter(run=run, state=RunTask.State.QUEUED).order_by("task_id")
    last = 0
    while waits.exists():
        with transaction.atomic():
            # As everywhere: the run's rows are locked before the tasks.
            some = rows.filter(task_id__gt=last).select_for_update(no_key=True)[: run_rows.MARKED_AT_ONCE]
            ids = [row.task_id for row in some]
            if not ids:
                return
            shown = (PreannotationState.QUEUED, PreannotationState.RUNNING)
            Task.objects.filter(pk__in=ids).exclude(preannotation_state__in=shown).update(
                preannotation_state=PreannotationState.QUEUED, failure=""
            )
        last = ids[-1]
