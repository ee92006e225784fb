"""A model that hangs, dies or answers nonsense: the run says so in words. The engine is stood in for at its border."""

import threading
import time

import pytest
from django_q.models import OrmQ

from preannotation import actions, jobs, loaded, progress, run_rows, run_steps
from preannotation.contract import Chunk, Findings, SparkUnavailable
from preannotation.models import Deployment, PreannotationRun, TryOut
from preannotation.run_marks import mark_waiting
from preannotation.run_views import RunView
from preannotation.tryout import ask
from projects.models import Prediction, Task
from tests.preannotation.conftest import add_tasks, ready

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = Findings((Chunk(0, 7, "aspirin", "DRUG", 0.75, "ner_drug"),))


class Ended(BaseException):
    """Stands for the end of the worker's process."""


@pytest.fixture
def run(configured, manager) -> PreannotationRun:
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["aspirin", "aspirin twice"])
    return actions.preannotate(configured, manager, Task.objects.all(), "all")


@pytest.fixture
def engine(monkeypatch):
    """Gives the worker this function in place of the engine; ending the process raises Ended."""
    released = threading.Event()

    def end() -> None:
        released.set()
        raise Ended

    def use(predict) -> threading.Event:
        monkeypatch.setattr(jobs.predict, "predict", predict)
        return released

    monkeypatch.setattr(jobs, "pipeline_of", lambda deployment: None)
    monkeypatch.setattr(jobs, "_end_process", end)
    return use


def worked(run: PreannotationRun) -> PreannotationRun:
    jobs.run_preannotation(run.pk)
    run.refresh_from_db()
    return run


def test_a_model_that_hangs_ends_its_worker_and_is_named_in_the_run(run, engine, monkeypatch):
    monkeypatch.setattr(progress, "HANG_SECONDS", 0.3)
    monkeypatch.setattr(jobs, "CANCEL_CHECK_SECONDS", 0.05)
    released = engine(lambda pipeline, texts, between=None: released.wait(20) and [GOOD] * len(texts))
    for _ in range(4):
        released.clear()
        PreannotationRun.objects.update(beat_at=run.created_at.replace(year=2020))
        with pytest.raises(Ended):
            jobs.run_preannotation(run.pk)
        if Task.objects.filter(preannotation_state="failed").count() == 1:
            break
    run.refresh_from_db()
    failure = Task.objects.order_by("pk")[0].failure
    assert failure.startswith("The models made no progress for 0 seconds, so the worker was ended. That was the second")
    assert RunView(run).remarks[0].endswith("The models made no progress for 0 seconds, so the worker was ended.")


def test_findings_that_make_no_sense_are_refused_and_counted(run, engine):
    wrong = Chunk(5, 900, "aspirin", "DRUG", 0.75, "ner_drug")
    engine(lambda pipeline, texts, between=None: [Findings((*GOOD.chunks, wrong)), Findings((wrong,))])
    assert (worked(run).state, run.found, run.empty, run.regions) == ("done", 1, 1, 1)
    assert RunView(run).remarks == ["2 findings were refused: offsets outside the text."]
    assert Task.objects.order_by("pk")[1].failure == "The only finding was refused: offsets outside the text."


def test_too_few_answers_fail_the_texts_in_words(run, engine):
    engine(lambda pipeline, texts, between=None: [])
    assert (worked(run).state, run.failed) == ("done", 2)
    assert Task.objects.order_by("pk")[0].failure == "The models gave 0 answers for 1 texts."


def test_a_model_that_dies_on_every_text_fails_each_by_name_and_the_run_tells_of_the_deaths(run, engine):
    def dies(pipeline, texts, between=None):
        raise SparkUnavailable("The JVM has ended.")

    engine(dies)
    for _ in range(3):
        with pytest.raises(Ended):
            jobs.run_preannotation(run.pk)
    assert (worked(run).state, run.failed, Prediction.objects.count()) == ("done", 2, 0)
    assert set(Task.objects.values_list("failure", flat=True)) == {run_steps.DIED_TWICE}
    assert RunView(run).remarks[0] == "2 times: A worker died with 1 task in hand, perhaps for want of memory."


def test_what_is_under_the_threshold_is_said_of_task_and_run(run, engine):
    PreannotationRun.objects.update(thresholds={"ner_drug": 0.8})
    engine(lambda pipeline, texts, between=None: [GOOD] * len(texts))
    assert RunView(worked(run)).why_none == (
        "No regions: 2 tasks. In the whole run all 2 findings were under the threshold."
    )
    assert Task.objects.order_by("pk")[0].failure == "The only finding was under the threshold."


def test_of_two_runs_the_second_waits_and_computes_nothing_again(run, engine, manager):
    engine(lambda pipeline, texts, between=None: [GOOD] * len(texts))
    second = actions.preannotate(run.project, manager, Task.objects.all(), "all", actions.RunOptions(replace=True))
    assert (second == run, RunView(second).before) == (False, "1 run before it")
    assert worked(second).state == "queued"
    assert worked(run).state == "done"
    assert (worked(second).state, second.unchanged, RunView(second).before) == ("done", 2, "")


