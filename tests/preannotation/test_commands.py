"""Operators' commands: the page's verbs, in words or in JSON."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from preannotation import actions, commands
from preannotation.models import Deployment, NlpModel, PreannotationRun
from projects.models import Project
from tests.preannotation.conftest import add_tasks, ready


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command(*arguments, stdout=io.StringIO())
    return str(refused.value)


def test_deploy_answers_with_the_models_and_names_who_did_it(configured, owner):
    answer = json.loads(said("deploy", configured.name, "--json"))
    assert answer == {
        "deployment": Deployment.objects.get(created_by=owner).pk,
        "project": configured.pk,
        "state": "queued",
        "models": ["ner_drug 1", "ner_problem 1"],
        "failure": "",
    }


def test_deploy_refuses_in_the_words_of_the_rules(project):
    assert refusal("deploy", str(project.pk)) == (
        "The Labeling Config names no model. Choose models on the setup page, then deploy."
    )


def test_preannotate_takes_the_tasks_without_predictions_in_the_name_of_the_user(configured, manager):
    ready(actions.deploy(configured, manager))
    done, left = add_tasks(configured, ["a", "b"])
    done.predictions.create(text_hash=done.text_hash, source_key=done.text_hash, model_version="x")
    answer = json.loads(said("preannotate", str(configured.pk), "--json", "--user", "mona"))
    run = PreannotationRun.objects.get()
    assert (answer["run"], answer["total"], run.created_by) == (run.pk, 1, manager)
    assert list(run.run_tasks.values_list("task_id", flat=True)) == [left.pk]


def test_preannotate_without_a_deployment_is_refused(configured):
    add_tasks(configured, ["a"])
    assert refusal("preannotate", str(configured.pk)) == (
        "Nothing is deployed in this project, or not ready yet. Deploy first."
    )


def test_an_unknown_project_an_ambiguous_name_and_an_unknown_user_are_named(configured, owner):
    assert refusal("deploy", "Nowhere") == (
        'No project has the number or is called "Nowhere". Give the number that stands in its address.'
    )
    Project.create(owner=owner, name=configured.name)
    assert refusal("deploy", configured.name) == (
        f'More than one project is called "{configured.name}". Give the number that stands in its address.'
    )
    assert refusal("deploy", str(configured.pk), "--user", "nobody") == 'There is no user "nobody".'


def test_runs_and_deployments_are_listed(configured, manager):
    deployment = ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    run = actions.preannotate(configured, manager, configured.tasks.all(), "all")
    runs = json.loads(said("runs", "--json"))
    assert [(row["run"], row["state"], row["total"]) for row in runs] == [(run.pk, "queued", 1)]
    deployments = json.loads(said("deployments", str(configured.pk), "--json"))
    assert [(row["deployment"], row["state"], row["by"]) for row in deployments] == [(deployment.pk, "ready", "mona")]


def test_preannotate_takes_scope_filter_thresholds_and_replace(configured, manager):
    ready(actions.deploy(configured, manager))
    tasks = add_tasks(configured, ["a", "b"])
    configured.tasks.filter(pk=tasks[0].pk).update(preannotation_state="failed")
    project = str(configured.pk)
    answer = json.loads(
        said("preannotate", project, "--filter", "state=failed", "--threshold", "ner_drug=0.8", "--replace", "--json")
    )
    assert (answer["total"], answer["scope"], answer["thresholds"], answer["replace"]) == (
        1, "all tasks that match the filter (pre-annotation: failed)", {"ner_drug": 0.8}, True,
    )  # fmt: skip
    answer = json.loads(said("preannotate", project, "--scope", "all", "--json"))
    assert (answer["total"], answer["scope"]) == (2, "all tasks of the project")
    assert refusal("preannotate", project, "--filter", "colour=red").startswith('"colour=red" is no filter')
    assert refusal("preannotate", project, "--filter", "state=failed&status=Submitted").startswith(
        '"status=Submitted" is no filter of the task list.'
    )
    assert refusal("preannotate", project, "--filter", "sort=-title").startswith(
        'The filter "sort=-title" leaves out no task.'
    )
    nobody_has = refusal("preannotate", project, "--threshold", "nope=0.2")
    assert nobody_has == (
        f'"nope=0.2" names no model of deployment {answer["deployment"]}. Its models are ner_drug, ner_problem.'
    )
    assert refusal("preannotate", project, "--threshold", "ner_drug=8").startswith('"ner_drug=8" is no threshold.')
    assert refusal("preannotate", project, "--retry", "9999999") == f"Project {project} has no run 9999999."


def test_a_run_is_cancelled_retried_and_rolled_back_by_its_number(configured, manager):
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a", "b"])
    run = actions.preannotate(configured, manager, configured.tasks.all(), "all")
    assert refusal("runs", "--roll-back", str(run.pk)) == (
        f"Run {run.pk} is under way. Cancel it first, then roll it back."
    )
    answer = json.loads(said("runs", "--cancel", str(run.pk), "--json", "--user", "mona"))
    assert (answer["state"], answer["cancelled"]) == ("cancelled", 2)
    run.run_tasks.filter(task__text="b").update(state="failed")
    assert json.loads(said("preannotate", str(configured.pk), "--retry", str(run.pk), "--json"))["total"] == 1
    answer = json.loads(said("runs", "--roll-back", str(run.pk), "--json"))
    assert (answer["predictions_removed"], answer["rolled_back"] is None) == (0, False)
    assert refusal("runs", "--cancel", "9999999") == "There is no run 9999999."


def test_the_registry_is_listed_as_a_table(registry_rows):
    lines = said("models", "list").splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["name", "version", "kind"],
        ["vectors", "1", "embeddings"],
        ["ner_drug", "1", "ner"],
        ["ner_problem", "1", "ner"],
    ]


def test_an_empty_list_says_none(db):
    assert said("runs") == "none\n"


def test_adding_a_folder_that_is_no_model_says_what_was_found(db, tmp_path):
    assert refusal("models", "add", str(tmp_path), "--name", "x") == (
        f"x was not added. {tmp_path} is no saved Spark NLP model: metadata/part-00000 is missing or can't be read "
        "(FileNotFoundError). Give the folder that holds `metadata`."
    )
    assert refusal("models", "add", str(tmp_path / "gone")) == f"There is no folder and no file {tmp_path / 'gone'}."
    (tmp_path / "notes.zip").write_text("no zip file")
    assert refusal("models", "add", str(tmp_path / "notes.zip")) == (
        f"notes was not added from {tmp_path / 'notes.zip'}. It is no zip file, or a damaged one. Make the zip again, "
        "or copy it again."
    )
    assert refusal("models", "add", str(tmp_path), "--name", "No Name!").startswith("\"No Name!\" can't be a model's")
    assert NlpModel.objects.count() == 0


def test_verifying_names_the_models_whose_files_are_gone(registry_rows, settings, tmp_path):
    settings.MODELS_DIR = tmp_path
    assert refusal("models", "verify").startswith("Broken: ner_drug 1: its files are missing; ner_problem 1:")
    assert set(NlpModel.objects.values_list("state", flat=True)) == {"broken"}


@pytest.mark.parametrize("command", ["runs", "deployments"])
@pytest.mark.parametrize("given", ["-1", "0", "many"])
def test_a_number_of_rows_that_can_not_be_is_refused(db, command, given):
    assert f"{given} is no number of rows. Give a whole number from 1." in refusal(command, f"--limit={given}")


def test_waiting_for_a_deployment_fails_where_somebody_stops_it(configured, manager, monkeypatch):
    monkeypatch.setattr(commands.time, "sleep", lambda seconds: actions.stop(Deployment.objects.get(), manager))
    said_so = refusal("deploy", str(configured.pk), "--wait")
    assert said_so == f"Deployment {Deployment.objects.get().pk} was stopped before it was ready."


def test_waiting_for_a_run_fails_where_somebody_cancels_it(configured, manager, monkeypatch):
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a", "b"])
    monkeypatch.setattr(commands.time, "sleep", lambda seconds: actions.cancel(PreannotationRun.objects.get(), manager))
    said_so = refusal("preannotate", str(configured.pk), "--wait")
    assert said_so == f"Run {PreannotationRun.objects.get().pk} was cancelled, with 0 of 2 tasks done."
