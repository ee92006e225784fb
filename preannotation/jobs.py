"""What the Spark workers run. Rows are the truth; the models in memory (loaded.py) are only a cache of them.

A job ends soon: a run works for a slice, queues its next one and gives the worker back, so that a deployment or another
run never waits long.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from functools import partial

from django.db import OperationalError, connection, connections, transaction
from django.db.models import F, Q
from django.utils import timezone

from preannotation import actions, claims, loaded, log, processes, progress, run_begin, run_rows, run_steps, tryout
from preannotation.contract import EngineError, Findings, PredictionError, SparkUnavailable
from preannotation.halving import Predict, halved
from preannotation.loaded import pipeline_of
from preannotation.models import Deployment, PreannotationRun, TryOut
from preannotation.progress import Progress
from preannotation.queues import SLICE_SECONDS
from preannotation.run_steps import Batch, ClaimLost
from preannotation.spark import predict
from preannotation.spark.pipelines import Pipeline

logger = logging.getLogger(__name__)

# While one batch is mapped and stored, the next one is computed.
IN_HAND = 2
CANCEL_CHECK_SECONDS = 0.5
RECONNECT_SECONDS = 3.0
# Since a batch was stored. Each of several bad texts in a row costs one, so that a few of them don't end the run.
MOST_ATTEMPTS = 5
FIRST_TEXT = "The patient was given aspirin 100 mg daily for chest pain."
FAILURE_LENGTH = 1000

InHand = deque[tuple[Batch, Future[list[Findings]]]]


class Stopped(Exception):
    """Somebody stopped the deployment while it was loaded."""


def probe(queue: str) -> None:
    """Shows that this queue's jobs are taken. An idle worker gives back here what stopped deployments took."""
    loaded.forget_stopped()
    claims.worker_beat("", probed=True)


def warm() -> None:
    """Load the deployment that was used last, so that the first run after a start need not wait for it."""
    ready = Deployment.objects.filter(state=Deployment.State.READY)
    last = ready.order_by(F("runs__created_at").desc(nulls_last=True), "-ready_at").first()
    if last:
        # A token that claims nothing: only the worker's own sign of life counts here, or its watcher would end it.
        with claims.beating(last, claims.token()):
            try:
                pipeline_of(last)
            except SparkUnavailable as error:
                _failure(error, f"warming up deployment {last.pk}")
                _end_process()
            except EngineError as error:
                # Whoever uses it next is told.
                _failure(error, f"warming up deployment {last.pk}")


def load_deployment(pk: int) -> None:
    """Load a queued deployment's models, warm up, predict one text, and say ready or why not."""
    claim = claims.token()
    queued = Deployment.objects.filter(pk=pk, state=Deployment.State.QUEUED)
    if not queued.update(state=Deployment.State.LOADING, claimed_by=claim, beat_at=timezone.now()):
        return
    deployment = Deployment.objects.select_related("embeddings").get(pk=pk)
    mine = Deployment.objects.filter(pk=pk, claimed_by=claim, state=Deployment.State.LOADING)

    def go_on() -> None:
        if not mine.exists():
            raise Stopped

    started = time.monotonic()
    with claims.beating(deployment, claim):
        try:
            predict.predict_one(pipeline_of(deployment, go_on), FIRST_TEXT)
        except Stopped:
            logger.info("deployment %s was stopped while it was loaded", pk)
        except SparkUnavailable as error:
            failure, error_id = _failure(error, f"deployment {pk}")
            actions.put_back_loading(pk, Q(claimed_by=claim), failure, error_id)
            _end_process()
        except Exception as error:
            failure, error_id = _failure(error, f"deployment {pk}")
            deployment.failure = failure
            with transaction.atomic():
                if mine.update(state=Deployment.State.FAILED, failure=failure, error_id=error_id, claimed_by=""):
                    log.deployment_failed(deployment)
        else:
            seconds = time.monotonic() - started
            mine.update(state=Deployment.State.READY, ready_at=timezone.now(), load_seconds=seconds, claimed_by="")
        loaded.forget_stopped()


def run_preannotation(pk: int) -> None:
    """One slice of a run. A second delivery finds the run claimed, or through, and does nothing."""
    run = run_steps.claim(pk, claims.token())
    if run is None:
        return
    with claims.beating(run, run.claimed_by):
        try:
            _slice(run)
        except ClaimLost:
            logger.warning("run %s was taken over by another worker", pk)
            return
        except SparkUnavailable as error:
            _let_go(run, error)
            _end_process()
        except OperationalError as error:
            # A deadlock, or a database that starts again: no text is to blame, and nothing of the batch was stored.
            connection.close()
            time.sleep(RECONNECT_SECONDS)
            run_steps.hand_back(run)
            _let_go(run, error)
            return
        except Exception as error:
            run_steps.close_as_failed(run, *_failure(error, f"run {pk}"))
        run_steps.release(run)
    answer_try_outs()
    actions.enqueue_after(run)


def try_out(pk: int) -> None:
    """Answer what people want to see before they start a run; a run's slice may have done so already."""
    answer_try_outs()


def answer_try_outs(loaded_only: bool = False) -> None:
    """Answer the try-outs that wait. loaded_only: leave those whose models this process would have to load."""
    for asked in TryOut.objects.waiting().select_related("deployment", "project"):
        is_loaded = loaded.holds(asked.deployment_id)
        if loaded_only and not is_loaded:
            continue
        try:
            tryout.answer(asked, partial(_tried, asked.deployment), is_loaded)
        except SparkUnavailable as error:
            _failure(error, str(asked))
            _end_process()
        except EngineError as error:
            _failure(error, str(asked))


