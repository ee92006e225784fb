"""One page of the task list, by keyset: it costs the same wherever it lies."""

from __future__ import annotations

from dataclasses import dataclass

from projects.models import Task
from projects.models.listed_task import ListedTask
from projects.models.task import PreannotationState
from projects.models.task_queries import TaskQuerySet
from projects.task_order import Place, TaskOrder

PAGE_SIZE = 50
IMPORTED = TaskOrder()
UNDER_WAY = (PreannotationState.QUEUED, PreannotationState.RUNNING)


@dataclass(frozen=True)
class TaskPage:
    """Tasks in an order."""

    tasks: list[ListedTask]
    has_previous: bool
    has_next: bool
    order: TaskOrder = IMPORTED

    @classmethod
    def of(
        cls,
        tasks: TaskQuerySet,
        after: Place | None,
        before: Place | None,
        last: bool = False,
        order: TaskOrder = IMPORTED,
    ) -> TaskPage:
        """The page behind a place, before another, the last one, or else the first."""
        if before or last:
            found = order.ids(tasks, PAGE_SIZE + 1, before, back=True)[::-1]
            if len(found) > PAGE_SIZE:
                return cls(ListedTask.of(found[1:]), True, bool(before), order)
            if last:
                return cls(ListedTask.of(found), False, False, order)
            # Going back has reached the beginning: the first page, and a full one.
            after = None
        found = order.ids(tasks, PAGE_SIZE + 1, after)
        return cls(ListedTask.of(found[:PAGE_SIZE]), bool(after), len(found) > PAGE_SIZE, order)

    @property
    def was_preannotated(self) -> bool:
        """Whether a run has said anything of a task here: then the page keeps room for its progress."""
        return any(task.preannotation_state for task in self.tasks)

    @property
    def awaits_a_run(self) -> bool:
        """Whether a run still has tasks of this page before it: the rows may be outdated once its progress is asked."""
        return any(task.preannotation_state in UNDER_WAY for task in self.tasks)

    @property
    def previous(self) -> str:
        """Query string of the page before this one, without filter and order."""
        return self.order.place_query("before", self.tasks[0])

    @property
    def next(self) -> str:
        return self.order.place_query("after", self.tasks[-1])


def neighbours(tasks: TaskQuerySet, task: Task, order: TaskOrder = IMPORTED) -> tuple[int | None, int | None]:
    """Ids of the tasks before and behind this one in the list."""
    place = order.place(task)
    before, behind = order.ids(tasks, 1, place, back=True), order.ids(tasks, 1, place)
    return (before[0] if before else None), (behind[0] if behind else None)
