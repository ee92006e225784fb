"""The tasks that models are evaluated on: tagged Test and reviewed, with the completion that counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db.models.functions import Length

from preannotation.training.examples import TEST, Work, best
from projects.models import Completion, Project, Task
from projects.models.completion import ReviewState
from projects.models.task import TaskStatus
from projects.models.task_queries import TaskQuerySet

MOST_TASKS: Final = 2_000
MOST_CHARACTERS: Final = 20_000_000


def test_tasks(project: Project) -> TaskQuerySet:
    return Task.objects.in_project(project).filter(tags__contains=[TEST], status=TaskStatus.REVIEWED)


def chosen_tasks(project: Project) -> list[int]:
    """Ids of the first of them, up to MOST_TASKS and MOST_CHARACTERS of text."""
    chosen: list[int] = []
    characters = 0
    lengths = test_tasks(project).order_by("pk").annotate(length=Length("text")).values_list("pk", "length")
    for pk, length in lengths[:MOST_TASKS]:
        characters += length
        if chosen and characters > MOST_CHARACTERS:
            break
        chosen.append(pk)
    return chosen


def works(task_ids: list[int]) -> list[Work]:
    """The completion that counts of each of these tasks, by id of the task; a task that has none is left out."""
    tasks = {task.pk: task for task in Task.objects.filter(pk__in=task_ids).only("text", "tags", "project_id")}
    return best(_all_works(tasks))


def _all_works(tasks: dict[int, Task]) -> Iterator[Work]:
    submitted = Completion.objects.filter(task__in=list(tasks), submitted_at__isnull=False)
    fields = ("task_id", "result", "submitted_at", "review", "starred")
    counting = submitted.exclude(review=ReviewState.REJECTED).order_by("pk").values_list(*fields)
    for task_id, result, submitted_at, review, starred in counting.iterator(500):
        task = tasks[task_id]
        # A completion that a reviewer corrected gives way to the correction, which is accepted.
        is_reviewed = review == ReviewState.ACCEPTED
        # The tag may have been taken away since the evaluation was asked for; it goes on with what it was asked about.
        yield Work(task_id, task.text, (TEST,), result, submitted_at, is_reviewed, starred)
