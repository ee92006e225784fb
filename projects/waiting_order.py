"""What waits for one person, in the order of import: the next page is found from the next few of each kind."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import connection

from projects import waiting
from projects.models.ids import Ids, Statement, estimated_rows
from projects.models.task import TaskStatus
from projects.models.task_queries import TaskQuerySet
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
        near: dict[int, list[int]] = {}
        for number, pk in self._next(place, down):
            near.setdefault(number, []).append(pk)
        # Behind the nearest of these ends some of one kind are still unknown.
        ends = [(min if down else max)(some) for some in near.values() if len(some) == FEW]
        end = (max(ends) if down else min(ends)) if ends else None
        known = {pk for some in near.values() for pk in some if end is None or (pk >= end if down else pk <= end)}
        found = super().ids(tasks.among(Ids.of(known)), size, place, back)
        if len(found) >= size or end is None:
            return found
        return super().ids(waiting.for_person(tasks, self.user_pk), size, place, back)

    def estimate(self) -> int:
        """How many they may be, without looking."""
        kinds = (f"({kind.between(self.bounds)})" for kind in waiting.of_person(self.user_pk))
        return estimated_rows(Statement(" UNION ALL ".join(kinds)))

    def _next(self, place: Place | None, down: bool) -> list[tuple[int, int]]:
        """(number of the kind, id of a task) of the next FEW of each kind, in one statement."""
        first, last = self.bounds
        if place and down:
            last = min(last, place.pk - 1)
        elif place:
            first = max(first, place.pk + 1)
        kinds = (
            f"(SELECT {number}, task FROM ({kind.between((first, last), down, FEW)}) AS kind (task))"
            for number, kind in enumerate(waiting.of_person(self.user_pk))
        )
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(kinds))
            return cursor.fetchall()
