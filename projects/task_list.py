"""The task list as its address asks for it: filter, order, page, and what stands around the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from projects.access import Membership
from projects.labeling_config import parse
from projects.models import Assignment, KnownValue, Project, Task, Verdict
from projects.models.task import PreannotationState, TaskStatus
from projects.models.task_queries import FEW, TaskQuerySet
from projects.task_filter import NEVER, NOBODY, REVIEWS, TaskFilter
from projects.task_order import Place, TaskOrder
from projects.task_pages import TaskPage, neighbours
from projects.waiting_order import WaitingOrder

MOST_COUNTED = 10_000
MOST_OFFERED = 200
# Fields of the filter that tasks' marks alone answer.
COUNTED_BY_MARKS = {"label", "version", "verdict", "review", "by"}
STATES = [(NEVER, "Not preannotated"), *PreannotationState.choices[1:]]
Kind = KnownValue.Kind


@dataclass(frozen=True)
class Column:
    """A column's head: where a click leads, and which way the list runs by it now ("", "ascending", "descending")."""

    name: str
    title: str
    css: str
    query: str
    sorted: str
    help: str = ""


COLUMNS = (
    ("id", "Id", "number wide-only", "Order of import"),
    ("title", "Task", "", ""),
    ("tags", "Tags", "wide-only", "By the first tag"),
    ("status", "Status", "", ""),
    ("people", "Assignees", "wide-only", "By the first annotator"),
    ("regions", "Pre-annotation", "", "By the number of regions"),
    ("lowest", "Lowest", "number wide-only", "Lowest confidence of the regions"),
    ("updated", "Updated", "number wide-only", ""),
)


