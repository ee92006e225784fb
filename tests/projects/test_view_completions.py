"""What the editor sends and gets: drafts, submitting, and every refusal."""

import json

import pytest
from django.urls import reverse

from projects.models import Activity, Assignment, Completion, Project, Task, TaskMarks
from tests.conftest import NER_CONFIG, client_of
from tests.projects.rows import make_tasks, span

NOTE = "Given aspirin 100 mg daily."
ASPIRIN, DOSE = span(NOTE, 6, 13, confidence=None), span(NOTE, 14, 20, "DOSAGE", confidence=None)
WITH_KIND = NER_CONFIG.replace(
    "  <Text",
    '  <Choices name="kind" toName="text" required="true"><Choice value="note"/><Choice value="letter"/></Choices>\n'
    "  <Text",
)


@pytest.fixture
def task(project: Project, annotator) -> Task:
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


def test_a_draft_is_made_saved_and_submitted(task, annotator):
    status, made = create(annotator, task, [ASPIRIN])
    assert (status, made["version"], made["status"], made["status_words"]) == (201, 1, "in_progress", "In Progress")
    status, kept = save(annotator, task, made["id"], [ASPIRIN, DOSE], 1, note="sure")
    assert (status, kept["id"], kept["version"]) == (200, made["id"], 2)
    status, done = submit(annotator, task, made["id"], [ASPIRIN, DOSE], 2, note="sure")
    assert (status, done["version"], done["status"]) == (200, 3, "submitted")
    assert done["next"] == f"{reverse('projects:tasks', args=[task.project_id])}next/?after={task.pk}"
    completion = Completion.objects.get()
    assert (completion.result, completion.note, completion.lead_time) == ([ASPIRIN, DOSE], "sure", 7.5)
    assert (completion.user, completion.username) == (annotator, "anna")
    assert completion.submitted_at == completion.updated_at
    assert Task.objects.get().status == "submitted"
    assert sorted(TaskMarks.objects.get().marks)[1:3] == ["l:dosage", "l:drug"]
    log = [(line.by, line.verb, line.words, line.task_id) for line in Activity.objects.all()]
    assert log == [(annotator, "submitted", f"submitted a completion of task {task.pk} (2 regions)", task.pk)]
