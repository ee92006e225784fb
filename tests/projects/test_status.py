"""Every row of the table in docs/statuses.md, and that the status is written wherever it may change."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from projects import bulk, status, team
from projects.models import Assignment, Completion, Task
from projects.models.task import TaskStatus
from projects.status import Work, status_of
from tests.conftest import person
from tests.projects.rows import make_tasks

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "statuses.md"
START = datetime(2024, 1, 1, tzinfo=UTC)
ROW = re.compile(r"^\|(?P<assigned>[^|]*)\|(?P<works>[^|]*)\|(?P<status>[^|]*)\|[^|]*\|$", re.MULTILINE)
ROWS = [tuple(part.strip() for part in row.group("assigned", "works", "status")) for row in ROW.finditer(
    DOCUMENT.read_text()
)][2:]  # fmt: skip


def work(words: str, place: int) -> Work:
    person, _, state = words.strip().partition(": ")
    corrects, state = state.startswith("correction "), state.removeprefix("correction ")
    assert state in ("draft", "submitted", "accepted", "rejected", "corrected")
    submitted_at = None if state == "draft" else START + timedelta(hours=place)
    return Work(person, submitted_at, "" if state in ("draft", "submitted") else state, corrects)


def works_of(words: str) -> list[Work]:
    return [work(part, place) for place, part in enumerate(words.split(";"))] if words else []


def names(words: str) -> list[str]:
    return [name.strip() for name in words.split(",") if name.strip()]


@pytest.mark.parametrize(("assigned", "works", "expected"), ROWS)
def test_the_table_holds(assigned, works, expected):
    assert status_of(works_of(works), names(assigned)).label == expected


def test_the_table_has_every_status_and_no_row_twice():
    assert {row[2] for row in ROWS} == set(TaskStatus.labels)
    assert len({row[:2] for row in ROWS}) == len(ROWS) > 30


def test_the_database_says_the_same(project, annotator, reviewer, django_assert_num_queries):
    """All rows of the table at once, in three queries."""
    users = {"anna": annotator, "rui": reviewer}
    tasks = make_tasks(project, *(f"text {number}" for number in range(len(ROWS))))
    for task, (assigned, works, _) in zip(tasks, ROWS, strict=True):
        for name in names(assigned):
            if name not in users:
                users[name] = person(name)
            Assignment.objects.create(task=task, user=users[name], role="annotator")
        first = None
        for done in works_of(works):
            made = Completion.objects.create(
                task=task, username=done.person, submitted_at=done.submitted_at, review=done.review,
                corrects=first if done.corrects else None,
            )  # fmt: skip
            first = first or made
    with django_assert_num_queries(3):
        found = status.refresh([task.pk for task in tasks])
    assert [found[task.pk].label for task in tasks] == [row[2] for row in ROWS]
    stored = dict(Task.objects.values_list("pk", "status"))
    assert stored == {pk: value.value for pk, value in found.items()}


def test_only_tasks_whose_status_changes_are_written(project):
    one, two = make_tasks(project, "one", "two")
    Completion.objects.create(task=one, username="anna")
    before = dict(Task.objects.values_list("pk", "updated_at"))
    status.refresh([one.pk, two.pk])
    after = dict(Task.objects.values_list("pk", "updated_at"))
    assert [after[task.pk] > before[task.pk] for task in (one, two)] == [True, False]


def test_assigning_and_taking_back_changes_the_status(project, annotator, manager):
    (task,) = make_tasks(project, "text")
    Completion.objects.create(task=task, user=annotator, username="anna", submitted_at=START)
    seen = []
    everybody = {"role": "annotator", "how": "everybody", "users": [annotator.pk, manager.pk]}
    for verb, what in (
        ("assign", everybody),
        ("unassign", {"role": "annotator", "users": [manager.pk]}),
        ("assign", {**everybody, "how": "evenly", "users": [manager.pk]}),
    ):
        bulk.perform(verb, what, [task.pk])
        seen.append(Task.objects.get().status)
    team.remove(project, manager, None)
    seen.append(Task.objects.get().status)
    assert seen == ["in_progress", "submitted", "in_progress", "submitted"]
