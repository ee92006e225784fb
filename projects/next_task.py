"""What one person does next: of all tasks that wait for them the first in the project's order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef

from projects import status
from projects.access import Membership
from projects.models import Assignment, Completion, Task
from projects.models.completion import ReviewState
from projects.models.project import NextTaskOrder, Role
from projects.models.task import TaskQuerySet, TaskStatus
from projects.task_filter import TaskFilter
from projects.task_order import TaskOrder

# Somebody else takes a task between the look and the lock now and then, hardly so often in a row.
MOST_TRIES = 20


@dataclass(frozen=True)
class Stage:
    """Tasks that wait for the same reason. words: that reason. takes: whoever gets one is assigned to it."""

    tasks: TaskQuerySet
    words: str
    takes: bool = False


@dataclass(frozen=True)
class Next:
    """words: why this one comes now."""

    task: Task
    words: str


def next_task(membership: Membership, list_address: Mapping[str, str], after: Task | None = None) -> Next | None:
    """The next task for this person among those that a list shows, behind `after` in its order, else from the
    beginning; None where nothing waits. A task that anybody may take is theirs from now on."""
    asked = TaskFilter.of(list_address)
    order = TaskOrder.of(list_address.get("sort"))
    if not order.query and membership.project.next_task_order == NextTaskOrder.DOUBTFUL:
        order = TaskOrder("doubt")
    for stage in _stages(membership, asked.apply(membership.tasks.within_bounds())):
        found = _taken(stage, order, after, membership) if stage.takes else _first(stage.tasks, order, after)
        if found:
            doubt = _doubt(found) if order.name == "doubt" else ""
            return Next(found, f"{stage.words}{doubt}")
    return None


def _stages(membership: Membership, tasks: TaskQuerySet) -> Iterator[Stage]:
    """What waits longest for this person first: what came back, what is begun, what is assigned, what is free."""
    user, project = membership.user, membership.project
    own = Completion.objects.filter(task=OuterRef("pk"), user=user)
    submitted = own.filter(submitted_at__isnull=False)
    if membership.roles & {Role.OWNER, Role.MANAGER, Role.ANNOTATOR}:
        rejected = Exists(submitted.filter(review=ReviewState.REJECTED))
        yield Stage(tasks.filter(rejected, status=TaskStatus.TO_CORRECT), "To correct: the review sent it back")
        drafts = Exists(own.filter(submitted_at=None, corrects=None))
        yield Stage(tasks.filter(drafts).exclude(Exists(submitted)), "You have begun it")
        yield Stage(_of(tasks, user.pk, Role.ANNOTATOR).exclude(Exists(own)), "Assigned to you")
    if membership.reviews:
        waits = Completion.objects.filter(task=OuterRef("pk"), review="", submitted_at__isnull=False, corrects=None)
        correcting = Exists(own.filter(submitted_at=None, corrects__isnull=False))
        yield Stage(tasks.filter(correcting), "You have begun to correct it")
        mine = tasks if membership.owns else _of(tasks, user.pk, Role.REVIEWER)
        yield Stage(mine.filter(Exists(waits.exclude(user=user)), status=TaskStatus.SUBMITTED), "Waits for review")
    if Role.ANNOTATOR in membership.roles and project.annotators_take_next:
        yield Stage(_free(tasks), "Nobody had it; it is yours now", takes=True)
    elif membership.manages:
        yield Stage(_free(tasks), "Nobody is assigned to it")


def _of(tasks: TaskQuerySet, user_pk: int, role: str) -> TaskQuerySet:
    return tasks.filter(Exists(Assignment.objects.filter(task=OuterRef("pk"), user=user_pk, role=role)))


def _free(tasks: TaskQuerySet) -> TaskQuerySet:
    annotators = Assignment.objects.filter(task=OuterRef("pk"), role=Role.ANNOTATOR)
    return tasks.filter(~Exists(annotators), status=TaskStatus.INCOMPLETE)


def _first(tasks: TaskQuerySet, order: TaskOrder, after: Task | None) -> Task | None:
    ids = order.ids(tasks, 1, order.place(after)) if after else []
    ids = ids or order.ids(tasks.exclude(pk=after.pk) if after else tasks, 1)
    return Task.objects.filter(pk=ids[0]).first() if ids else None


def _taken(stage: Stage, order: TaskOrder, after: Task | None, membership: Membership) -> Task | None:
    """The first one that nobody else is about to take, now assigned."""
    for _ in range(MOST_TRIES):
        with transaction.atomic():
            # Tasks that others hold are passed over; what they have taken by the time the lock is ours, shows only
            # to a statement that begins after it.
            found = _first(stage.tasks.select_for_update(skip_locked=True, no_key=True, of=("self",)), order, after)
            if found is None:
                return None
            if not found.assignments.filter(role=Role.ANNOTATOR).exists():
                found.assignments.create(user=membership.user, role=Role.ANNOTATOR)
                status.refresh([found.pk])
                return found
    return None


def _doubt(task: Task) -> str:
    if task.lowest_confidence is None:
        return ""
    conflicts = task.conflict_count or 0
    disagree = f", models disagree in {conflicts} place{'' if conflicts == 1 else 's'}" if conflicts else ""
    return f". Most doubtful first: lowest confidence {task.lowest_confidence:.2f}{disagree}"