@dataclass(frozen=True)
class TaskList:
    """One person's list of one project's tasks."""

    membership: Membership
    filter: TaskFilter
    order: TaskOrder

    @classmethod
    def of(cls, membership: Membership, data: Mapping[str, str]) -> TaskList:
        # Others see hardly anything but their own tasks.
        people = membership.project.members.all() if membership.manages else []
        named = {(member.user.username, member.user_id) for member in people}
        order = TaskOrder.of(data.get("sort"), named)
        return cls(membership, TaskFilter.of(data), order)

    @cached_property
    def tasks(self) -> TaskQuerySet:
        return self.filter.apply(self.membership.tasks)

    @cached_property
    def _in_order(self) -> TaskQuerySet:
        return self.filter.apply(self.membership.tasks.within_bounds(by_value=self.order.name != "id"))

    @cached_property
    def _walk(self) -> tuple[TaskQuerySet, TaskOrder]:
        """The tasks and the order in which pages of them are found. What waits for a person has one of its own."""
        all_tasks = self.membership.tasks
        user = self.filter.waiting_for(all_tasks) if self.order.name == "id" else None
        if user is None:
            return self._in_order, self.order
        tasks = self.filter.without_todo.apply(all_tasks.within_bounds())
        bounds = tasks.bounds or (0, 0)
        return tasks, WaitingOrder(self.order.name, self.order.descending, user_pk=user, bounds=bounds)

    def page(self, data: Mapping[str, str]) -> TaskPage:
        tasks, order = self._walk
        page = TaskPage.of(tasks, Place.of(data, "after"), Place.of(data, "before"), last="last" in data, order=order)
        # What others have done would lead annotators, also those who review other tasks.
        reviewer = [self.membership.user.get_username(), Assignment.Role.REVIEWER.value]
        for task in page.tasks:
            if self.membership.manages or (self.membership.reviews and reviewer in task.people):
                task.tell_work()
        return page

    def footer_count(self, page: TaskPage) -> tuple[int, str]:
        """(count, what stands before it); not asked of the database where the page holds all."""
        if not (page.has_previous or page.has_next):
            return len(page.tasks), ""
        order = self._walk[1]
        if isinstance(order, WaitingOrder) and set(self.filter.given) == {"todo"}:
            estimate = order.estimate()
            if estimate > FEW:
                return estimate, "about"
        if self._in_order.most is not None and self.membership.manages and self._is_one_lookup:
            # All that it finds are tasks that they may see.
            return self._in_order.most, ""
        # What is rare was found for the page already.
        return (self.tasks if self._in_order.most is None else self._in_order).footer_count()

    @property
    def _is_one_lookup(self) -> bool:
        """Whether the filter asks for marks alone, or for words alone."""
        given, search = set(self.filter.given), self.filter.search
        return given <= COUNTED_BY_MARKS or (given == {"q"} and not (search.words and search.marks))

    def neighbours(self, task: Task) -> tuple[int | None, int | None]:
        return neighbours(self._walk[0], task, self._walk[1])

    @property
    def query(self) -> str:
        """Filter and order as an address has them; a page of it goes behind."""
        return urlencode(self.filter.given | self._sort(self.order.query))

    @property
    def query_and(self) -> str:
        return f"{self.query}&" if self.query else ""

    @property
    def unfiltered(self) -> str:
        return urlencode(self._sort(self.order.query))

    @property
    def chips(self) -> list[tuple[str, str]]:
        """(what one field of the filter says, query string without it)."""
        sort = self._sort(self.order.query)
        return [
            (words, urlencode({key: value for key, value in self.filter.given.items() if key != name} | sort))
            for name, words in self.filter.parts
        ]

    def columns(self) -> Iterator[Column]:
        for name, title, css, help_text in COLUMNS:
            if name == "people" and not self.membership.manages:
                yield Column(name, title, css, "", "")
                continue
            mine = self.order.name == name
            # A second click turns the order round, whether by name or by import.
            turned = name if not mine or self.order.descending else f"-{name}"
            query = urlencode(self.filter.given | self._sort("" if turned == "id" else turned))
            now = ("descending" if self.order.descending else "ascending") if mine else ""
            yield Column(name, title, css, query, now, help_text)

    def orders(self) -> Iterator[tuple[str, str]]:
        """(as the address has it, in words) for each order: on narrow windows there are no heads to click."""
        for name, title, _, _ in COLUMNS:
            if name != "people" or self.membership.manages:
                yield ("" if name == "id" else name), title
                yield f"-{name}", f"{title}, descending"
        yield "doubt", "Doubtful first"

    def offers(self) -> dict[str, object]:
        """What the fields of the filter offer to choose from."""
        project = self.membership.project
        known: dict[str, list[str]] = {kind: [] for kind in Kind.values}
        for kind, value in project.known_values.order_by("kind", "value").values_list("kind", "value"):
            if len(known[kind]) < MOST_OFFERED:
                known[kind].append(value)
        config = parse(project.labeling_config).config
        labels = {label.name for control in config.labels_controls for label in control.labels} if config else set()
        return {
            "states": STATES,
            "statuses": TaskStatus.choices,
            "verdicts": Verdict.Kind.choices,
            "reviews": REVIEWS,
            "nobody": NOBODY,
            "people": _usernames(project),
            "workers": self._workers(),
            "tags": known[Kind.TAG],
            "labels": sorted(labels.union(known[Kind.LABEL])),
            "versions": known[Kind.VERSION],
        }

    def _workers(self) -> list[tuple[str, str]]:
        """(user name, how it is offered) of those whose work may be looked for: oneself first, others by managers."""
        me = self.membership.user.get_username()
        others = _usernames(self.membership.project) if self.membership.manages else []
        return [(me, "Me"), *((name, name) for name in others if name != me)]

    def unsearchable(self) -> int:
        """How many new tasks a search by words can't find yet, counted up to MOST_COUNTED. Texts are indexed in the
        order of import, so that all are where the newest one is."""
        newest = Task.objects.filter(project=self.membership.project).order_by("-pk").values_list("pk", "words_row")
        last = newest.first() if self.filter.search.words else None
        if not last or last[1]:
            return 0
        return sum(words is None for _, words in newest[:MOST_COUNTED])

    def _sort(self, query: str) -> dict[str, str]:
        return {"sort": query} if query else {}


def _usernames(project: Project) -> list[str]:
    return sorted({member.user.username for member in project.members.all()})
