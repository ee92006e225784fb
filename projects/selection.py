"""The tasks that a click in the task list is about: ticked ones, or all that match its filter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.http import QueryDict

from projects.access import Membership
from projects.models import Completion, Prediction
from projects.models.ids import Ids
from projects.models.task_queries import TaskQuerySet
from projects.task_filter import TaskFilter

MOST_TICKED = 20_000
MAX_DIGITS = 18


@dataclass(frozen=True)
class Selection:
    """ids: the ticked ones, as they were sent. filter: of the list, what is meant by `everything`."""

    tasks: TaskQuerySet
    ids: tuple[int, ...]
    filter: TaskFilter
    everything: bool

    @classmethod
    def of(cls, data: QueryDict, membership: Membership) -> Selection:
        """From the fields `task` (ids, also joined by commas), `filter` (a query string) and `everything`."""
        task_filter = TaskFilter.of(QueryDict(data.get("filter", "")))
        ids = ticked(data)
        everything = data.get("everything") == "1"
        tasks = task_filter.apply(membership.tasks) if everything else membership.tasks.among(Ids.of(ids))
        return cls(tasks, () if everything else ids, task_filter, everything)

    @cached_property
    def count(self) -> int:
        """Exact, now."""
        return self.tasks.count() if self.everything or self.ids else 0

    @cached_property
    def completion_count(self) -> int:
        return Completion.objects.filter(task__in=self.tasks.values("pk")).count() if self.count else 0

    @cached_property
    def prediction_count(self) -> int:
        return Prediction.objects.filter(task__in=self.tasks.values("pk")).count() if self.count else 0

    @property
    def gone(self) -> int:
        """How many of the ticked tasks are not there any more."""
        return 0 if self.everything else len(self.ids) - self.count

    @property
    def gone_ids(self) -> list[int]:
        return self.tasks.missing(self.ids)

    @cached_property
    def outside(self) -> list[int]:
        """Ids of the ticked tasks that the list doesn't show with its filter, on any page."""
        return self.filter.apply(self.tasks).missing(self.ids) if self.ids and self.filter.given else []

    @property
    def outside_count(self) -> int:
        """Without those that are not there any more."""
        return len(self.outside) - self.gone if self.outside else 0

    @property
    def words(self) -> str:
        if not self.everything:
            return "selected"
        return f"all that match: {self.filter.words}" if self.filter.given else "all of the project"

    @property
    def joined_ids(self) -> str:
        return ",".join(map(str, self.ids))


def ticked(data: QueryDict) -> tuple[int, ...]:
    values = (value for field in data.getlist("task") for value in field.split(","))
    numbers = (int(value) for value in values if value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS)
    return tuple(dict.fromkeys(numbers))[:MOST_TICKED]
