"""One page of the task list, by keyset: it costs the same wherever it lies."""

from __future__ import annotations

from dataclasses import dataclass

from projects.models import Task
from projects.models.task import TaskQuerySet

PAGE_SIZE = 50


@dataclass(frozen=True)
class TaskPage:
    """Tasks in import order."""

    tasks: list[Task]
    has_previous: bool
    has_next: bool

    @classmethod
    def of(cls, tasks: TaskQuerySet, after: int | None, before: int | None, last: bool = False) -> TaskPage:
        """The page behind one task's id, before another's, the last one, or else the first."""
        if before or last:
            found = tasks.page_before(before, PAGE_SIZE)
            if len(found) > PAGE_SIZE:
                return cls(found[1:], has_previous=True, has_next=bool(before))
            if last:
                return cls(found, has_previous=False, has_next=False)
            # Going back has reached the beginning: the first page, and a full one.
            after = None
        found = tasks.page_after(after, PAGE_SIZE)
        return cls(found[:PAGE_SIZE], has_previous=bool(after), has_next=len(found) > PAGE_SIZE)

    @property
    def was_preannotated(self) -> bool:
        """Whether a run has said anything of a task here: then the page keeps room for its progress."""
        return any(task.preannotation_state for task in self.tasks)

    @property
    def first(self) -> int | None:
        return self.tasks[0].pk if self.tasks else None

    @property
    def last(self) -> int | None:
        return self.tasks[-1].pk if self.tasks else None


def neighbours(tasks: TaskQuerySet, pk: int) -> tuple[int | None, int | None]:
    """Ids of the tasks before and behind this one in the list."""
    ids = tasks.values_list("pk", flat=True)
    return ids.filter(pk__lt=pk).order_by("-pk").first(), ids.filter(pk__gt=pk).order_by("pk").first()
