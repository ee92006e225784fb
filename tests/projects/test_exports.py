"""Exports that wait for a worker, and what is kept of them."""

from __future__ import annotations

import json
import os
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from projects import exports, uploads
from projects.deletion import delete_project_with_tasks
from projects.exchange import ANNOTATION_LAB, Cancelled, Wanted
from projects.models import Completion, ExportReport, Task
from tests.conftest import client_of
from tests.projects.rows import make_tasks, span


@pytest.fixture
def everything_waits(monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE_TASKS", 0)


@pytest.mark.django_db(transaction=True)
def test_a_large_export_is_written_by_a_worker_and_offered_then(project, manager, everything_waits):
    make_tasks(project, "one", "two")
    client = client_of(manager)
    page = reverse("projects:export", args=[project.pk])
    assert client.post(page, {"format": "annotation_lab"}).url == page
    assert [job.task["func"] for job in OrmQ.objects.all()] == ["projects.jobs.run_export"]
    report = ExportReport.objects.get()
    file = reverse("projects:export_file", args=[project.pk, report.pk])
    assert client.get(file).status_code == 404
    exports.run(report.pk)
    report.refresh_from_db()
    assert (report.state, report.written, report.words) == ("done", 2, "all tasks")
    assert len(json.loads(b"".join(client.get(file).streaming_content))) == 2


@pytest.mark.parametrize(("most", "state"), [(8, "done"), (7, "queued")])
def test_a_few_tasks_wait_for_a_worker_where_their_texts_are_long(project, owner, monkeypatch, most, state):
    monkeypatch.setattr(exports, "AT_ONCE_CHARACTERS", most)
    make_tasks(project, "one", "three")
    assert exports.begin(project, Wanted(ANNOTATION_LAB), "", owner).state == state


def test_only_the_tasks_of_the_filter_are_written(project, owner):
    first, second = make_tasks(project, "one", "two")
    Task.objects.filter(pk=second.pk).update(preannotation_state="failed")
    report = exports.begin(project, Wanted(ANNOTATION_LAB), "state=failed", owner)
    held = json.loads(uploads.path_of(report.file).read_bytes())
    assert ([task["data"]["text"] for task in held], report.words) == (["two"], "pre-annotation: failed")


@pytest.mark.parametrize(("only", "count"), [("", 3), ("submitted", 1), ("starred", 1)])
def test_only_the_completions_that_are_wanted_are_written(project, owner, only, count):
    text = "Given aspirin."
    task = make_tasks(project, text)[0]
    for values in ({}, {"submitted_at": timezone.now()}, {"starred": True}):
        Completion.objects.create(task=task, user=owner, username="olga", result=[span(text, 6, 13)], **values)
    report = exports.begin(project, Wanted(ANNOTATION_LAB, only=only), "", owner)
    held = json.loads(uploads.path_of(report.file).read_bytes())
    assert len(held[0]["completions"]) == count


def test_a_cancelled_export_keeps_no_file(project, owner, settings, monkeypatch):
    make_tasks(project, "one")

    def cancelled(*arguments):
        raise Cancelled

    monkeypatch.setattr(exports, "write_checked", cancelled)
    report = exports.begin(project, Wanted(ANNOTATION_LAB), "", owner)
    assert (report.state, report.file, list(settings.UPLOADS_DIR.iterdir())) == ("cancelled", "", [])


def test_files_are_forgotten_after_a_week(project, owner):
    make_tasks(project, "one")
    report = exports.begin(project, Wanted(ANNOTATION_LAB), "", owner)
    path = uploads.path_of(report.file)
    ExportReport.objects.update(created_at=timezone.now() - timedelta(days=8))
    exports.remove_old()
    report.refresh_from_db()
    assert (path.exists(), report.file) == (False, "")


def test_strangers_and_annotators_get_no_file(project, owner, annotator, outsider):
    make_tasks(project, "one")
    report = exports.begin(project, Wanted(ANNOTATION_LAB), "", owner)
    url = reverse("projects:export_file", args=[project.pk, report.pk])
    assert [client_of(person).get(url).status_code for person in (outsider, annotator, owner)] == [404, 403, 200]


def test_files_of_a_deleted_project_go_with_it(project, owner, django_capture_on_commit_callbacks):
    make_tasks(project, "one")
    path = uploads.path_of(exports.begin(project, Wanted(ANNOTATION_LAB), "", owner).file)
    with django_capture_on_commit_callbacks(execute=True):
        delete_project_with_tasks(project.pk)
    assert path.exists() is False


def test_old_files_that_no_row_names_are_swept_away(project, owner):
    make_tasks(project, "one")
    named = uploads.path_of(exports.begin(project, Wanted(ANNOTATION_LAB), "", owner).file)
    left, young = uploads.path_of("left"), uploads.path_of("young")
    for path in (left, young):
        path.write_text("half an export")
    for path in (named, left):
        os.utime(path, (0, 0))
    assert uploads.sweep() == 1
    assert (named.exists(), left.exists(), young.exists()) == (True, False, True)
