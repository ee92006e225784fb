from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from projects.models import Assignment, Completion, Project, Task
from tests.conftest import client_of
from tests.projects.rows import make_tasks, page, predict, span
from tests.projects.test_view_task import given, url

NOTE = "Given aspirin 100 mg daily."
CONFIG = """<View>
  <Labels name="label" toName="text" choice="multiple">
    <Label value="Drug" alias="DRUG" background="#2f7ed8" hotkey="d" hint="what is given"/>
    <Label value="absent" assertion="true" model="assertion_problem"/>
  </Labels>
  <Choices name="kind" toName="text" choice="multiple" required="true" perRegion="true" layout="inline">
    <Choice value="note"><Choice value="discharge" alias="D" hotkey="1"/></Choice>
  </Choices>
  <Relations><Relation value="has dose" allowed="Drug&gt;DOSAGE, DRUG&lt;&gt;DRUG"/></Relations>
  <Text name="text" value="$note"/>
</View>"""


@pytest.fixture
def task(project: Project, annotator) -> Task:
    task = make_tasks(project, NOTE)[0]
    Assignment.objects.create(task=task, user=annotator, role="annotator")
    return task


def completed(task: Task, user, submitted_at=None, **fields) -> Completion:
    return Completion.objects.create(task=task, user=user, username=user.username, submitted_at=submitted_at, **fields)


def seen(person, task, query="") -> dict:
    return given(client_of(person).get(url(task) + query))


def opened(person, task, query="") -> int | None:
    completion = seen(person, task, query)["completion"]
    return completion and completion["id"]


def test_the_config_comes_with_everything_that_the_editor_obeys(project, task, annotator):
    Project.objects.update(labeling_config=CONFIG, config_version=3)
    assert seen(annotator, task)["config"] == {
        "version": 3,
        "source": "$note",
        "labels": [
            {
                "control": "label", "to": "text", "value": "DRUG", "also": "Drug", "colour": 0, "hotkey": "d",
                "assertion": False, "model": "", "hint": "what is given", "multiple": True,
            },
            {
                "control": "label", "to": "text", "value": "absent", "also": "absent", "colour": 1, "hotkey": "",
                "assertion": True, "model": "assertion_problem", "hint": "", "multiple": True,
            },
        ],
        "choices": [
            {
                "control": "kind", "to": "text", "multiple": True, "required": True, "per_region": True,
                "layout": "inline", "header": "",
                "options": [
                    {"path": ["note"], "value": "note", "also": "note", "hotkey": "", "hint": ""},
                    {"path": ["note", "D"], "value": "D", "also": "discharge", "hotkey": "1", "hint": ""},
                ],
            }
        ],
        "relations": [{"value": "has dose", "allowed": ["DRUG>DOSAGE", "DRUG<>DRUG"]}],
        "other_labels": [],
    }  # fmt: skip


def test_labels_that_left_the_config_still_have_a_colour_of_their_own(task, annotator):
    predict(task, [span(NOTE, 6, 13, "GONE")])
    response = client_of(annotator).get(url(task))
    assert given(response)["config"]["other_labels"] == [{"control": "label", "value": "GONE", "colour": 2}]
    assert b".b2{--label:hsl(" in response.content


def test_without_work_of_ones_own_a_new_completion_begins(task, annotator, manager):
    completed(task, manager)
    assert (opened(annotator, task), seen(annotator, task)["may"]) == (None, {"edit": True})


def test_ones_newest_draft_opens_before_what_one_submitted(task, annotator):
    draft = completed(task, annotator, result=[span(NOTE, 6, 13)], note="unsure", set_aside=[])
    submitted = completed(task, annotator, submitted_at=task.created_at)
    assert opened(annotator, task) == draft.pk
    assert seen(annotator, task)["completion"] == {
        "id": draft.pk, "version": 1, "own": True, "editable": True, "submitted_at": None, "starred": False,
        "result": draft.result, "set_aside": [], "note": "unsure", "copied_from": "",
    }  # fmt: skip
    assert opened(annotator, task, f"?completion={submitted.pk}") == submitted.pk
    assert opened(annotator, task, "?completion=new") is None


def test_what_is_submitted_cannot_be_edited(task, annotator):
    completed(task, annotator, submitted_at=task.created_at)
    assert seen(annotator, task)["may"] == {"edit": False}
    assert seen(annotator, task)["completion"]["editable"] is False


def test_a_reviewer_sees_what_waits_for_review_and_edits_nothing(task, annotator, reviewer):
    Assignment.objects.create(task=task, user=reviewer, role="reviewer")
    assert (opened(reviewer, task), seen(reviewer, task)["may"]) == (None, {"edit": False})
    submitted = completed(task, annotator, submitted_at=task.created_at)
    assert (opened(reviewer, task), seen(reviewer, task)["may"]) == (submitted.pk, {"edit": False})


def test_nobody_edits_another_persons_draft(task, annotator, manager):
    draft = completed(task, annotator)
    assert seen(manager, task, f"?completion={draft.pk}")["may"] == {"edit": False}


@pytest.mark.parametrize("asked", ["0", "x", "99999999999999999999"])
def test_a_completion_that_is_not_there_is_not_found(task, annotator, asked):
    assert client_of(annotator).get(f"{url(task)}?completion={asked}").status_code == 404


def test_annotators_do_not_open_what_others_did(task, annotator, manager):
    other = completed(task, manager)
    assert client_of(annotator).get(f"{url(task)}?completion={other.pk}").status_code == 404


def test_a_config_that_cannot_be_read_leaves_a_text_to_read(task, annotator):
    Project.objects.update(labeling_config="<View>")
    response = client_of(annotator).get(url(task))
    assert given(response)["may"] == {"edit": False}
    assert "cannot be read" in response.content.decode()


def test_the_addresses_keep_the_list_that_the_task_was_reached_from(project, task, annotator):
    listed = "?list=status%3Dincomplete"
    base = reverse("projects:task", args=[project.pk, task.pk])
    assert seen(annotator, task, listed)["urls"] == {
        "create": f"{base}completions/",
        "save": f"{base}completions/0/save/",
        "submit": f"{base}completions/0/submit/{listed}",
        "prediction": f"{base}predictions/0/",
        "task": base,
        "login": reverse("login"),
    }


def test_every_part_of_the_script_is_fetched_at_once(task, annotator):
    parts = sorted((Path(settings.BASE_DIR) / "static/js/editor").glob("*.js"))
    fetched = page(client_of(annotator).get(url(task))).xpath("//link[@rel='modulepreload']/@href")
    assert fetched == [f"/static/js/editor/{part.name}" for part in parts]
