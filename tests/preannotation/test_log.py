"""What deployments and runs leave in a project's activity log."""

import pytest
from django.core.management import call_command

from preannotation import actions, roll_back_steps, run_actions, run_begin, run_steps
from preannotation.automatic import preannotate_imported
from preannotation.contract import Chunk, Findings
from preannotation.models import Deployment, PreannotationRun
from projects.models import ImportReport, Task
from tests.preannotation.conftest import add_tasks, ready

DRUG = Findings((Chunk(0, 7, "aspirin", "DRUG", 0.75, "ner_drug"),))
COUNTS = "{} with regions, {} none found, {} unchanged, {} failed, {} cancelled of {}"


def new_lines(project, since: int) -> list[str]:
    return [str(line) for line in project.activities.filter(pk__gt=since).order_by("pk")]


@pytest.fixture
def deployment(configured, manager) -> Deployment:
    add_tasks(configured, ["aspirin", "aspirin twice"])
    return ready(actions.deploy(configured, manager))


@pytest.fixture
def since(configured, deployment) -> int:
    return configured.activities.newest()[0].pk


def through(run: PreannotationRun, *answers: Findings) -> None:
    mine = run_steps.claim(run.pk, "host:1:a")
    run_begin.begin(mine)
    run_steps.store(mine, run_steps.take_batch(mine, with_company=False), answers, run_steps.mapper_of(mine), 1.0)
    run_steps.close_if_through(mine)
    run_steps.close_if_through(mine)
    run_steps.release(mine)


def test_a_run_is_told_from_its_start_to_its_roll_back(configured, deployment, manager, since):
    run = actions.preannotate(configured, manager, Task.objects.all(), "all")
    assert actions.preannotate(configured, manager, Task.objects.all(), "all") == run
    through(run, DRUG, Findings(failure="It was too long."))
    again = run_actions.retry_failed(run, manager)
    actions.cancel(again, manager)
    actions.cancel(again, manager)
    run_actions.roll_back(run, manager)
    run_actions.roll_back(run, manager)
    roll_back_steps.roll_back(run.pk)
    roll_back_steps.roll_back(run.pk)
    assert new_lines(configured, since) == [
        f"mona started {run} over 2 tasks (all) with {deployment}",
        f"Annotation Lab finished {run}: {COUNTS.format(1, 0, 0, 1, 0, '2 tasks')}",
        f"mona started {again} over 1 task (failed tasks of {run}) with {deployment}, again after {run}",
        f"mona cancelled {again}",
        f"Annotation Lab ended the cancelled {again}: {COUNTS.format(0, 0, 0, 0, 1, '1 task')}",
        f"mona asked for {run} to be rolled back",
        f"mona rolled back {run}: 1 prediction removed",
    ]


def test_what_an_import_sets_off_is_the_products_own_doing(configured, deployment, manager, since):
    configured.preannotate_imports = True
    first, last = Task.objects.order_by("pk")
    report = ImportReport.objects.create(
        project=configured, file_name="n.json", created_by=manager, first_task=first.pk, last_task=last.pk
    )
    preannotate_imported(configured, report)
    run = PreannotationRun.objects.get()
    assert new_lines(configured, since) == [
        f"Annotation Lab started {run} over 2 tasks (import of n.json) with {deployment}"
    ]


def test_a_run_that_fails_says_why(configured, deployment, manager, since):
    run = actions.preannotate(configured, manager, Task.objects.all(), "all")
    run_steps.close_as_failed(run_steps.claim(run.pk, "host:1:a"), "The models are gone.", "a1b2c3d4")
    assert new_lines(configured, since)[1:] == [
        f"Annotation Lab gave up {run}: {COUNTS.format(0, 0, 0, 0, 2, '2 tasks')}. The models are gone."
    ]


def test_deploying_and_stopping_are_told_once_with_what_ends_with_them(configured, deployment, manager, since):
    newer = actions.deploy(configured, manager)
    assert actions.deploy(configured, manager) == newer
    run = actions.preannotate(configured, manager, Task.objects.all(), "all")
    actions.stop(newer, manager)
    actions.stop(newer, manager)
    assert new_lines(configured, since) == [
        f"mona deployed ner_drug 1, ner_problem 1 ({newer}, Labeling Config version 2)",
        f"mona started {run} over 2 tasks (all) with {deployment}",
        f"mona cancelled {run}",
        f"Annotation Lab ended the cancelled {run}: {COUNTS.format(0, 0, 0, 0, 2, '2 tasks')}. "
        f"D{str(deployment)[1:]} was stopped by mona.",
        f"mona stopped {newer} and 1 older, and with it 1 run",
    ]


def test_an_operators_command_stands_under_the_name_that_it_was_given(configured, registry_rows, reviewer):
    call_command("deploy", configured.name, "--user", "rui", "--json")
    assert configured.activities.newest()[0].username == "rui"
    call_command("deployments", configured.name, "--stop", str(Deployment.objects.get().pk), "--json")
    assert configured.activities.newest()[0].username == "olga"