def _tried(deployment: Deployment, texts: Sequence[str]) -> list[Findings]:
    return predict.predict(pipeline_of(deployment), texts)


def _slice(run: PreannotationRun) -> None:
    if run.waiting_tasks is not None:
        run_rows.make(run)
    if run_steps.cancel_is_asked(run):
        run_steps.close_as_cancelled(run)
        return
    run.deployment.refuse_unless_ready("start a new run")
    if run.attempts >= MOST_ATTEMPTS:
        raise EngineError(
            f"{run.attempts} workers in a row died before they could store anything, perhaps for want of memory. "
            "Deploy fewer models, or raise ANNOTATIONLAB_SPARK_MEMORY, then start a new run."
        )
    pipeline = pipeline_of(run.deployment)
    if run.state == PreannotationRun.State.QUEUED and not run_begin.begin(run):
        run_steps.close_as_cancelled(run)
        return
    ends = time.monotonic() + SLICE_SECONDS
    with ThreadPoolExecutor(IN_HAND) as executor:
        _work(run, pipeline, executor, ends)
    run_steps.close_if_through(run)


def _work(run: PreannotationRun, pipeline: Pipeline, executor: ThreadPoolExecutor, ends: float) -> None:
    mapper = run_steps.mapper_of(run)
    in_hand: InHand = deque()
    ended = threading.Event()
    engine = Progress()
    answered = partial(_predicted, pipeline, ended, engine)
    last = time.monotonic()
    try:
        while True:
            # A try-out that came is answered after this batch, even where the slice is over.
            gives_way = _is_to_give_way()
            if time.monotonic() < ends and not gives_way:
                _take(run, executor, answered, in_hand)
            if not in_hand or _is_cancelled(run, in_hand[0][1], engine):
                return
            batch, future = in_hand.popleft()
            answers = future.result()
            now = time.monotonic()
            run_steps.store(run, batch, answers, mapper, now - last)
            last = now
    finally:
        # What is still being computed would hold up the next job.
        ended.set()


def _take(run: PreannotationRun, executor: ThreadPoolExecutor, answered: Predict, in_hand: InHand) -> None:
    while len(in_hand) < IN_HAND and not any(batch.alone for batch, _ in in_hand):
        batch = run_steps.take_batch(run, with_company=bool(in_hand))
        if batch is None:
            return
        in_hand.append((batch, executor.submit(_answers, answered, batch.texts)))


def _is_to_give_way() -> bool:
    """Answer the try-outs of what is loaded; whether one waits for models that aren't: the slice ends for it."""
    if not TryOut.objects.waiting().exists():
        return False
    answer_try_outs(loaded_only=True)
    return TryOut.objects.waiting().exists()


def _is_cancelled(run: PreannotationRun, future: Future[list[Findings]], engine: Progress) -> bool:
    """Wait for the batch; a cancel that comes meanwhile ends the run at once, a try-out is answered beside it, and
    where nothing moves any more, this process ends."""
    while True:
        if run_steps.cancel_is_asked(run):
            run_steps.close_as_cancelled(run)
            return True
        if wait([future], CANCEL_CHECK_SECONDS).done:
            return False
        answer_try_outs(loaded_only=True)
        if engine.is_stuck:
            words = progress.stuck_words()
            logger.error("run %s: %s", run.pk, words)
            run_steps.give_up_in_hand(run, words)
            _end_process()


def _predicted(pipeline: Pipeline, ended: threading.Event, engine: Progress, texts: Sequence[str]) -> list[Findings]:
    def go_on() -> None:
        engine.moved()
        if ended.is_set():
            raise CancelledError

    go_on()
    answers = predict.predict(pipeline, texts, between=go_on)
    engine.moved()
    if len(answers) != len(texts):
        raise PredictionError(f"The models gave {len(answers)} answers for {len(texts)} texts.")
    return answers


def _answers(answered: Predict, texts: Sequence[str]) -> list[Findings]:
    try:
        return answered(texts)
    except (SparkUnavailable, CancelledError):
        raise
    except Exception:
        logger.exception("a batch of %s texts failed and is halved", len(texts))
        return halved(texts, answered)


def _let_go(run: PreannotationRun, error: Exception) -> None:
    """Queue the run again; where one attempt after the other ends with nothing stored, fail it."""
    failure, error_id = _failure(error, f"run {run.pk}")
    mine = PreannotationRun.objects.filter(pk=run.pk, claimed_by=run.claimed_by)
    mine.update(attempts=F("attempts") + 1)
    if mine.filter(attempts__gte=MOST_ATTEMPTS).exists():
        run_steps.close_as_failed(run, failure, error_id)
    run_steps.release(run)
    actions.enqueue_after(run)


def _failure(error: Exception, what: str) -> tuple[str, str]:
    """(one sentence for people, the id under which the log has the trace)."""
    error_id = secrets.token_hex(4)
    logger.error("error %s in %s", error_id, what, exc_info=error)
    reason = (
        str(error) if isinstance(error, EngineError) else f"Something unforeseen happened ({type(error).__name__})."
    )
    found_by = f" Error {error_id} in the log."
    return reason[: FAILURE_LENGTH - len(found_by)] + found_by, error_id


def _end_process() -> None:
    """A session whose JVM has died or hangs is of no use: the queue forks a new worker."""
    processes.kill_children()
    connections.close_all()
    logging.shutdown()
    os._exit(1)
