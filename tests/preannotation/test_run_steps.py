"""A run in the database: claimed by one, continued after a death, counted as stored."""

from datetime import timedelta

import pytest
from django.utils import timezone

from preannotation import actions, run_begin, run_steps, scopes
from preannotation.contract import Chunk, EngineError, Findings
from preannotation.models import NlpModel, PreannotationRun, RunTask
from projects.config_change import LabelKey
from projects.label_use import Decision
from projects.models import Completion, Prediction, Project, Task
from tests.preannotation.conftest import CONFIG, add_tasks, ready, registered

DRUG = Findings((Chunk(0, 7, "aspirin", "DRUG", 0.75, "ner_drug"),))


@pytest.fixture
def run(configured: Project, manager) -> PreannotationRun:
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["aspirin", "aspirin twice", "", "aspirin again"])
    return actions.preannotate(configured, manager, Task.objects.all(), "all")


def claimed(run: PreannotationRun, token: str = "host:1:a") -> PreannotationRun:
    taken = run_steps.claim(run.pk, token)
    if taken.state == "queued":
        run_begin.begin(taken)
    return taken


def fall_silent(run: PreannotationRun) -> None:
    PreannotationRun.objects.filter(pk=run.pk).update(beat_at=timezone.now() - timedelta(minutes=1))


def counts(run: PreannotationRun) -> dict[str, int]:
    names = ("total", "found", "empty", "unchanged", "failed", "cancelled", "regions", "batches")
    return PreannotationRun.objects.values(*names).get(pk=run.pk)


def states() -> list[str]:
    return list(Task.objects.order_by("pk").values_list("preannotation_state", flat=True))


def finish(run: PreannotationRun, *answers: Findings) -> None:
    batch = run_steps.take_batch(run, with_company=False)
    run_steps.store(run, batch, answers, run_steps.mapper_of(run), 1.5)
    run_steps.close_if_through(run)


def test_only_one_worker_gets_a_run_until_it_falls_silent(run):
    assert claimed(run).claimed_by == "host:1:a"
    assert run_steps.claim(run.pk, "host:2:b") is None
    fall_silent(run)
    assert run_steps.claim(run.pk, "host:2:b").claimed_by == "host:2:b"


def test_a_batch_is_stored_with_everything_that_pages_show(run):
    mine = claimed(run)
    finish(mine, DRUG, DRUG, Findings(), Findings(failure="It was too long."))
    assert counts(run) == {
        "total": 4, "found": 2, "empty": 1, "unchanged": 0, "failed": 1, "cancelled": 0, "regions": 2, "batches": 1,
    }  # fmt: skip
    assert list(
        Task.objects.order_by("pk").values_list("preannotation_state", "region_count", "lowest_confidence", "failure")
    ) == [
        ("found", 1, 0.75, ""),
        ("found", 1, 0.75, ""),
        ("empty", 0, None, "The text is empty."),
        ("failed", None, None, "It was too long."),
    ]
    predictions = Prediction.objects.order_by("task_id")
    assert [(row.run_id, row.model_version, row.score, len(row.result)) for row in predictions] == [
        (run.pk, "ner_drug 1, ner_problem 1", 0.75, 1),
        (run.pk, "ner_drug 1, ner_problem 1", 0.75, 1),
        (run.pk, "ner_drug 1, ner_problem 1", None, 0),
    ]
    assert PreannotationRun.objects.get(pk=run.pk).state == "done"


def test_who_lost_the_claim_stores_nothing(run):
    mine = claimed(run)
    batch = run_steps.take_batch(mine, with_company=False)
    fall_silent(run)
    claimed(run, "host:2:b")
    with pytest.raises(run_steps.ClaimLost):
        run_steps.store(mine, batch, [DRUG] * 4, run_steps.mapper_of(mine), 1.0)
    assert Prediction.objects.count() == 0


def test_what_was_in_hand_at_a_death_comes_back_alone_and_a_second_death_fails_it(run):
    first = claimed(run)
    assert len(run_steps.take_batch(first, with_company=False).tasks) == 4
    fall_silent(run)
    second = claimed(run, "host:2:b")
    alone = run_steps.take_batch(second, with_company=False)
    assert (alone.alone, alone.texts) == (True, ["aspirin"])
    assert run_steps.take_batch(second, with_company=True) is None
    fall_silent(run)
    third = claimed(run, "host:3:c")
    assert run_steps.take_batch(third, with_company=False).texts == ["aspirin twice"]
    assert (states()[0], Task.objects.order_by("pk")[0].failure) == ("failed", run_steps.DIED_TWICE)
    assert counts(run)["failed"] == 1


def test_a_second_run_with_the_same_versions_and_texts_computes_nothing(run, manager):
    finish(claimed(run), DRUG, DRUG, Findings(), Findings(failure="It was too long."))
    again = actions.preannotate(run.project, manager, Task.objects.all(), "all")
    mine = claimed(again, "host:1:b")
    assert counts(again)["unchanged"] == 3
    assert run_steps.take_batch(mine, with_company=False).texts == ["aspirin again"]
    assert states() == ["unchanged", "unchanged", "unchanged", "running"]


