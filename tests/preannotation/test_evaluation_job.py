"""An evaluation from the click to its figures, with a child that says what the test wants."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from preannotation import engine_child
from preannotation.actions import deploy
from preannotation.engine_child import ChildDied
from preannotation.evaluating import actions, job
from preannotation.evaluating.figures import Figures
from preannotation.models import Evaluation, NlpModel
from projects.exchange import Cancelled
from projects.models import Activity, Completion, Project, Task
from projects.models.completion import ReviewState
from projects.models.task import TaskStatus
from tests.preannotation.conftest import registered
from tests.projects.rows import make_tasks, span

pytestmark = pytest.mark.django_db

TEXTS = ("aspirin for fever", "insulin helps", "no aspirin")


@pytest.fixture(autouse=True)
def children_apart(settings, tmp_path) -> None:
    settings.ENGINE_CHILDREN_DIR = tmp_path / "children"


@pytest.fixture
def reviewed(configured, owner) -> list[Task]:
    """Three tasks with a drug at the beginning of the first two; a rejected completion says nothing."""
    tasks = make_tasks(configured, *TEXTS, tags=["Test"], status=TaskStatus.REVIEWED)
    make_tasks(configured, "not for tests", status=TaskStatus.REVIEWED)
    make_tasks(configured, "not reviewed", tags=["Test"])
    now = timezone.now()
    for task in tasks:
        end = task.text.index(" ")
        result = [span(task.text, 0, end)] if end > 2 else []
        said = {"task": task, "username": "ann", "submitted_at": now}
        Completion.objects.create(**said, result=result, review=ReviewState.ACCEPTED)
        Completion.objects.create(**said, result=[], review=ReviewState.REJECTED)
    return tasks


@pytest.fixture
def drug_models(reviewed) -> list[NlpModel]:
    return [NlpModel.objects.get(name="ner_drug"), registered("ner_drug", 2, labels=["DRUG", "DOSAGE"])]


@pytest.fixture
def child(monkeypatch):
    """Answers with these lines; what it was asked is kept."""
    asked = {}

    def answering(*lines):
        def run(folder: Path, do, values, *, heard, go_on):
            go_on()
            heard({"phase": "asking ner_drug 1", "done": 2, "of": 3})
            asked.update(values, do=do, texts=Path(values["texts_file"]).read_text().splitlines())
            path = folder / "findings.jsonl"
            path.write_text("".join(json.dumps(line) + "\n" for line in lines))
            return {"findings_file": str(path)}

        monkeypatch.setattr(engine_child, "run", run)
        return asked

    return answering


def says(model, text, *chunks):
    return {"model": model, "text": text, "chunks": list(chunks), "classes": [], "failure": "", "misplaced": 0}


def worked(project, models, by):
    evaluation = actions.start(project, models, by)
    job.run(evaluation.pk)
    evaluation.refresh_from_db()
    return evaluation


def words(project) -> list[str]:
    return list(Activity.objects.filter(project=project, verb="models").order_by("pk").values_list("words", flat=True))


def test_each_model_is_judged_by_the_accepted_completions_of_reviewed_test_tasks(
    configured, drug_models, reviewed, manager, child
):
    one, two = drug_models
    right = [0, 7, "aspirin", "DRUG", 0.9]
    asked = child(
        says(0, 0, right),
        says(0, 1, [0, 7, "insulin", "DRUG", 0.8], [8, 13, "helps", "DRUG", 0.3]),
        says(0, 2, [3, 10, "aspirin", "DOSAGE", 0.7]),
        says(1, 0, right),
        says(1, 1),
        says(1, 2, [3, 10, "aspirin", "DRUG", 0.6]),
    )
    evaluation = worked(configured, drug_models, manager)
    assert (evaluation.state, evaluation.tasks) == ("done", [task.pk for task in reviewed])
    assert asked["do"] == "preannotation.spark.evaluate_work:work"
    assert [(model["name"], model["version"]) for model in asked["models"]] == [("ner_drug", 1), ("ner_drug", 2)]
    assert json.loads(asked["texts"][0]) == {"text": TEXTS[0], "chunks": [[0, 7, ["DRUG"]]]}
    old, new = (Figures(evaluation.figures[str(model.pk)]) for model in (one, two))
    assert (old.main, new.main, old.report["data"]) == (0.8, 0.5, "3 reviewed tasks tagged Test")
    assert [(error.kind, error.task_id) for error in old.errors] == [("spurious", reviewed[1].pk)]
    assert [(error.kind, error.task_id) for error in new.errors] == [
        ("missed", reviewed[1].pk),
        ("spurious", reviewed[2].pk),
    ]
    assert (old.asked, new.asked) == (frozenset({("label", "DRUG")}), frozenset({("label", "DRUG")}))
    assert old.stored["tallies"] == {"DRUG": {"90": [1, 1, 0.9], "80": [1, 1, 0.8], "30": [1, 0, 0.3]}}
    assert words(configured)[-2:] == [
        f"started evaluation {evaluation.pk}: ner_drug 1, ner_drug 2 on 3 reviewed tasks tagged Test",
        f"finished evaluation {evaluation.pk}: ner_drug 1 F1 0.800; ner_drug 2 F1 0.500",
    ]
    assert list(Path(job.engine_child.settings.ENGINE_CHILDREN_DIR).iterdir()) == []


def test_a_model_that_the_config_does_not_name_is_read_by_the_names_of_labels(configured, reviewed, manager, child):
    other = registered("ner_other", labels=["DRUG"])
    child(says(0, 0, [0, 7, "aspirin", "DRUG", 0.9]))
    evaluation = worked(configured, [other], manager)
    assert evaluation.figures[str(other.pk)]["report"]["labels"]["DRUG"]["recall"] == 0.5


def test_a_model_that_has_given_way_to_another_is_read_as_it_was_deployed(configured, reviewed, manager, child):
    medicines = registered("ner_medicines", labels=["MEDICINE"])
    now = configured.labeling_config
    configured.set_labeling_config(now.replace('"ner_drug"', '"ner_medicines" predicted_values="MEDICINE"'), manager)
    deploy(configured, manager)
    configured.set_labeling_config(now, manager)
    child(says(0, 0, [0, 7, "aspirin", "MEDICINE", 0.9]), says(0, 1), says(0, 2))
    evaluation = worked(configured, [medicines], manager)
    assert evaluation.figures[str(medicines.pk)]["report"]["labels"]["DRUG"]["recall"] == 0.5
    configured.labeling_config = now.replace('"DRUG" model="ner_drug"', '"REMEDY"')
    configured.save()
    with pytest.raises(actions.EvaluationRefused, match="has none of the labels that ner_medicines 1 predicts"):
        actions.start(configured, [medicines], manager)


def test_a_model_that_can_not_be_loaded_does_not_hold_up_the_other(configured, drug_models, manager, child):
    child({"model": 0, "refused": "ner_drug 1 could not be loaded."}, says(1, 0), says(1, 1), says(1, 2))
    evaluation = worked(configured, drug_models, manager)
    one, two = drug_models
    assert evaluation.figures[str(one.pk)] == {"failure": "ner_drug 1 could not be loaded."}
    assert (evaluation.state, evaluation.figures[str(two.pk)]["report"]["f1"]) == ("done", 0.0)


def test_where_nothing_can_be_said_the_evaluation_fails_with_the_reason(configured, drug_models, manager, child):
    child({"model": 0, "refused": "It is broken."})
    evaluation = worked(configured, drug_models[:1], manager)
    assert (evaluation.state, evaluation.failure) == ("failed", "It is broken.")
    assert words(configured)[-1] == f"gave up evaluation {evaluation.pk}: It is broken."


@pytest.mark.parametrize(
    ("raised", "state", "failure"),
    [
        (ChildDied("Its memory was full."), "failed", "Its memory was full."),
        (Cancelled(), "cancelled", ""),
    ],
)
def test_a_child_that_ends_ends_the_evaluation(configured, drug_models, manager, monkeypatch, raised, state, failure):
    def run(*given, **more):
        raise raised

    monkeypatch.setattr(engine_child, "run", run)
    evaluation = worked(configured, drug_models, manager)
    assert (evaluation.state, evaluation.failure, evaluation.figures) == (state, failure, {})


def test_what_is_unforeseen_is_told_with_its_id_in_the_log(configured, drug_models, manager, monkeypatch):
    monkeypatch.setattr(engine_child, "run", lambda *given, **more: {})
    evaluation = worked(configured, drug_models, manager)
    assert evaluation.failure == f"Something unforeseen happened (KeyError). Error {evaluation.error_id} in the log."


def test_only_one_runs_at_a_time_and_the_next_follows(configured, drug_models, manager, child):
    child(says(0, 0))
    other = Project.create(owner=manager, name="other")
    running = Evaluation.objects.create(project=other, state="running", claimed_by="a", about="")
    waiting = actions.start(configured, drug_models[:1], manager)
    job.run(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == "queued"
    OrmQ.objects.all().delete()
    Evaluation.objects.filter(pk=running.pk).update(state="queued", claimed_by="")
    job.run(running.pk)
    assert OrmQ.objects.count() == 1


def test_a_silent_worker_gives_the_evaluation_back_and_the_second_death_ends_it(configured, drug_models, manager):
    evaluation = actions.start(configured, drug_models, manager)
    row = Evaluation.objects.filter(pk=evaluation.pk)
    for state in ("queued", "failed"):
        silent = timezone.now() - timedelta(minutes=1)
        row.update(state="running", claimed_by="dead", beat_at=silent)
        assert actions.revive() == 1
        assert row.get().state == state
    assert row.get().failure == actions.DIED


def test_a_waiting_one_is_cancelled_at_once_and_said_in_the_log(configured, drug_models, manager):
    evaluation = actions.start(configured, drug_models, manager)
    actions.cancel(evaluation, manager)
    assert Evaluation.objects.get(pk=evaluation.pk).state == "cancelled"
    assert Activity.objects.filter(project=configured, verb="cancelled").get().words == (
        f"cancelled evaluation {evaluation.pk}"
    )


def refused(project, models, by) -> tuple[str, ...]:
    before = Evaluation.objects.count()
    with pytest.raises(actions.EvaluationRefused) as refusal:
        actions.start(project, models, by)
    assert Evaluation.objects.count() == before
    return refusal.value.problems


def test_what_can_not_be_evaluated_is_refused_with_every_reason(configured, drug_models, manager):
    strange = registered("ner_strange", labels=["CITY"])
    retired = registered("ner_old", labels=["DRUG"], retired_at=timezone.now())
    homeless = registered("ner_homeless", labels=["DRUG"], storage_ref="nowhere")
    assert refused(configured, [strange, retired, homeless], manager) == (
        "The project has none of the labels that ner_strange 1 predicts. Name the model in the Labeling Config, or "
        "give labels the same names.",
        "ner_old 1 can't be used here: it is retired, broken, or belongs to another project. Leave it out.",
        "ner_homeless 1 needs the embeddings nowhere, which are not in the registry. Add them first.",
    )
    assert refused(configured, [], manager) == ("No model was chosen. Tick at least one.",)
    assert refused(configured, drug_models * 3, manager) == ("6 models are too many at once. Choose up to 5.",)
    Task.objects.update(tags=[])
    assert refused(configured, drug_models, manager) == (actions.NO_TASKS,)


def test_a_second_one_in_the_project_waits_for_the_first(configured, drug_models, manager):
    first = actions.start(configured, drug_models, manager)
    assert refused(configured, drug_models, manager) == (
        f"Evaluation {first.pk} is under way. Wait for it or cancel it, then start another.",
    )
