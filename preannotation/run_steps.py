"""The steps of a run in the database: claim, take a batch, store it, close. Each is one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Length
from django.utils import timezone

from preannotation import claims, log
from preannotation.contract import EngineError, Findings
from preannotation.mapping import Mapper
from preannotation.models import PreannotationRun, RunTask
from preannotation.models.run import ANSWERED, RunTaskQuerySet, close_cancelled
from preannotation.remarks import add_remarks, refused_finding
from preannotation.run_answers import answers_of
from projects.labeling_config import LabelingConfig, parse
from projects.models import Prediction, Task
from projects.models.task import PreannotationState
from projects.models.task_queries import Preannotated
from projects.search_index import refresh_marks

BATCH_TASKS = 60
BATCH_CHARACTERS = 60_000
FRONT = 6 * BATCH_TASKS
MOST_DEATHS = 2
DIED_TWICE = "The worker died twice while it had this text in hand. It was left out so that the run could go on."


class ClaimLost(Exception):
    """Another worker has taken over this run; nothing more may be written for it here."""


@dataclass(frozen=True)
class Batch:
    """Tasks in hand. alone: this one text may have killed a worker, so nothing else is in hand beside it."""

    run_task_ids: tuple[int, ...]
    tasks: tuple[Task, ...]
    alone: bool

    @property
    def texts(self) -> list[str]:
        return [task.text for task in self.tasks]


def claim(pk: int, token: str) -> PreannotationRun | None:
    """The run, if it is under way, free, and the oldest of its project; what its last holder had in hand is put back.

    Of two runs over the same tasks the second must see what the first has stored: else it would compute it again.
    """
    now = timezone.now()
    with transaction.atomic():
        taken = PreannotationRun.objects.under_way().filter(claims.free(now), pk=pk)
        if _waits_for_another(pk):
            return None
        if not taken.update(attempts=F("attempts") + claims.DIED, claimed_by=token, beat_at=now):
            return None
        run = PreannotationRun.objects.select_related("deployment", "project").get(pk=pk)
        _put_back(run)
    return run


def release(run: PreannotationRun) -> bool:
    """Give the run back; whether it is still under way."""
    mine = PreannotationRun.objects.filter(pk=run.pk, claimed_by=run.claimed_by)
    return bool(mine.update(claimed_by="", beat_at=timezone.now())) and (
        PreannotationRun.objects.under_way().filter(pk=run.pk).exists()
    )


def hand_back(run: PreannotationRun) -> None:
    """What is in hand is queued again, and counts no death: this worker lives, but couldn't go on."""
    with transaction.atomic():
        if _held(run):
            _in_hand(run).update(state=RunTask.State.QUEUED)


def mapper_of(run: PreannotationRun) -> Mapper:
    return Mapper(config_of(run.config), versions_of(run), run.source_key, run.thresholds)


def versions_of(run: PreannotationRun) -> dict[str, int]:
    return dict(run.deployment.nlp_models.order_by("name").values_list("name", "version"))


def cancel_is_asked(run: PreannotationRun) -> bool:
    return PreannotationRun.objects.filter(pk=run.pk, cancel_asked_at__isnull=False).exists()


def take_batch(run: PreannotationRun, with_company: bool) -> Batch | None:
    """The next tasks, now in hand; None where none is left, or where the next one must be alone and is not."""
    with transaction.atomic():
        rows = _next_rows(run)
        if not rows or (rows[0].deaths and with_company):
            return None
        ids = [row.pk for row in rows]
        task_ids = [row.task_id for row in rows]
        RunTask.objects.filter(pk__in=ids).update(state=RunTask.State.RUNNING)
        Task.objects.filter(pk__in=task_ids).update(preannotation_state=PreannotationState.RUNNING)
        tasks = Task.objects.only("text", "text_hash", "project_id").in_bulk(task_ids)
    kept = [row for row in rows if row.task_id in tasks]
    return Batch(tuple(row.pk for row in kept), tuple(tasks[row.task_id] for row in kept), alone=bool(rows[0].deaths))


def store(run: PreannotationRun, batch: Batch, answers: Sequence[Findings], mapper: Mapper, seconds: float) -> None:
    """Predictions, what the task list shows, and the run's counts: all of a batch, or nothing. Raises ClaimLost."""
    answered = answers_of(run, batch.tasks, answers, mapper)
    with transaction.atomic():
        mine = PreannotationRun.objects.select_for_update().filter(pk=run.pk, claimed_by=run.claimed_by)
        if not mine.filter(state=PreannotationRun.State.RUNNING).exists():
            raise ClaimLost(f"run {run.pk}")
        answered = answered.about(_still_there(batch))
        Prediction.objects.hide_older(answered.predictions, run.pk, every=run.replace)
        Prediction.objects.store_batch(answered.predictions)
        Task.objects.record_preannotation(answered.outcomes)
        refresh_marks([prediction.task_id for prediction in answered.predictions])
        _record_run_tasks(run, answered.outcomes)
        states = Counter(outcome.state for outcome in answered.outcomes)
        mine.update(
            found=F("found") + states[PreannotationState.FOUND],
            empty=F("empty") + states[PreannotationState.EMPTY],
            failed=F("failed") + states[PreannotationState.FAILED],
            regions=F("regions") + sum(len(prediction.result) for prediction in answered.predictions),
            under_threshold=F("under_threshold") + answered.under_threshold,
            unmapped=F("unmapped") + answered.unmapped,
            total=F("total") - (len(batch.tasks) - len(answered.outcomes)),
            batches=F("batches") + 1,
            busy_seconds=F("busy_seconds") + seconds,
            attempts=0,
            beat_at=timezone.now(),
        )
        if answered.refused:
            add_remarks(run.pk, {refused_finding(why): count for why, count in answered.refused.items()})


