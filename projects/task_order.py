"""The orders of the task list, and what lies before and behind a place in one.

Each order ends in the task's id, so that it is the same every time. An order is a row of stretches, each of which one
index serves: tasks with a value by that value, then those without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import BooleanField, Exists, F, Func, OrderBy, OuterRef, Q, Value
from django.utils.dateparse import parse_datetime

from projects.models import Assignment, Task
from projects.models.listed_task import ListedTask
from projects.models.task_queries import TaskQuerySet, first_ids

MAX_DIGITS = 18
COLUMNS = {
    "id": None,
    "title": "title",
    "tags": "tags__0",
    "status": "status",
    "people": None,
    "regions": "region_count",
    "lowest": "lowest_confidence",
    "doubt": "doubt",
    "updated": "updated_at",
}
WITHOUT_CONFIDENCE = Q(lowest_confidence__isnull=True)
# Which tasks have the value, and which don't, in the words of the indexes.
SOMETIMES_MISSING = {
    "tags": (~Q(tags=[]), Q(tags=[])),
    "regions": (Q(region_count__isnull=False), Q(region_count__isnull=True)),
    "lowest": (~WITHOUT_CONFIDENCE, WITHOUT_CONFIDENCE),
    "doubt": (Q(doubt__isnull=False), WITHOUT_CONFIDENCE),
}


@dataclass(frozen=True)
class Stretch:
    """Part of an order. column: the tasks' own values, by which they are ordered before their ids. key: what the tasks
    have in common, None for those that lack the value."""

    condition: Q
    column: str | None = None
    key: str | None = None


class Beyond(Func):
    """Row comparison, which an index on both columns answers wherever the row lies among equal values."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, *expressions: Any, sign: str = ">") -> None:
        super().__init__(*expressions)
        self.sign = sign

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        compiled = [compiler.compile(expression) for expression in self.source_expressions]
        params = [param for _, given in compiled for param in given]
        (column, _), (pk, _), (value, _), (at, _) = compiled
        return f"({column}, {pk}) {self.sign} ({value}, {at})", params


@dataclass(frozen=True)
class Place:
    """Where a page begins or ends: a task's id, and its value in the order as an address has it, None for no value."""

    pk: int
    value: str | None = None

    @classmethod
    def of(cls, data: Mapping[str, str], name: str) -> Place | None:
        given = data.get(name, "")
        if not (given.isascii() and given.isdigit() and len(given) <= MAX_DIGITS and int(given)):
            return None
        return cls(int(given), data["at"].replace("\0", "") if "at" in data else None)


@dataclass(frozen=True)
class TaskOrder:
    """name: one of COLUMNS. people: (user name, id) of the project's members by name, for the order by annotator."""

    name: str = "id"
    descending: bool = False
    people: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, value: str | None, people: Iterable[tuple[str, int]] = ()) -> TaskOrder:
        """From an address, where a minus sign before the name means descending; import order for anything else."""
        name = (value or "").removeprefix("-")
        if name not in COLUMNS or (name == "people" and not people):
            return cls()
        return cls(name, (value or "").startswith("-"), tuple(sorted(people)) if name == "people" else ())

    @property
    def query(self) -> str:
        """As the address has it; "" for import order."""
        return "" if self == TaskOrder() else f"{'-' if self.descending else ''}{self.name}"

    def ids(self, tasks: TaskQuerySet, size: int, place: Place | None = None, back: bool = False) -> list[int]:
        """Up to `size` ids behind a place (back: before it, nearest first); from the beginning, or the end, without."""
        stretches = self._stretches(tasks)[::-1] if back else self._stretches(tasks)
        down = self.descending != back
        start, beyond = self._start(stretches, place, down)
        return first_ids(self._parts(tasks, stretches[start:], beyond, down), size)

    def _parts(self, tasks: TaskQuerySet, stretches: list[Stretch], beyond: Any, down: bool) -> Iterator[TaskQuerySet]:
        """Made as they are asked for: most pages lie in the first. beyond: of which part of that."""
        for number, stretch in enumerate(stretches):
            if self.name in tasks.with_value_in and not stretch.column:
                # None is there, and the planner, who does not see why, could look at each of all the others for it.
                continue
            some = tasks.filter(stretch.condition)
            if beyond is not None and not number:
                some = some.filter(beyond)
            columns = (stretch.column, "pk")
            yield some.order_by(*(OrderBy(F(column), descending=down) for column in columns if column))

    def place_query(self, name: str, task: Task | ListedTask) -> str:
        """A place at a task, for an address: name is "after" or "before"."""
        place = self.place(task)
        return urlencode({name: place.pk} | ({} if place.value is None else {"at": place.value}))

    def place(self, task: Task | ListedTask) -> Place:
        return Place(task.pk, self._value(task))

    def _start(self, stretches: list[Stretch], place: Place | None, down: bool) -> tuple[int, Any]:
        """The stretch that a place lies in, and what lies beyond it there."""
        if place is None:
            return 0, None
        sign = "<" if down else ">"
        plain = Q(**{"pk__lt" if down else "pk__gt": place.pk})
        for number, stretch in enumerate(stretches):
            if stretch.column and (value := self._parsed(place.value)) is not None:
                field = Task._meta.get_field(stretch.column.removesuffix("__0"))
                given = Value(value, getattr(field, "base_field", field))
                return number, Beyond(stretch.column, "pk", given, Value(place.pk), sign=sign)
            if not stretch.column and stretch.key == place.value:
                return number, plain
        # The address was cut or changed by hand: from the beginning.
        return 0, plain if self.name == "id" else None

    def _stretches(self, tasks: TaskQuerySet) -> list[Stretch]:
        column = COLUMNS[self.name]
        if self.name == "people":
            return self._stretches_of_people(tasks)
        if self.name in SOMETIMES_MISSING:
            there, missing = SOMETIMES_MISSING[self.name]
            return [Stretch(there, column), Stretch(missing)]
        return [Stretch(Q(), column)]

    def _stretches_of_people(self, tasks: TaskQuerySet) -> list[Stretch]:
        """By the first annotator by name; those without one at the end."""
        annotators = tasks.bounding(Assignment.objects.filter(role=Assignment.Role.ANNOTATOR))
        of_task = annotators.filter(task=OuterRef("pk"))
        stretches, earlier = [], []
        for name, user in self.people:
            theirs = Q(pk__in=annotators.filter(user=user).values("task"))
            alone = Q(~Exists(of_task.filter(user__in=list(earlier)))) if earlier else Q()
            stretches.append(Stretch(theirs & alone, key=name))
            earlier.append(user)
        return [*(stretches[::-1] if self.descending else stretches), Stretch(Q(~Exists(of_task)))]

    def _value(self, task: Task | ListedTask) -> str | None:
        if self.name == "id":
            return None
        if self.name == "people":
            known = dict(self.people)
            return min((name for name, role in task.people if role == "annotator" and name in known), default=None)
        if self.name == "tags":
            return task.tags[0] if task.tags else None
        value = getattr(task, COLUMNS[self.name] or "pk")
        if value is None:
            return None
        return value.isoformat() if self.name == "updated" else str(value)

    def _parsed(self, value: str | None) -> Any:
        if value is None:
            return None
        try:
            if self.name == "regions":
                return int(value) if len(value) < 10 else None
            if self.name in ("lowest", "doubt"):
                return float(value)
            return parse_datetime(value) if self.name == "updated" else value
        except ValueError:
            return None
