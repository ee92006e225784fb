"""What one person does next: of all tasks that wait for them the first in the project's order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from django.db import transaction

from projects import status, waiting
from projects.access import Membership
from projects.models import Task
from projects.models.project import NextTaskOrder, Role
from projects.models.task import TaskStatus
from projects.models.task_queries import TaskQuerySet
from projects.task_filter import TaskFilter
from projects.task_order import TaskOrder
from projects.waiting import Waiting

# Somebody else takes a task between the look and the lock now and then, hardly so often in a row.
MOST_TRIES = 20


class Part(Enum):
    """Where in the order of a stage to look: behind the task at hand and else from the start, or in one of both."""

    ANY = "any"
    BEHIND = "behind"
    START = "start"


@dataclass(frozen=True)
class Stage:
    """Tasks that wait for the same reason. among: where to look. waiting: which of them wait, None for all. words: that
    reason. takes: whoever gets one is assigned to it."""

    among: TaskQuerySet
    waiting: Waiting | None
    words: str
    takes: bool = False

    @cached_property
    def tasks(self) -> TaskQuerySet:
        return self.among if self.waiting is None else waiting.in_order(self.among, self.waiting)


@dataclass(frozen=True)
class Next:
    """words: why this one comes now."""

    task: Task
    words: str


def next_task(membership: Membership, list_address: Mapping[str, str], after: Task | None = None) -> Next | None:
    """The next task for this person among those that a list shows; None where nothing waits but `after`.

    Where `after` itself still waits it was passed over: what comes behind it follows, and it comes round again last.
    A task that anybody may take is theirs from now on; it comes only when all else is done or passed over.
    """
    asked = TaskFilter.of(list_address)
    order = TaskOrder.of(list_address.get("sort"))
    if not order.query and membership.project.next_task_order == NextTaskOrder.DOUBTFUL:
        order = TaskOrder("doubt")
    everybodys = Task.objects.in_project(membership.project).within_bounds(by_value=order.name != "id")
    anybodys = asked.apply(everybodys.telling(membership.user, membership.roles))
    stages = list(_stages(membership, anybodys))
    for stage, part in _round(stages, after):
        found = _taken(stage, order, after, membership) if stage.takes else _first(stage.tasks, order, after, part)
        if found:
            doubt = _doubt(found) if order.name == "doubt" else ""
            return Next(found, f"{stage.words}{doubt}")
    return None


def _stages(membership: Membership, anybodys: TaskQuerySet) -> Iterator[Stage]:
    """What waits longest for this person first: what came back, what is begun, what is assigned, what is free.

    anybodys: whether or not the person may see them; where an assignment is asked for, or none, that goes without
    saying.
    """
    pk, roles = membership.user.pk, membership.roles
    seen = anybodys.visible_to(membership.user, roles, membership.project)
    annotates = bool(roles & {Role.OWNER, Role.MANAGER, Role.ANNOTATOR})
    if annotates:
        yield Stage(seen, waiting.to_correct(pk), "To correct: the review sent it back")
        yield Stage(seen, waiting.begun(pk), "You have begun it")
        yield Stage(anybodys, waiting.to_begin(pk), "Assigned to you")
    if membership.reviews:
        yield Stage(seen, waiting.correcting(pk), "You have begun to correct it")
        yield Stage(anybodys, waiting.to_review(pk, membership.owns), "Waits for review")
    if annotates and membership.project.annotators_take_next:
        yield Stage(waiting.free(anybodys), None, "Nobody had it; it is yours now", takes=True)
    elif membership.manages:
        yield Stage(waiting.free(anybodys), None, "Nobody is assigned to it")


def _round(stages: list[Stage], after: Task | None) -> Iterator[tuple[Stage, Part]]:
    """Each stage, and which part of it to look at: all, or where `after` waits itself what lies behind it, and what
    lies before it at the end."""
    at = _stage_of(after, stages) if after else None
    if at is None:
        yield from ((stage, Part.ANY) for stage in stages)
        return
    kept = [stage for stage in stages if not stage.takes]
    if stages[at].takes:
        at = len(kept)
    yield from ((stage, Part.BEHIND) for stage in kept[at : at + 1])
    yield from ((stage, Part.START) for stage in [*kept[at + 1 :], *kept[: at + 1]])
    yield from ((stage, Part.START) for stage in stages if stage.takes)


def _stage_of(task: Task, stages: list[Stage]) -> int | None:
    """The first stage that a task waits in."""
    reasons = [stage.waiting for stage in stages if stage.waiting]
    known = {reasons[number] for number in waiting.reasons(task.pk, reasons)}
    is_open = task.status != TaskStatus.REVIEWED
    possible = (
        (number, stage.among)
        for number, stage in enumerate(stages)
        if stage.waiting is None or (is_open and stage.waiting in known)
    )
    return next((number for number, among in possible if among.filter(pk=task.pk).exists()), None)


def _first(tasks: TaskQuerySet, order: TaskOrder, after: Task | None, part: Part) -> Task | None:
    ids = order.ids(tasks, 1, order.place(after)) if after and part != Part.START else []
    if not ids and part != Part.BEHIND:
        ids = order.ids(tasks.exclude(pk=after.pk) if after else tasks, 1)
    return Task.objects.filter(pk=ids[0]).first() if ids else None


def _taken(stage: Stage, order: TaskOrder, after: Task | None, membership: Membership) -> Task | None:
    """The first one that nobody else is about to take, now assigned."""
    for _ in range(MOST_TRIES):
        with transaction.atomic():
            # Tasks that others hold are passed over; what they have taken by the time the lock is ours, shows only
            # to a statement that begins after it.
            lockable = stage.tasks.select_for_update(skip_locked=True, no_key=True, of=("self",))
            found = _first(lockable, order, after, Part.ANY)
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