def give_up_in_hand(run: PreannotationRun, words: str) -> None:
    """Note why the tasks in hand got no answer, before this worker ends: each of them then counts a death."""
    with transaction.atomic():
        if _held(run):
            _in_hand(run).update(failure=words)
            add_remarks(run.pk, {words: 1})


def close_if_through(run: PreannotationRun) -> None:
    """End the run as done once no task of it is open."""
    with transaction.atomic():
        if RunTask.objects.open_of(run)[:1]:
            return
        ended = PreannotationRun.objects.filter(pk=run.pk)
        if ended.filter(state=PreannotationRun.State.RUNNING).update(
            state=PreannotationRun.State.DONE, finished_at=timezone.now(), total=ANSWERED
        ):
            log.ended(ended.defer("waiting_tasks", "config").get())


def close_as_cancelled(run: PreannotationRun) -> None:
    with transaction.atomic():
        held = _held(run)
        if held:
            close_cancelled(held)
            log.ended(held)


def close_as_failed(run: PreannotationRun, failure: str, error_id: str) -> None:
    """End the run with its reason; what is stored stays, what is open is cancelled."""
    with transaction.atomic():
        held = _held(run)
        if held:
            close_cancelled(held)
            held.state, held.failure, held.error_id = PreannotationRun.State.FAILED, failure[:1000], error_id
            held.save(update_fields=["state", "failure", "error_id"])
            log.ended(held)


def _held(run: PreannotationRun) -> PreannotationRun | None:
    """The run's row, locked, while this worker still holds it: whoever lost the claim must not end another's run."""
    mine = PreannotationRun.objects.under_way().filter(pk=run.pk, claimed_by=run.claimed_by)
    return mine.select_for_update().first()


def config_of(xml: str) -> LabelingConfig:
    """Raises EngineError."""
    config = parse(xml).config
    if config is None:
        raise EngineError("The Labeling Config can't be read any more. Mend it on the setup page, then run again.")
    return config


def _put_back(run: PreannotationRun) -> None:
    """What is in hand at a claim was in hand when the last holder died."""
    in_hand = list(_in_hand(run).values_list("failure", flat=True))
    if not in_hand:
        return
    if not all(in_hand):
        tasks = "1 task" if len(in_hand) == 1 else f"{len(in_hand)} tasks"
        add_remarks(run.pk, {f"A worker died with {tasks} in hand, perhaps for want of memory.": 1})
    _in_hand(run).update(state=RunTask.State.QUEUED, deaths=F("deaths") + 1)
    deadly = [row for row in RunTask.objects.open_of(run)[:FRONT] if row.deaths >= MOST_DEATHS]
    if deadly:
        failed = [Preannotated(row.task_id, PreannotationState.FAILED, failure=_twice(row.failure)) for row in deadly]
        Task.objects.record_preannotation(failed)
        _record_run_tasks(run, failed)
        PreannotationRun.objects.filter(pk=run.pk).update(failed=F("failed") + len(failed))


def _twice(why: str) -> str:
    return f"{why} That was the second time, so this text was left out." if why else DIED_TWICE


def _waits_for_another(pk: int) -> bool:
    older = PreannotationRun.objects.under_way().filter(pk__lt=pk, project=OuterRef("project"))
    asked = PreannotationRun.objects.filter(pk=pk, cancel_asked_at=None)
    return asked.filter(Exists(older)).exists()


def _in_hand(run: PreannotationRun) -> RunTaskQuerySet:
    """Tasks are taken in order, so what is in hand is among the first that are open."""
    front = [row.pk for row in RunTask.objects.open_of(run)[:FRONT] if row.state == RunTask.State.RUNNING]
    return RunTask.objects.filter(pk__in=front)


def _next_rows(run: PreannotationRun) -> list[RunTask]:
    """In order, up to a batch's tasks and characters; a task that was in hand at a death comes alone."""
    rows = list(RunTask.objects.open_of(run).filter(state=RunTask.State.QUEUED)[:BATCH_TASKS])
    if rows and rows[0].deaths:
        return rows[:1]
    tasks = Task.objects.filter(pk__in=[row.task_id for row in rows])
    lengths = dict(tasks.annotate(length=Length("text")).values_list("pk", "length"))
    taken: list[RunTask] = []
    characters = 0
    for row in rows:
        characters += lengths.get(row.task_id, 0)
        if row.deaths or (taken and characters > BATCH_CHARACTERS):
            break
        taken.append(row)
    return taken


def _still_there(batch: Batch) -> set[int]:
    """Ids of the batch's tasks that nobody has deleted meanwhile, kept from being deleted until the batch is stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM projects_task WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [[task.pk for task in batch.tasks]],
        )
        return {row[0] for row in cursor.fetchall()}


def _record_run_tasks(run: PreannotationRun, outcomes: Sequence[Preannotated]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE preannotation_runtask AS rt SET state = o.state, failure = o.failure "
            "FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS o (id, state, failure) "
            "WHERE rt.run_id = %s AND rt.task_id = o.id",
            [
                [outcome.task_id for outcome in outcomes],
                [str(outcome.state) for outcome in outcomes],
                [outcome.failure[:500] for outcome in outcomes],
                run.pk,
            ],
        )
