"""A training in its worker, with a stand-in for the engine in a real child process: what it says arrives, and however
it ends, the row says so and nothing half made stays."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection

from preannotation.models import NlpModel, Training
from preannotation.training import actions, job
from projects.models import Activity
from tests.preannotation.test_training_actions import asked

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def fake_engine(monkeypatch, settings, tmp_path) -> None:
    monkeypatch.setattr(job, "WORK", "tests.preannotation.fake_engine:work")
    settings.ENGINE_CHILDREN_DIR = tmp_path / "children"


def children() -> list[psutil.Process]:
    """Engines that live: what other tests started may end, or stand as a zombie, while it is looked at."""
    found = []
    for one in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "child" in " ".join(one.cmdline()):
                found.append(one)
    return found


def ended(project, name: str, manager) -> Training:
    training = actions.start(asked(project, name=name, epochs="3"), manager)
    job.train_next()
    training.refresh_from_db()
    return training


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("refused", "No label can be learned from this."),
        (
            "full",
            "Its memory was full. Raise ANNOTATIONLAB_SPARK_MEMORY, or take smaller embeddings or a smaller batch.",
        ),
        (
            "killed",
            "Its process was killed (signal 9), as the system does when the machine's memory is full. End other "
            "programs, or lower ANNOTATIONLAB_SPARK_MEMORY, then try again.",
        ),
    ],
)
def test_a_training_that_fails_says_why_and_leaves_nothing(labelled, manager, name, failure):
    training = ended(labelled, name, manager)
    assert (training.state, training.failure) == ("failed", failure)
    assert Activity.objects.newest().first().words == f"could not finish {training} of {name}: {failure}"
    assert not NlpModel.objects.filter(name=name).exists()
    assert list(Path(settings.ENGINE_CHILDREN_DIR).iterdir()) == []


def test_a_cancel_kills_the_engine_within_seconds_and_what_it_said_stays(labelled, manager):
    training = actions.start(asked(labelled, name="slow", epochs="3"), manager)

    def cancel_when_heard() -> None:
        try:
            deadline = time.monotonic() + 120
            while not Training.objects.get(pk=training.pk).history and time.monotonic() < deadline:
                time.sleep(0.1)
            actions.cancel(training, manager)
        finally:
            connection.close()

    canceller = threading.Thread(target=cancel_when_heard)
    canceller.start()
    job.train_next()
    canceller.join()
    training.refresh_from_db()
    assert (training.state, training.history[0]["f1"], training.cancel_asked_at is not None) == (
        "cancelled", 0.25, True,
    )  # fmt: skip
    assert "-- training\n" in training.log
    assert (training.finished_at - training.cancel_asked_at).total_seconds() < 10
    assert (children(), list(Path(settings.ENGINE_CHILDREN_DIR).iterdir())) == ([], [])


def test_nothing_is_done_where_nothing_waits(labelled):
    job.train_next()
    assert Training.objects.count() == 0
