"""Replacing hides, rolling back takes away and shows again, in any order; retrying repeats what failed."""

import pytest
from django.urls import reverse

from preannotation import actions, roll_back_steps, run_actions, run_begin, run_steps
from preannotation.contract import Chunk, Findings
from preannotation.models import Deployment, NlpModel, PreannotationRun
from preannotation.run_actions import RollBack
from projects.models import Prediction, Task
from tests.conftest import client_of
from tests.preannotation.conftest import add_tasks, ready, registered

FIRST = Findings((Chunk(0, 7, "aspirin", "DRUG", 0.75, "ner_drug"),))
BOTH = Findings((*FIRST.chunks, Chunk(8, 13, "twice", "PROBLEM", 0.25, "ner_problem")))
FAILS = Findings(failure="It was too long.")


@pytest.fixture
def tasks(configured, manager) -> list[Task]:
    ready(actions.deploy(configured, manager))
    return add_tasks(configured, ["aspirin twice", "aspirin twice daily"])


def newer_version(project, by) -> None:
    """Deploys the drug model in its next version."""
    version = NlpModel.objects.filter(name="ner_drug").order_by("-version")[0].version + 1
    registered("ner_drug", version, labels=["DRUG", "DOSAGE"])
    ready(actions.deploy(project, by))


def run_over(project, by, *answers: Findings, **options) -> PreannotationRun:
    run = actions.preannotate(project, by, Task.objects.all(), "all", actions.RunOptions(**options))
    mine = run_steps.claim(run.pk, "host:1:a")
    run_begin.begin(mine)
    if batch := run_steps.take_batch(mine, with_company=False):
        run_steps.store(mine, batch, answers, run_steps.mapper_of(mine), 1.0)
    run_steps.close_if_through(mine)
    run_steps.release(mine)
    run.refresh_from_db()
    assert run.state == "done"
    return run


def shown() -> list[tuple[int, int]]:
    """(task, run) of every prediction that shows, newest first."""
    return list(Prediction.objects.shown().order_by("task_id", "-pk").values_list("task_id", "run_id"))


def columns() -> list[tuple]:
    names = ("preannotation_state", "region_count", "lowest_confidence", "failure")
    return list(Task.objects.order_by("pk").values_list(*names))


def rolled_back(run: PreannotationRun, by) -> PreannotationRun:
    run_actions.roll_back(run, by)
    roll_back_steps.roll_back(run.pk)
    run.refresh_from_db()
    return run


@pytest.fixture
def chain(configured, manager, tasks) -> list[PreannotationRun]:
    """Three runs, of which the second and the third replace."""
    runs = [run_over(configured, manager, FIRST, FIRST)]
    for answer in (BOTH, Findings()):
        newer_version(configured, manager)
        runs.append(run_over(configured, manager, answer, answer, replace=True))
    return runs


def test_replacing_hides_what_models_said_before_but_no_import(configured, manager, tasks):
    imported = tasks[0].predictions.create(
        text_hash=tasks[0].text_hash, source_key=tasks[0].text_hash, model_version="theirs"
    )
    run_over(configured, manager, FIRST, FIRST)
    newer_version(configured, manager)
    second = run_over(configured, manager, BOTH, FAILS, replace=True)
    first_pk = PreannotationRun.objects.order_by("pk")[0].pk
    assert shown() == [(tasks[0].pk, second.pk), (tasks[0].pk, None), (tasks[1].pk, first_pk)]
    assert imported in Prediction.objects.shown()
    assert columns() == [("found", 2, 0.25, ""), ("failed", 1, 0.75, "It was too long.")]


def test_rolling_back_a_chain_from_its_end(chain, manager, tasks):
    first, second, third = chain
    assert RollBack.of(third) == RollBack(predictions=2, tasks=2, shown_again=2, completions=0)
    assert rolled_back(third, manager).predictions_removed == 2
    assert shown() == [(task.pk, second.pk) for task in tasks]
    assert columns() == [("found", 2, 0.25, "")] * 2
    rolled_back(second, manager)
    assert shown() == [(task.pk, first.pk) for task in tasks]
    rolled_back(first, manager)
    assert (shown(), columns()) == ([], [("", None, None, "")] * 2)


def test_rolling_back_a_chain_from_its_middle(chain, manager, tasks):
    first, second, third = chain
    assert RollBack.of(second) == RollBack(predictions=2, tasks=2, shown_again=0, completions=0)
    rolled_back(second, manager)
    assert shown() == [(task.pk, third.pk) for task in tasks]
    assert columns() == [("empty", 0, None, "")] * 2
    assert RollBack.of(third).shown_again == 2
    rolled_back(third, manager)
    assert shown() == [(task.pk, first.pk) for task in tasks]


def test_an_answer_given_again_since_is_not_shown_twice(configured, manager, tasks):
    first = run_over(configured, manager, FIRST, FIRST)
    newer_version(configured, manager)
    second = run_over(configured, manager, BOTH, BOTH, replace=True)
    Deployment.objects.exclude(pk=first.deployment_id).update(state="stopped")
    again = run_over(configured, manager, FIRST, FIRST)
    assert (again.source_key, again.unchanged) == (first.source_key, 0)
    rolled_back(second, manager)
    assert shown() == [(task.pk, again.pk) for task in tasks]
    rolled_back(again, manager)
    assert shown() == [(task.pk, first.pk) for task in tasks]


