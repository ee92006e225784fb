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
# Where others are changing many tasks at once, so many are looked at for one that they leave alone.
MOST_HELD = 10_000

FIRST_NOT_HELD = """
SELECT t.* FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked (id, place) JOIN projects_task t ON t.id = asked.id
ORDER BY asked.place LIMIT 1 FOR NO KEY UPDATE OF t SKIP LOCKED
"""


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
    ids = _first_ids(tasks, order, after, part, 1)
    return Task.objects.filter(pk=ids[0]).first() if ids else None


def _first_ids(tasks: TaskQuerySet, order: TaskOrder, after: Task | None, part: Part, size: int) -> list[int]:
    """Up to `size`. An id may come twice where the order is begun from the start again."""
    ids = order.ids(tasks, size, order.place(after)) if after and part != Part.START else []
    if len(ids) < size and part != Part.BEHIND:
        ids += order.ids(tasks.exclude(pk=after.pk) if after else tasks, size - len(ids))
    return ids


def _taken(stage: Stage, order: TaskOrder, after: Task | None, membership: Membership) -> Task | None:
    """The first one that nobody else is about to take, now assigned."""
    for tried in range(MOST_TRIES):
        # The search itself locks nothing: it looks at hundreds of tasks for one, and at several parts of an order.
        size = min(10**tried, MOST_HELD)
        ids = _first_ids(stage.tasks, order, after, Part.ANY, size)
        with transaction.atomic():
            found = next(iter(Task.objects.raw(FIRST_NOT_HELD, [ids])), None)
            # What others had taken before the lock was ours, shows only to a statement that begins after it.
            if found and waiting.free(Task.objects.filter(pk=found.pk)).exists():
                found.assignments.create(user=membership.user, role=Role.ANNOTATOR)
                status.refresh([found.pk])
                return found
        if found is None and len(ids) < size:
            return None
    return None


def _doubt(task: Task) -> str:
    if task.lowest_confidence is None:
        return ""
    conflicts = task.conflict_count or 0
    disagree = f", models disagree in {conflicts} place{'' if conflicts == 1 else 's'}" if conflicts else ""
    return f". Most doubtful first: lowest confidence {task.lowest_confidence:.2f}{disagree}"
