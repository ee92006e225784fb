"""The runs page in parts, and the line above the task list that hears of runs by others."""

from __future__ import annotations

from django.urls import reverse

from preannotation import actions
from preannotation.models import PreannotationRun
from projects.models import Task
from tests.conftest import client_of
from tests.preannotation.conftest import add_tasks, ready
from tests.projects.rows import page, texts


def address(name, project):
    return reverse(f"preannotation:{name}", args=[project.pk])


def seen_in(response) -> str:
    (seen,) = page(response).xpath("//input[@name='seen']/@value")
    return str(seen)


def test_older_runs_are_on_pages_of_their_own(configured, manager, monkeypatch):
    monkeypatch.setattr("projects.listing.LISTED", 2)
    deployment = ready(actions.deploy(configured, manager))
    made = [PreannotationRun.objects.create(project=configured, deployment=deployment, scope="x") for _ in range(5)]
    newest_first = [str(run.pk) for run in made[::-1]]
    client, where, shown = client_of(manager), address("runs", configured), []
    while where:
        answer = client.get(where)
        shown.append(texts(answer, "//tbody//th"))
        following = page(answer).xpath("//a[@rel='next']/@href")
        where = f"{address('runs', configured)}{following[0]}" if following else ""
    assert shown == [newest_first[:2], newest_first[2:4], newest_first[4:]]


def test_a_list_that_is_open_hears_of_a_run_by_somebody_else(configured, manager, annotator):
    add_tasks(configured, ["a"])
    client, where = client_of(annotator), address("progress", configured)
    seen = seen_in(client.get(where))
    assert (seen, client.get(where, {"seen": seen}).status_code) == ("none", 204)
    ready(actions.deploy(configured, manager))
    run = actions.preannotate(configured, manager, Task.objects.all(), "all")
    heard = client.get(where, {"seen": seen})
    assert (heard.status_code, "tasks-changed" in heard["HX-Trigger"]) == (200, True)
    assert page(heard).xpath("//section/@hx-trigger") == ["every 2s"]
    actions.cancel(run, manager)
    through = client.get(where, {"seen": seen_in(heard)})
    assert page(through).xpath("//section/@hx-trigger") == ["every 30s"]
    assert client.get(where, {"seen": seen_in(through)}).status_code == 204
