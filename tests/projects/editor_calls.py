"""What the editor's page sends about one task with one annotator, and what it gets."""

import json

from django.urls import reverse

from projects.models import Assignment, Project, Task
from tests.conftest import client_of
from tests.projects.rows import make_tasks, span

NOTE = "Given aspirin 100 mg daily."
ASPIRIN, DOSE = span(NOTE, 6, 13, confidence=None), span(NOTE, 14, 20, "DOSAGE", confidence=None)


def assigned_task(project: Project, annotator) -> Task:
    task = make_tasks(project, NOTE)[0]
    Assignment.objects.create(task=task, user=annotator, role="annotator")
    return task


def url(task: Task, name: str, *ids: int) -> str:
    return reverse(f"projects:{name}", args=[task.project_id, task.pk, *ids])


def body(result=(), version=None, **fields):
    given = {"draft_key": None, "copied_from": "", "result": list(result), "set_aside": [], "note": "", "seconds": 2.5}
    return given | {"config_version": 1} | ({"version": version} if version else {}) | fields


def send(user, address: str, given) -> tuple[int, dict]:
    data = given if isinstance(given, (str, bytes)) else json.dumps(given)
    response = client_of(user).post(address, data, content_type="application/json")
    return response.status_code, response.json()


def create(user, task, result=(), **fields) -> tuple[int, dict]:
    return send(user, url(task, "completion_create"), body(result, **fields))


def save(user, task, pk, result, version, **fields) -> tuple[int, dict]:
    return send(user, url(task, "completion_save", pk), body(result, version, **fields))


def submit(user, task, pk, result, version, **fields) -> tuple[int, dict]:
    return send(user, url(task, "completion_submit", pk), body(result, version, **fields))