def test_a_try_out_is_answered_beside_a_run_and_stores_nothing(run, engine, manager, monkeypatch):
    monkeypatch.setitem(loaded._held, run.deployment_id, None)
    monkeypatch.setattr(jobs, "CANCEL_CHECK_SECONDS", 0.02)
    asked = ask(run.project, manager, Task.objects.all(), 2, {"ner_drug": 0.7})
    states = []

    def slow(pipeline, texts, between=None):
        if len(texts) == 2 and not TryOut.objects.filter(state="done").exists():
            time.sleep(0.05)
        states.append(len(texts))
        return [GOOD] * len(texts)

    engine(slow)
    jobs.run_preannotation(run.pk)
    asked.refresh_from_db()
    assert (asked.state, [len(answer["regions"]) for answer in asked.answers]) == ("done", [1, 1])
    assert set(Prediction.objects.values_list("run_id", flat=True)) == {run.pk}


def test_a_try_out_is_answered_after_the_batch_in_hand_also_where_the_slice_is_over(run, engine, manager, monkeypatch):
    monkeypatch.setitem(loaded._held, run.deployment_id, None)
    monkeypatch.setattr(run_steps, "BATCH_TASKS", 1)
    monkeypatch.setattr(jobs, "SLICE_SECONDS", 0.1)
    first, stored = [True], []

    def asked_meanwhile(pipeline, texts, between=None):
        if len(texts) == 2:
            stored.append(Prediction.objects.count())
        elif texts[0] and first and first.pop():
            ask(run.project, manager, Task.objects.all(), 2, {})
            time.sleep(0.2)
        return [GOOD] * len(texts)

    engine(asked_meanwhile)
    jobs.run_preannotation(run.pk)
    assert (stored, Prediction.objects.count()) == ([1], 2)


def test_a_try_out_of_what_was_stopped_meanwhile_loads_nothing(run, engine, manager):
    tried = []
    engine(lambda pipeline, texts, between=None: tried.append(texts) or [GOOD] * len(texts))
    asked = ask(run.project, manager, Task.objects.all(), 2, {})
    Deployment.objects.update(state="stopped")
    jobs.try_out(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.failure, tried) == (
        "failed", f"Deployment {run.deployment_id} is stopped. Deploy again, then try once more.", [],
    )  # fmt: skip


def test_a_try_out_that_fails_says_why(run, engine, manager):
    def dies(pipeline, texts, between=None):
        raise SparkUnavailable("The JVM has ended.")

    engine(dies)
    asked = ask(run.project, manager, Task.objects.all(), 2, {})
    with pytest.raises(Ended):
        jobs.try_out(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.failure) == ("failed", "The JVM has ended.")


SURER = actions.RunOptions(thresholds={"ner_drug": 0.1})


@pytest.fixture
def many(run, engine, manager, monkeypatch) -> PreannotationRun:
    """A run that counts as large, over tasks that an earlier one has answered."""
    engine(lambda pipeline, texts, between=None: [GOOD] * len(texts))
    worked(run)
    monkeypatch.setattr(run_rows, "MARKED_AT_ONCE", 1)
    return actions.preannotate(run.project, manager, Task.objects.all(), "all", SURER)


def test_of_many_tasks_only_the_ids_are_kept_until_a_worker_makes_the_rows(many, run, manager):
    assert (many.total, many.run_tasks.count(), Task.objects.filter(preannotation_state="queued").count()) == (2, 0, 0)
    assert actions.preannotate(run.project, manager, Task.objects.all(), "all", SURER) == many
    Task.objects.order_by("pk")[0].delete()
    assert (worked(many).state, many.total, many.found, many.run_tasks.count()) == ("done", 1, 1, 1)


def test_the_tasks_of_a_large_run_that_waits_say_so(many):
    assert "preannotation.run_marks.mark_waiting" in [job.task["func"] for job in OrmQ.objects.all()]
    states = Task.objects.order_by("pk").values_list("preannotation_state", flat=True)
    Task.objects.filter(pk=Task.objects.first().pk).update(preannotation_state="running")
    mark_waiting(many.pk)
    mark_waiting(many.pk)
    assert (many.run_tasks.count(), list(states.all())) == (2, ["running", "queued"])
    assert (worked(many).state, list(states.all())) == ("done", ["found", "found"])
    mark_waiting(many.pk)
    assert list(states.all()) == ["found", "found"]


def test_a_large_run_is_cancelled_by_a_worker(run, engine, manager, monkeypatch):
    monkeypatch.setattr(run_rows, "MARKED_AT_ONCE", 1)
    options = actions.RunOptions(replace=True)
    many = actions.preannotate(run.project, manager, Task.objects.all(), "all", options)
    actions.cancel(many, manager)
    assert PreannotationRun.objects.get(pk=many.pk).state == "queued"
    assert (worked(many).state, many.cancelled) == ("cancelled", 2)
