"""What people ask of a run that has ended: retry what failed, roll it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from preannotation import actions, log, roll_back_steps
from preannotation.actions import Refused, RunOptions
from preannotation.models import PreannotationRun, RunTask
from projects.labeling_config import ConfigProblem
from projects.models import Completion, Prediction, Task

FORGOTTEN = timedelta(seconds=30)


@dataclass(frozen=True)
class RollBack:
    """What rolling a run back would do. completions: of people, on these tasks; they stay."""

    predictions: int
    tasks: int
    shown_again: int
    completions: int

    @classmethod
    def of(cls, run: PreannotationRun) -> RollBack:
        made = Prediction.objects.filter(run_id=run.pk)
        tasks = made.values("task_id").distinct()
        return cls(
            predictions=made.count(),
            tasks=tasks.count(),
            shown_again=roll_back_steps.would_show(run),
            completions=Completion.objects.filter(task__in=made.values("task_id")).count(),
        )


def retry_failed(run: PreannotationRun, by: AbstractUser | None) -> PreannotationRun:
    """A new run over what failed in this one, in the same way; where the run itself failed, over all that got no
    answer. Raises Refused."""
    states = [RunTask.State.FAILED]
    if run.state == PreannotationRun.State.FAILED:
        states.append(RunTask.State.CANCELLED)
    chosen = RunTask.objects.filter(run=run, state__in=states)
    if not chosen.exists():
        raise Refused(ConfigProblem(f"No task of run {run.pk} has failed, so there is nothing to retry."))
    options = RunOptions(replace=run.replace, thresholds=run.thresholds, retry_of=run)
    tasks = Task.objects.filter(project=run.project_id, pk__in=chosen.values("task_id"))
    return actions.preannotate(run.project, by, tasks, f"failed tasks of run {run.pk}", options)


def roll_back(run: PreannotationRun, by: AbstractUser | None) -> None:
    """Have a worker take back what a run stored and show again what it hid. Raises Refused."""
    with transaction.atomic():
        locked = PreannotationRun.objects.select_for_update(of=["self"]).get(pk=run.pk)
        if locked.is_under_way:
            raise Refused(ConfigProblem(f"Run {run.pk} is under way. Cancel it first, then roll it back."))
        if locked.roll_back_asked_at:
            return
        locked.roll_back_asked_at = locked.beat_at = timezone.now()
        locked.rolled_back_by = by
        locked.save(update_fields=["roll_back_asked_at", "beat_at", "rolled_back_by"])
        log.roll_back_asked(locked, by)
        _enqueue(run.pk)


def revive_roll_backs() -> int:
    """Queue again the roll backs that nobody works on; how many. A second delivery does no harm."""
    since = timezone.now() - FORGOTTEN
    pks = list(PreannotationRun.objects.roll_backs_forgotten(since).values_list("pk", flat=True))
    for pk in pks:
        PreannotationRun.objects.filter(pk=pk).update(beat_at=timezone.now())
        _enqueue(pk)
    return len(pks)


def _enqueue(pk: int) -> None:
    # Not for the Spark workers: it needs no models, and would wait behind the slices of runs.
    async_task("preannotation.roll_back_steps.roll_back", pk, save=False)
