"""The whole line without a queue between: config, deployment, run, predictions on the tasks."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django_q.models import OrmQ

from preannotation import actions, claims, jobs, loaded
from preannotation.config_edit import Addition, add_labels
from preannotation.models import Deployment, NlpModel, PreannotationRun, Worker
from projects.models import Prediction, Task
from projects.models.project import EMPTY_CONFIG
from projects.storable import why_not_storable
from tests.preannotation.conftest import add_tasks, registered
from tests.preannotation.spark.hostile import hostile_texts
from tests.preannotation.spark.tiny_models import STORAGE_REF

pytestmark = [pytest.mark.spark, pytest.mark.django_db(transaction=True)]

FACTS = {
    "vectors": {"kind": "embeddings", "dimension": 100},
    "tiny_drugs": {"kind": "ner", "labels": ["DRUG"]},
    "tiny_problems": {"kind": "ner", "labels": ["PROBLEM"]},
    "tiny_kind": {"kind": "classification", "labels": ["order", "visit"]},
    "tiny_topics": {"kind": "classification", "labels": ["drug", "illness"], "multiple": True},
    "tiny_status": {"kind": "assertion", "labels": ["absent", "present"], "storage_ref": ""},
}
# A slow machine needs more than one for a hundred texts.
MOST_SLICES = 20
TEXT = "The patient takes aspirin for fever. 😀 No cough was found.\r\nStop insulin tomorrow."


@pytest.fixture(autouse=True)
def models_stay_loaded(monkeypatch) -> None:
    """Each test has deployments of its own, on the same folders; test_loaded is about unloading them."""
    monkeypatch.setattr(loaded, "keep_only", lambda pipelines: None)


@pytest.fixture
def tiny_rows(tiny_models: Path, settings, db: None) -> dict[str, NlpModel]:
    """Rows as the registry writes them, on the tiny models' own folders, which are loaded once for the whole run."""
    settings.MODELS_DIR = tiny_models
    return {name: registered(name, folder=name, **({"storage_ref": STORAGE_REF} | FACTS[name])) for name in FACTS}


@pytest.fixture
def configured(project, tiny_rows, manager):
    models = [model for name, model in tiny_rows.items() if name != "vectors"]
    additions = [Addition(model.name, model.kind, tuple(model.labels), model.multiple) for model in models]
    project.set_labeling_config(add_labels(EMPTY_CONFIG, additions), manager)
    return project


@pytest.fixture
def deployment(configured, manager, monkeypatch) -> Deployment:
    monkeypatch.setenv(claims.QUEUE, "spark")
    deployment = actions.deploy(configured, manager)
    jobs.load_deployment(deployment.pk)
    deployment.refresh_from_db()
    return deployment


def run_over(project, by, tasks) -> PreannotationRun:
    run = actions.preannotate(project, by, tasks, "test")
    for _ in range(MOST_SLICES):
        jobs.run_preannotation(run.pk)
        run.refresh_from_db()
        if run.state != PreannotationRun.State.RUNNING:
            break
    return run


def test_a_deployment_becomes_ready_and_says_what_it_took(deployment):
    assert (deployment.state, deployment.failure, deployment.claimed_by) == ("ready", "", "")
    assert deployment.load_seconds > 0
    assert Worker.objects.count() == 1


def test_a_deployment_of_missing_files_fails_with_the_reason_and_an_error_id(configured, manager, tiny_rows):
    NlpModel.objects.filter(name="tiny_drugs").update(folder="gone")
    deployment = actions.deploy(configured, manager)
    jobs.load_deployment(deployment.pk)
    deployment.refresh_from_db()
    folder = tiny_rows["vectors"].path.with_name("gone")
    assert (deployment.state, deployment.failure) == (
        "failed",
        f"tiny_drugs 1 could not be loaded. There is no folder {folder}. Give the folder of a saved Spark NLP model. "
        "Whether its files are whole tells: manage.py models verify. "
        f"Error {deployment.error_id} in the log.",
    )