def test_an_answer_behind_that_of_a_later_run_is_given_again_and_stands_before_it(run, manager):
    """Else the task went on showing the other one, and stayed among those with stale predictions."""
    project = run.project
    finish(claimed(run), DRUG, DRUG, Findings(), DRUG)
    registered("ner_drug", 2, labels=["DRUG"])
    ready(actions.deploy(project, manager))
    finish(claimed(actions.preannotate(project, manager, Task.objects.all(), "all"), "host:1:b"), *[Findings()] * 4)
    NlpModel.objects.filter(name="ner_drug", version=2).update(retired_at=timezone.now())
    ready(actions.deploy(project, manager))
    assert scopes.stale(project).count == 4
    again = actions.preannotate(project, manager, Task.objects.all(), "all")
    finish(claimed(again, "host:1:c"), DRUG, DRUG, Findings(), DRUG)
    assert (counts(again)["unchanged"], counts(again)["found"], scopes.stale(project).count) == (0, 3, 0)
    shown = Prediction.objects.shown().filter(task__text="aspirin")
    assert [(row.run_id, len(row.result)) for row in shown] == [(again.pk, 1), (run.pk + 1, 0)]


def test_what_a_change_of_the_config_has_rewritten_is_computed_again_once_the_config_is_back(run, manager):
    project = run.project
    drug, problem = LabelKey("labels", "label", "DRUG"), LabelKey("labels", "label", "PROBLEM")
    finish(claimed(run), DRUG, DRUG, Findings(), DRUG)
    without = CONFIG.replace('    <Label value="DRUG" model="ner_drug" hotkey="d"/>\n', "")
    project.set_labeling_config(without, manager, {drug: Decision(problem)})
    project.set_labeling_config(CONFIG, manager)
    again = actions.preannotate(project, manager, Task.objects.all(), "all")
    mine = claimed(again, "host:1:b")
    assert counts(again)["unchanged"] == 1
    assert run_steps.take_batch(mine, with_company=False).texts == ["aspirin", "aspirin twice", "aspirin again"]


def test_another_mapping_of_the_same_versions_is_computed_again(run, manager):
    finish(claimed(run), DRUG, DRUG, Findings(), DRUG)
    run.project.set_labeling_config(CONFIG.replace('value="DRUG"', 'value="Med" predicted_values="DRUG"'), manager)
    again = actions.preannotate(run.project, manager, Task.objects.all(), "all")
    finish(claimed(again, "host:1:b"), DRUG, DRUG, Findings(), DRUG)
    assert (counts(again)["unchanged"], Prediction.objects.count()) == (0, 8)


def test_a_config_that_asks_nothing_of_the_deployed_models_ends_the_run_in_words(run, manager):
    run.project.set_labeling_config('<View><Text name="text" value="$text"/></View>', manager)
    taken = run_steps.claim(run.pk, "host:1:a")
    with pytest.raises(EngineError, match="asks nothing of the deployed models"):
        run_begin.begin(taken)


def test_a_task_that_was_deleted_in_mid_run_is_left_out_of_the_counts(run):
    mine = claimed(run)
    batch = run_steps.take_batch(mine, with_company=False)
    Task.objects.filter(text="aspirin twice").delete()
    run_steps.store(mine, batch, [DRUG, DRUG, Findings(), DRUG], run_steps.mapper_of(mine), 1.0)
    run_steps.close_if_through(mine)
    assert (counts(run)["total"], counts(run)["found"], Prediction.objects.count()) == (3, 2, 3)
    assert PreannotationRun.objects.get(pk=run.pk).state == "done"


def test_cancelling_keeps_what_is_stored(run):
    mine = claimed(run)
    RunTask.objects.filter(run=run).order_by("pk")
    batch = run_steps.take_batch(mine, with_company=False)
    part = run_steps.Batch(batch.run_task_ids[:1], batch.tasks[:1], alone=False)
    run_steps.store(mine, part, [DRUG], run_steps.mapper_of(mine), 1.0)
    run_steps.close_as_cancelled(mine)
    assert states() == ["found", "cancelled", "cancelled", "cancelled"]
    assert (counts(run)["cancelled"], counts(run)["found"], Prediction.objects.count()) == (3, 1, 1)
    assert run_steps.take_batch(mine, with_company=False) is None


def test_predictions_never_touch_completions(run, annotator):
    task = Task.objects.order_by("pk").first()
    result = [{"id": "a", "from_name": "label", "to_name": "text", "type": "labels", "value": {}}]
    completion = Completion.objects.create(task=task, user=annotator, username="anna", result=result)
    before = Completion.objects.values().get(pk=completion.pk)
    finish(claimed(run), DRUG, DRUG, Findings(), DRUG)
    assert Completion.objects.values().get(pk=completion.pk) == before


def test_a_batch_ends_before_its_characters_pass_the_limit(configured, manager):
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a" * 50_000, "b" * 50_000, "c" * 200_000, "d"])
    run = claimed(actions.preannotate(configured, manager, Task.objects.all(), "all"))
    sizes = []
    while batch := run_steps.take_batch(run, with_company=False):
        sizes.append([len(text) for text in batch.texts])
    assert sizes == [[50_000], [50_000], [200_000], [1]]
