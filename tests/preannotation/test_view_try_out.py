"""Trying the models on three tasks, from the popup: shown, and nothing stored."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from preannotation import actions, tryout
from preannotation.contract import Chunk, Findings
from preannotation.models import TryOut, Worker
from projects.models import Prediction
from tests.conftest import client_of
from tests.preannotation.conftest import add_tasks, ready

HTMX = {"HX-Request": "true"}


def address(name: str, project, *more: int) -> str:
    return reverse(f"preannotation:{name}", args=[project.pk, *more])


@pytest.fixture
def deployed(configured, manager):
    ready(actions.deploy(configured, manager))
    return configured


def found(texts):
    return [
        Findings((Chunk(at, at + 7, "aspirin", "DRUG", 0.75, "ner_drug"),))
        if (at := text.find("aspirin")) >= 0
        else Findings()
        for text in texts
    ]


@pytest.mark.parametrize(("person", "status"), [("manager", 200), ("annotator", 403), ("outsider", 404)])
def test_who_may_try(request, deployed, person, status):
    client = client_of(request.getfixturevalue(person))
    assert client.post(address("ask_try_out", deployed), headers=HTMX).status_code == status


def test_three_tasks_are_shown_with_painted_regions_and_the_time_that_all_would_take(deployed, manager):
    texts = ["", "aspirin", *["nothing"] * 5, "x " * 500 + "aspirin <b>", "nothing", "nothing"]
    tasks = add_tasks(deployed, texts)
    client = client_of(manager)
    asked = {"everything": "1", "filter": ""}
    page = client.post(address("ask_try_out", deployed), asked, headers=HTMX).content.decode()
    row = TryOut.objects.get()
    assert row.task_ids == [tasks[1].pk, tasks[3].pk, tasks[6].pk]
    row.task_ids = [tasks[1].pk, tasks[3].pk, tasks[7].pk]
    row.save()
    assert page.count('hx-trigger="every 300ms"') == 1
    tryout.answer(row, found, is_loaded=True)
    TryOut.objects.update(seconds=0.3)
    page = client.get(address("try_out", deployed, row.pk), headers=HTMX).content.decode()
    assert (page.count("<mark"), page.count("&lt;b&gt;"), page.count("hx-trigger")) == (2, 1, 0)
    assert page.count("The models found nothing in this text.") == 1
    assert page.count("All 10 tasks would take about <b>0:00:01</b>") == 1
    assert Prediction.objects.count() == 0


def test_empty_texts_a_missing_deployment_and_bad_thresholds_are_refused_in_words(configured, manager):
    ids = [task.pk for task in add_tasks(configured, ["", " "])]
    client = client_of(manager)
    said = client.post(address("ask_try_out", configured), {"task": ids}, headers=HTMX).content.decode()
    assert said.count("Nothing is deployed in this project") == 1
    ready(actions.deploy(configured, manager))
    said = client.post(address("ask_try_out", configured), {"task": ids}, headers=HTMX).content.decode()
    assert said.count("Every task that was looked at is empty.") == 1
    said = client.post(address("ask_try_out", configured), {"task": ids, "threshold:ner_drug": "2"}, headers=HTMX)
    assert said.content.decode().count("Give a number from 0 to 1, or nothing.") == 1


def test_a_worker_that_died_is_said_and_old_try_outs_go(deployed, manager):
    tasks = add_tasks(deployed, ["aspirin"])
    old = tryout.ask(deployed, manager, deployed.tasks.all(), 1, {})
    TryOut.objects.update(
        state="running",
        claimed_by="host:1:a",
        beat_at=timezone.now() - timedelta(minutes=1),
        created_at=timezone.now() - timedelta(hours=2),
    )
    page = client_of(manager).get(address("try_out", deployed, old.pk), headers=HTMX).content.decode()
    assert (page.count("The worker ended before it answered."), page.count("hx-trigger")) == (1, 0)
    newer = tryout.ask(deployed, manager, deployed.tasks.all(), len(tasks), {})
    assert list(TryOut.objects.all()) == [newer]


def test_a_try_out_that_no_worker_is_there_for_says_so(deployed, manager):
    add_tasks(deployed, ["aspirin"])
    client = client_of(manager)
    page = client.post(address("ask_try_out", deployed), {"everything": "1"}, headers=HTMX).content.decode()
    never = "No Spark worker has answered yet. Start one with make run, or ask who runs this server."
    assert (page.count(never), page.count("A worker takes it after")) == (1, 0)
    Worker.objects.create(queue="spark", host="h", pid=1)
    page = client.get(address("try_out", deployed, TryOut.objects.get().pk), headers=HTMX).content.decode()
    assert (page.count(never), page.count("A worker takes it after")) == (0, 1)