def test_a_run_puts_exact_regions_classes_and_statuses_on_the_task(deployment, configured, manager):
    (task,) = add_tasks(configured, [TEXT])
    run = run_over(configured, manager, Task.objects.all())
    assert (run.state, run.found, run.failed, run.failure) == ("done", 1, 0, "")
    prediction = Prediction.objects.get()
    spans = [region for region in prediction.result if region["type"] == "labels"]
    assert [(TEXT[r["value"]["start"] : r["value"]["end"]], r["value"]["labels"][0], r["model"]) for r in spans] == [
        ("aspirin", "DRUG", "tiny_drugs"),
        ("fever", "PROBLEM", "tiny_problems"),
        ("fever", "present", "tiny_status"),
        ("cough", "PROBLEM", "tiny_problems"),
        ("cough", "absent", "tiny_status"),
        ("insulin", "DRUG", "tiny_drugs"),
    ]
    parents = {region["parentID"] for region in spans if "parentID" in region}
    assert parents == {region["id"] for region in spans if region["value"]["labels"] == ["PROBLEM"]}
    choices = {region["from_name"]: region["model"] for region in prediction.result if region["type"] == "choices"}
    assert choices["tiny_kind"] == "tiny_kind"
    assert [r for r in prediction.result if not 0 <= r["value"]["confidence"] <= 1] == []
    task.refresh_from_db()
    assert (task.preannotation_state, task.region_count) == ("found", len(prediction.result))


def test_hostile_texts_end_in_exact_regions_or_in_a_stated_failure(deployment, configured, manager):
    storable = [text for text in hostile_texts(120) if not why_not_storable(text) and text.strip()]
    texts = ["", "  \r\n\t ", *dict.fromkeys(storable)]
    add_tasks(configured, texts)
    run = run_over(configured, manager, Task.objects.all())
    assert (run.state, run.answered, run.total) == ("done", len(texts), len(texts))
    wrong = [
        region["id"]
        for prediction in Prediction.objects.select_related("task")
        for region in prediction.result
        if region["type"] == "labels"
        and prediction.task.text[region["value"]["start"] : region["value"]["end"]] != region["value"]["text"]
    ]
    assert wrong == []
    assert set(Task.objects.filter(text__in=texts[:2]).values_list("preannotation_state", flat=True)) == {"empty"}
    assert list(Task.objects.filter(preannotation_state="failed", failure="")) == []


def test_a_second_delivery_of_the_job_changes_nothing(deployment, configured, manager):
    add_tasks(configured, [TEXT])
    run = run_over(configured, manager, Task.objects.all())
    before = list(Prediction.objects.values())
    jobs.run_preannotation(run.pk)
    assert list(Prediction.objects.values()) == before


def test_a_stopped_deployment_ends_the_run_in_words(deployment, configured, manager):
    add_tasks(configured, [TEXT])
    run = actions.preannotate(configured, manager, Task.objects.all(), "test")
    Deployment.objects.update(state="stopped")
    jobs.run_preannotation(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure) == (
        "failed",
        f"Deployment {deployment.pk} is stopped. Deploy again, then start a new run. Error {run.error_id} in the log.",
    )
    assert (run.cancelled, Task.objects.get().preannotation_state) == (1, "cancelled")


def test_a_cancelled_run_computes_nothing_more(deployment, configured, manager):
    add_tasks(configured, [TEXT])
    run = actions.preannotate(configured, manager, Task.objects.all(), "test")
    actions.cancel(run, manager)
    jobs.run_preannotation(run.pk)
    run.refresh_from_db()
    assert (run.state, run.cancelled, Prediction.objects.count()) == ("cancelled", 1, 0)


def test_operators_commands_do_the_same_by_the_same_verbs(configured, manager):
    add_tasks(configured, [TEXT])
    out = io.StringIO()
    call_command("deploy", str(configured.pk), "--json", "--user", manager.username, stdout=out)
    answer = json.loads(out.getvalue())
    deployment = Deployment.objects.get()
    assert (answer["deployment"], answer["state"], deployment.created_by) == (deployment.pk, "queued", manager)
    jobs.load_deployment(deployment.pk)
    out = io.StringIO()
    call_command("preannotate", configured.name, "--json", stdout=out)
    run = PreannotationRun.objects.get()
    assert (json.loads(out.getvalue())["run"], run.scope) == (run.pk, "all tasks without predictions")
    jobs.run_preannotation(run.pk)
    assert Prediction.objects.count() == 1
    assert OrmQ.objects.count() == 2
