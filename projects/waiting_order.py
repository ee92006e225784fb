"""What waits for one person, in the order of import: the next page is found from the next few of each kind."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import QuerySet

from projects import waiting
from projects.models.ids import Ids, estimated_rows
from projects.models.task import TaskQuerySet, TaskStatus
from projects.task_order import Place, TaskOrder

# Of each kind, at first: most of what waits is shown, so that a page needs hardly more than its size.
FEW = 200


@dataclass(frozen=True)
class WaitingOrder(TaskOrder):
    """An order by id of those tasks alone that wait for somebody. user_pk: for whom."""

    user_pk: int = 0
    bounds: tuple[int, int] = field(default=(0, 0))

    def ids(self, tasks: TaskQuerySet, size: int, place: Place | None = None, back: bool = False) -> list[int]:
        """As of any order; tasks: whether or not they wait."""
        down = self.descending != back
        tasks = tasks.exclude(status=TaskStatus.REVIEWED)
        near: set[int] = set()
        ends: list[int] = []
        for kind in self._kinds():
            if place:
                kind = kind.filter(**{"task__lt" if down else "task__gt": place.pk})
            some = list(kind.order_by("-task" if down else "task").values_list("task", flat=True)[:FEW])
            near.update(some)
            if len(some) == FEW:
                ends.append(some[-1])
        # Behind the nearest of these ends some of one kind are still unknown.
        end = (max(ends) if down else min(ends)) if ends else None
        known = [pk for pk in near if end is None or (pk >= end if down else pk <= end)]
        found = super().ids(tasks.among(Ids.of(known)), size, place, back)
        if len(found) >= size or end is None:
            return found
        return super().ids(waiting.for_person(tasks, self.user_pk), size, place, back)

    def estimate(self) -> int:
        """How many they may be, without looking."""
        return sum(estimated_rows(kind) for kind in self._kinds())

    def _kinds(self) -> tuple[QuerySet, ...]:
        first, last = self.bounds
        return tuple(
            kind.filter(task__gte=first, task__lte=last).order_by() for kind in waiting.of_person(self.user_pk)
        )