def test_a_replacing_run_with_nothing_new_hides_what_stands_beside_the_same_answer(configured, manager, tasks):
    run_over(configured, manager, FIRST, FIRST)
    newer_version(configured, manager)
    second = run_over(configured, manager, BOTH, BOTH)
    third = run_over(configured, manager, replace=True)
    assert (third.unchanged, shown()) == (2, [(task.pk, second.pk) for task in tasks])
    rolled_back(third, manager)
    assert len(shown()) == 4
    assert columns() == [("found", 2, 0.25, "")] * 2


def test_completions_stay_and_are_counted_before(configured, manager, annotator, tasks):
    run = run_over(configured, manager, BOTH, BOTH)
    copied = tasks[0].completions.create(user=annotator, username="anna", result=Prediction.objects.first().result)
    assert RollBack.of(run).completions == 1
    rolled_back(run, manager)
    copied.refresh_from_db()
    assert len(copied.result) == 2


def test_the_page_says_what_goes_and_asks_again_when_that_has_changed(configured, manager, annotator, tasks):
    run = run_over(configured, manager, BOTH, FIRST)
    client, page = client_of(manager), reverse("preannotation:roll_back", args=[configured.pk, run.pk])
    assert "<b>2</b> predictions on 2 tasks will be removed." in client.get(page).content.decode()
    tasks[0].delete()
    answer = client.post(page, {"numbers": "2-2-0"}).content.decode()
    assert "The numbers have changed since." in answer
    assert PreannotationRun.objects.get().roll_back_asked_at is None
    client.post(page, {"numbers": "1-1-0"})
    roll_back_steps.roll_back(run.pk)
    detail = client.get(reverse("preannotation:run", args=[configured.pk, run.pk])).content.decode()
    assert "Rolled back by mona" in detail
    assert client_of(annotator).post(page, {"numbers": "0-0-0"}).status_code == 403


def test_a_run_under_way_is_not_rolled_back(configured, manager, tasks):
    run = actions.preannotate(configured, manager, Task.objects.all(), "all")
    with pytest.raises(actions.Refused, match="Cancel it first"):
        run_actions.roll_back(run, manager)


def test_what_a_later_run_says_of_a_task_stays_said(configured, manager, tasks):
    first = run_over(configured, manager, FIRST, FIRST)
    newer_version(configured, manager)
    run_over(configured, manager, FAILS, BOTH)
    rolled_back(first, manager)
    assert columns() == [("failed", None, None, "It was too long."), ("found", 2, 0.25, "")]


def test_a_roll_back_that_was_lost_is_queued_again(configured, manager, tasks):
    run = run_over(configured, manager, FIRST, FIRST)
    run_actions.roll_back(run, manager)
    assert run_actions.revive_roll_backs() == 0
    long_ago = run.created_at.replace(year=2020)
    PreannotationRun.objects.update(roll_back_asked_at=long_ago, beat_at=long_ago)
    assert (run_actions.revive_roll_backs(), run_actions.revive_roll_backs()) == (1, 0)


def test_retrying_repeats_the_failed_tasks_in_the_same_way(configured, manager, tasks):
    run = run_over(configured, manager, FIRST, FAILS, thresholds={"ner_drug": 0.5}, replace=True)
    again = run_actions.retry_failed(run, manager)
    assert (again.scope, again.retry_of, again.replace, again.thresholds) == (
        f"failed tasks of run {run.pk}", run, True, {"ner_drug": 0.5},
    )  # fmt: skip
    assert list(again.run_tasks.values_list("task_id", flat=True)) == [tasks[1].pk]
    assert run_actions.retry_failed(run, manager) == again


def test_nothing_failed_is_nothing_to_retry(configured, manager, tasks):
    run = run_over(configured, manager, FIRST, FIRST)
    with pytest.raises(actions.Refused, match="nothing to retry"):
        run_actions.retry_failed(run, manager)


def test_the_page_of_a_run_groups_failures_whatever_their_numbers(configured, manager, tasks):
    reasons = [Findings(failure=f"The engine passed over {n} characters.") for n in (3, 1200)]
    run = run_over(configured, manager, *reasons)
    page = client_of(manager).get(reverse("preannotation:run", args=[configured.pk, run.pk]))
    listed = page.context["listed"]
    assert [(row.count, row.reason) for row in listed.reasons] == [(2, "The engine passed over … characters.")]
    assert [row.failure for row in listed.rows] == [findings.failure for findings in reasons]


def test_what_shows_because_nothing_else_would_is_counted_before_too(configured, manager, tasks):
    run_over(configured, manager, FIRST, FIRST)
    newer_version(configured, manager)
    second = run_over(configured, manager, BOTH, BOTH, replace=True)
    assert run_over(configured, manager, replace=True).unchanged == 2
    assert RollBack.of(second).shown_again == 2
    rolled_back(second, manager)
    assert len(shown()) == 2
