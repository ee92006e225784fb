"""Deployments of several projects within a memory budget: unloaded when others need room, loaded again when used."""

import os
import shutil
from pathlib import Path

import pytest

from preannotation import actions, claims, jobs, loaded
from preannotation.config_edit import Addition, add_labels
from preannotation.models import Deployment, NlpModel
from projects.models import Prediction, Project, Task
from projects.models.project import EMPTY_CONFIG
from tests.preannotation.conftest import add_tasks, registered
from tests.preannotation.spark.tiny_models import STORAGE_REF

pytestmark = [pytest.mark.spark, pytest.mark.django_db(transaction=True)]

TEXT = "The patient takes aspirin for fever."
ALTERNATIONS = int(os.environ.get("ALTERNATIONS", "3"))
# Of one deployment of these models; the figures swing by less than half of it.
MUCH = 250 * 1024**2


@pytest.fixture
def nothing_held():
    loaded._unload(list(loaded._held))
    yield
    loaded._unload(list(loaded._held))


@pytest.fixture
def two_projects(tiny_models: Path, settings, tmp_path, owner, nothing_held) -> list[Project]:
    """One project on the drugs model, one on the problems model, each with a copy of its own of everything."""
    settings.MODELS_DIR = tmp_path
    projects = []
    for name, label in (("tiny_drugs", "DRUG"), ("tiny_problems", "PROBLEM")):
        project = Project.create(owner=owner, name=name)
        for folder, facts in (
            ("vectors", {"kind": "embeddings", "dimension": 100}),
            (name, {"labels": [label]}),
        ):
            shutil.copytree(tiny_models / folder, tmp_path / f"{name}-{folder}")
            registered(
                f"{name}-{folder}", folder=f"{name}-{folder}", storage_ref=f"{STORAGE_REF}", project=project, **facts
            )
        model = NlpModel.objects.get(name=f"{name}-{name}")
        addition = Addition(model.name, model.kind, tuple(model.labels), False)
        project.set_labeling_config(add_labels(EMPTY_CONFIG, [addition]), owner)
        projects.append(project)
    return projects


def deployed(project: Project) -> Deployment:
    deployment = actions.deploy(project, None)
    jobs.load_deployment(deployment.pk)
    deployment.refresh_from_db()
    assert (deployment.state, deployment.failure) == ("ready", "")
    return deployment


def found_in(project: Project) -> list[str]:
    """The words that a run over one new task of the project found."""
    (task,) = add_tasks(project, [TEXT])
    run = actions.preannotate(project, None, Task.objects.filter(pk=task.pk), "test")
    jobs.run_preannotation(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure) == ("done", "")
    words = [region["value"]["text"] for region in Prediction.objects.get(task=task).result]
    Task.objects.filter(pk=task.pk).delete()
    return words


def test_two_projects_alternate_within_a_budget_for_one_and_memory_does_not_grow(two_projects, settings):
    settings.PIPELINE_MEMORY = 1
    drugs, problems = two_projects
    first, second = deployed(drugs), deployed(problems)
    assert (first.memory > 10 * 1024**2, list(loaded._held)) == (True, [second.pk])
    sizes = []
    for _ in range(ALTERNATIONS):
        assert (found_in(drugs), list(loaded._held)) == (["aspirin"], [first.pk])
        assert (found_in(problems), list(loaded._held)) == (["fever"], [second.pk])
        sizes.append(claims.resident_bytes())
    print("resident MB after each round:", [size // 2**20 for size in sizes])
    assert max(sizes) - sizes[0] < MUCH


def test_both_stay_where_the_budget_allows_and_stopping_gives_memory_back(two_projects, settings):
    settings.PIPELINE_MEMORY = 100 * 1024**3
    drugs, problems = two_projects
    first, second = deployed(drugs), deployed(problems)
    assert list(loaded._held) == [first.pk, second.pk]
    jobs.probe("spark")
    assert claims.this_process.deployments == (first.pk, second.pk)
    before = claims.resident_bytes()
    actions.stop(first, None)
    actions.stop(second, None)
    jobs.probe("spark")
    assert (list(loaded._held), claims.this_process.deployments) == ([], ())
    print("resident MB before and after:", before // 2**20, claims.resident_bytes() // 2**20)
    assert claims.resident_bytes() < before


def test_a_deployment_that_is_stopped_while_it_loads_is_not_made_ready(two_projects, monkeypatch):
    drugs, _ = two_projects
    deployment = actions.deploy(drugs, None)
    said = []

    def stopped_at_the_model(phase: str) -> None:
        said.append(phase)
        if phase.startswith("loading tiny_drugs"):
            actions.stop(deployment, None)

    monkeypatch.setattr(claims, "say", stopped_at_the_model)
    jobs.load_deployment(deployment.pk)
    deployment.refresh_from_db()
    assert (deployment.state, deployment.failure, list(loaded._held)) == ("stopped", "", [])
    assert said[-1] == "loading tiny_drugs-tiny_drugs 1, model 1 of 1"
