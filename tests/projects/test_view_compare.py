import re

import pytest
from django.urls import reverse
from django.utils import timezone

from projects import compared
from projects.models import Assignment, Completion, Prediction, Task
from projects.models.project import Role
from tests.conftest import client_of
from tests.preannotation.conftest import add_tasks

TEXT = "aspirin\r\n100 mg 😀 daily"
DRUG, DOSE, WIDE = (0, 7, "DRUG"), (9, 15, "DOSAGE"), (9, 17, "DOSAGE")


def result(*spans: tuple[int, int, str]) -> list[dict]:
    return [
        {"id": f"r{start}", "from_name": "label", "to_name": "text", "type": "labels",
         "value": {"start": start, "end": end, "text": TEXT[start:end], "labels": [label]}}
        for start, end, label in spans
    ]  # fmt: skip


@pytest.fixture
def task(project, annotator, reviewer) -> Task:
    [task] = add_tasks(project, [TEXT])
    task.assignments.create(user=annotator, role=Assignment.Role.ANNOTATOR)
    task.assignments.create(user=reviewer, role=Assignment.Role.REVIEWER)
    return task


@pytest.fixture
def mine(task, annotator) -> Completion:
    return Completion.objects.create(
        task=task, user=annotator, username="anna", result=result(DRUG, WIDE), submitted_at=timezone.now()
    )


@pytest.fixture
def theirs(task, reviewer) -> Completion:
    return Completion.objects.create(task=task, user=reviewer, username="rui", result=result(DOSE))


@pytest.fixture
def prediction(task) -> Prediction:
    return Prediction.objects.create(
        task=task, text_hash=task.text_hash, source_key=task.text_hash, model_version="ner 1", result=result(DRUG, DOSE)
    )


@pytest.fixture
def address(task) -> str:
    return reverse("projects:compare", args=[task.project_id, task.pk])


def test_the_newest_completion_stands_beside_the_newest_prediction(mine, prediction, annotator, address):
    answer = client_of(annotator).get(address)
    assert (answer.context["left_key"], answer.context["right_key"]) == (f"c{mine.pk}", f"p{prediction.pk}")
    page = answer.content.decode()
    assert f"Completion {mine.pk} by anna, submitted" in page
    rows = answer.context["compared"].rows
    assert [(row.word, row.left.text, row.right.text) for row in rows] == [
        ("Same", "aspirin", "aspirin"),
        ("Boundary differs", "100 mg 😀", "100 mg"),
    ]
    assert re.findall(r"<dt>(?:Agreement|F1): .*?</dt><dd>(.*?)</dd>", page) == ["0.50", "0.50"]


def test_each_row_leads_to_its_place_in_both_texts_which_keep_every_character(mine, prediction, annotator, address):
    page = client_of(annotator).get(address).content.decode()
    links, places = re.findall(r'href="#((?:left|right)-\d+)"', page), re.findall(r'id="((?:left|right)-\d+)"', page)
    assert sorted(links) == sorted(places) == ["left-0", "left-9", "right-0", "right-9"]
    assert page.count("aspirin</mark>&#13;\n<mark") == 2
    assert re.findall(r'class="([^"]*differs)" id="([^"]*)"', page) == [
        ("b1 u0-1 differs", "left-9"),
        ("b1 u0-1 differs", "right-9"),
    ]


def test_the_filter_leaves_the_chosen_kinds_and_the_figures_stay_those_of_all(mine, prediction, annotator, address):
    answer = client_of(annotator).get(address, {"kind": ["boundary", "nonsense"]})
    shown = answer.context["compared"]
    assert [row.word for row in shown.rows] == ["Boundary differs"]
    assert [(word, count, is_shown) for _, word, count, is_shown in shown.boxes] == [
        ("Only left", 0, False), ("Only right", 0, False), ("Boundary differs", 1, True), ("Label differs", 0, False),
        ("Same", 1, False),
    ]  # fmt: skip
    assert shown.comparison.agreement == 0.5


def test_annotators_compare_their_own_work_only_and_reviewers_that_of_all(
    mine, theirs, prediction, annotator, reviewer, manager, address
):
    query = {"left": f"c{theirs.pk}", "right": f"p{prediction.pk}"}
    assert [choice.key for choice in client_of(annotator).get(address).context["choices"]] == [
        f"c{mine.pk}",
        f"p{prediction.pk}",
    ]
    assert [client_of(user).get(address, query).status_code for user in (annotator, reviewer, manager)] == [
        404,
        200,
        200,
    ]


def test_a_reviewer_who_only_annotates_this_task_compares_own_work_only(
    mine, theirs, prediction, project, annotator, address
):
    project.members.create(user=annotator, role=Role.REVIEWER)
    answer = client_of(annotator).get(address)
    assert [choice.key for choice in answer.context["choices"]] == [f"c{mine.pk}", f"p{prediction.pk}"]


def test_the_list_that_the_task_was_reached_from_is_kept(mine, prediction, annotator, task, address):
    page = client_of(annotator).get(address, {"list": "status=submitted"}).content.decode()
    assert f'href="{task.get_absolute_url()}?list=status%3Dsubmitted"' in page
    assert '<input type="hidden" name="list" value="status=submitted">' in page


def test_strangers_find_nothing_and_unassigned_annotators_are_refused(mine, task, outsider, annotator, address):
    task.assignments.all().delete()
    assert [client_of(user).get(address).status_code for user in (outsider, annotator)] == [404, 403]


@pytest.mark.parametrize("key", ["c999999", "p999999", "p", "x1", "c1' OR 1=1", "c" + "9" * 30])
def test_what_the_task_does_not_have_is_not_found(mine, prediction, manager, address, key):
    assert client_of(manager).get(address, {"left": key, "right": f"c{mine.pk}"}).status_code == 404


def test_a_hidden_prediction_is_not_compared(mine, prediction, manager, address):
    Prediction.objects.update(hidden=True)
    assert client_of(manager).get(address, {"right": f"p{prediction.pk}"}).status_code == 404


def test_with_less_than_two_the_page_says_what_there_is(task, prediction, manager, address):
    page = client_of(manager).get(address).content.decode()
    assert f"this task has only Prediction {prediction.pk} by ner 1" in page


def test_long_tables_are_cut_and_say_so(mine, prediction, manager, address, monkeypatch):
    monkeypatch.setattr(compared, "MOST_ROWS", 1)
    answer = client_of(manager).get(address)
    assert (len(answer.context["compared"].rows), "And 1 more." in answer.content.decode()) == (1, True)


def test_relations_and_choices_are_told_by_the_texts_that_they_join(mine, prediction, manager, address):
    relation = {"type": "relation", "from_id": "r0", "to_id": "r9", "labels": ["dose of"], "direction": "right"}
    choice = {"id": "k", "from_name": "kind", "type": "choices", "value": {"choices": ["letter"]}}
    Completion.objects.filter(pk=mine.pk).update(result=[*mine.result, relation, choice])
    rows = client_of(manager).get(address, {"kind": "left"}).context["compared"].rows
    assert [(row.left.names, row.left.text, row.right) for row in rows] == [
        ("letter", "kind", None),
        ("dose of", "aspirin → 100 mg 😀", None),
    ]
