"""Pages of the task list of a large project, through the whole web application but for the socket.

Makes its own project and people in the configured database, straight into the tables, behind another project of the
same size, whose rows a page must not pay for, and deletes them at the end.
Each request is measured in five rounds after one that warms up, and the median counts: what else the machine does for
a few seconds then meets a page once, not five times. Of three kinds of requests the slowest are told apart: pages with
one filter, one order or one search; pages with a filter in another order than that of import; the way to the next task.
"""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Avg
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from bench._task_list_rows import fill, forget_confidences, index
from projects.deletion import delete_project_with_tasks
from projects.models import Project, Task
from projects.models.project import NextTaskOrder, Role
from projects.task_list import COLUMNS

PAGE, COMBINED, NEXT = "slowest_ms", "slowest_combined_ms", "slowest_next_ms"
REPETITIONS = 5
MOST_MS = 60.0
SHOWN = 12


@dataclass(frozen=True)
class Asked:
    """One request of one person."""

    client: Client
    address: str
    name: str
    expected: Collection[int] = (200,)

    def counted(self) -> tuple[int, int]:
        """(queries, rows in the answer), which warms up."""
        with CaptureQueriesContext(connection) as queries:
            answer = self.client.get(self.address)
        asked = len(queries)  # later requests empty the log that this is counted from
        if answer.status_code not in self.expected:
            raise SystemExit(f"{self.address} answered {answer.status_code}")
        return asked, answer.content.count(b'id="task-')

    def milliseconds(self) -> float:
        started = time.perf_counter()
        self.client.get(self.address)
        return (time.perf_counter() - started) * 1000


@dataclass(frozen=True)
class Measured:
    name: str
    milliseconds: float
    queries: int
    rows: int

    @property
    def kind(self) -> str:
        if "next task" in self.name:
            return NEXT
        return COMBINED if "filter" in self.name and ", sort " in self.name else PAGE


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench tasklist", description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--keep", action="store_true", help="leave the project in the database")
    options = parser.parse_args(argv)
    people = [User.objects.create_user(f"bench-{secrets.token_hex(3)}-{number}") for number in range(6)]
    neighbour = Project.create(owner=people[0], name=f"Older project of {options.tasks} tasks")
    project = Project.create(owner=people[0], name=f"Benchmark of {options.tasks} tasks")
    for user in people[1:]:
        project.members.create(user=user, role=Role.ANNOTATOR)
    try:
        fill(neighbour, people, options.tasks)
        index(neighbour)
        started = time.monotonic()
        fill(project, people, options.tasks)
        filled = time.monotonic()
        index(project)
        print(f"{options.tasks} tasks made in {filled - started:.0f} s, indexed in {time.monotonic() - filled:.0f} s")
        measured = _measure(project, people)
    finally:
        if not options.keep:
            for made in (project, neighbour):
                delete_project_with_tasks(made.pk)
            User.objects.filter(pk__in=[user.pk for user in people]).delete()
    return _tell(measured, options.tasks)


def _measure(project: Project, people: list[User]) -> list[Measured]:
    url = reverse("projects:tasks", args=[project.pk])
    manager, annotator = _client(people[0]), _client(people[1])
    pages = [
        page for name, query in _manager_queries(people) for page in _pages(manager, url, f"manager, {name}", query)
    ]
    pages += [
        page
        for name, query in _annotator_queries(people[1])
        for page in _pages(annotator, url, f"annotator, {name}", query)
    ]
    measured = _in_rounds(pages)
    for order in NextTaskOrder.values:
        Project.objects.filter(pk=project.pk).update(next_task_order=order)
        measured += _in_rounds(list(_next_tasks(project, people, order)))
    return measured + _measure_without_confidence(project, people)


def _measure_without_confidence(project: Project, people: list[User]) -> list[Measured]:
    """When nearly every task has regions of models that tell no confidence."""
    forget_confidences(project)
    url = reverse("projects:tasks", args=[project.pk])
    orders = [f"{sign}{name}" for name in ("regions", "lowest", "doubt") for sign in ("", "-")]
    pages = [
        page
        for name in orders
        for page in _pages(_client(people[0]), url, f"few confidences, sort {name}", f"sort={name}")
    ]
    next_tasks = list(_next_tasks(project, people, "few confidences, sort regions", "sort=regions"))
    return _in_rounds(pages) + _in_rounds(next_tasks)


def _client(user: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


def _next_tasks(project: Project, people: list[User], order: str, listed: str = "") -> Iterator[Asked]:
    """The way to the next task, from the list and from a task in the middle; the task's own page is not asked for.
    listed: the list's address."""
    url = reverse("projects:next_task", args=[project.pk])
    middle = Task.objects.filter(project=project).aggregate(pk=Avg("pk"))["pk"]
    for who, number in (("manager", 0), ("annotator", 1), ("nearly done", 3), ("idle", 5)):
        client = _client(people[number])
        for name, after in (("first", {}), ("after another", {"after": int(middle)})):
            address = f"{url}?{urlencode({'list': listed, **after})}"
            yield Asked(client, address, f"{who}, next task {order}, {name}", {200, 302})


def _manager_queries(people: list[User]) -> Iterator[tuple[str, str]]:
    yield "all", ""
    yield "sort doubt", "sort=doubt"
    for column, *_ in COLUMNS:
        yield f"sort {column}", f"sort={column}"
        yield f"sort -{column}", f"sort=-{column}"
    for filtered in (
        "state=!", "state=found", "state=empty", "state=failed", "status=incomplete", "status=in_progress",
        "status=submitted", "status=reviewed", "status=to_correct", "tag=Train", "tag=Test", "tag=Rare", "tag=Absent",
        "person=!", f"person={people[1].username}", f"person={people[4].username}", "label=DRUG", "label=RARE",
        "version=ner_bench+1", "version=ner_bench+2", "most=0.2", "least=0.9", "least=0.4&most=0.41",
        "predictions=with", "predictions=without", "state=found&status=reviewed&tag=Train", "conflicts=with",
        f"by={people[1].username}", "by=nobody", "review=rejected", "verdict=boundary", "verdict=relabelled",
        f"todo={people[0].username}", f"todo={people[1].username}", f"todo={people[4].username}",
    ):  # fmt: skip
        yield f"filter {filtered}", filtered
    for column in ("title", "-updated", "lowest", "-regions", "tags"):
        for filtered in ("status=reviewed", "state=failed", "tag=Rare", "label=DRUG", "person=!", "q=common"):
            yield f"filter {filtered}, sort {column}", f"{filtered}&sort={column}"
    for column in ("lowest", "-lowest", "regions", "-regions", "doubt"):
        for filtered in ("most=0.2", "least=0.9", "least=0.5&most=0.5", "state=!", "state=found"):
            yield f"filter {filtered}, sort {column}", f"{filtered}&sort={column}"
    yield "filter tag=Absent, sort tags", "tag=Absent&sort=tags"
    yield from ((f"search {words}", f"q={words}") for words in SEARCHES)


SEARCHES = (
    "common", "half", "tenth", "hundredth", "single", "absent", "commo*", "hund*", "%22common+half%22", "half+tenth",
    "tenth+hundredth", "label:DRUG", "label:RARE", "label:DRUG=aspirin", "label:DRUG=once", "label:DRUG=absent",
    "choice:discharge", "choice:rare", "common+label:DRUG", "single+label:DRUG",
)  # fmt: skip


def _annotator_queries(annotator: User) -> Iterator[tuple[str, str]]:
    yield "all", ""
    for query in ("sort=title", "sort=-updated", "sort=lowest", "state=failed", "status=incomplete",
                  "tag=Train", "tag=Rare", "label=DRUG", "q=common", "q=half", "q=single", "q=absent", "q=label:DRUG",
                  "predictions=without", "person=!", f"todo={annotator.username}"):  # fmt: skip
        yield query, query


def _pages(client: Client, url: str, name: str, query: str) -> list[Asked]:
    """First page, last page, and one between: three before the last."""
    last = f"{url}?{query}&last" if query else f"{url}?last"
    asked = [Asked(client, f"{url}?{query}", f"{name}, first page"), Asked(client, last, f"{name}, last page")]
    address = last
    for _ in range(3):
        previous = html.document_fromstring(client.get(address).content.decode()).xpath("//a[@rel='prev']/@href")
        if not previous:
            break
        address = f"{url}{previous[0]}"
    if address != last:
        asked.append(Asked(client, address, f"{name}, middle page"))
    return asked


def _in_rounds(several: list[Asked]) -> list[Measured]:
    answers = [asked.counted() for asked in several]
    rounds = [[asked.milliseconds() for asked in several] for _ in range(REPETITIONS)]
    return [
        Measured(asked.name, statistics.median(times), *answer)
        for asked, answer, *times in zip(several, answers, *rounds, strict=True)
    ]


def _tell(measured: list[Measured], tasks: int) -> int:
    measured = sorted(measured, key=lambda page: -page.milliseconds)
    for page in measured[:SHOWN]:
        print(f"{page.milliseconds:7.1f} ms  {page.queries:2} queries  {page.rows:2} rows  {page.name}")
    slowest = {
        kind: max(round(page.milliseconds, 1) for page in measured if page.kind == kind)
        for kind in (PAGE, COMBINED, NEXT)
    }
    figures = {
        "bench": "tasklist",
        "tasks": tasks,
        "pages": len(measured),
        **slowest,
        "median_ms": round(statistics.median(page.milliseconds for page in measured), 1),
        "queries": max(page.queries for page in measured),
        "over": sum(page.milliseconds > MOST_MS for page in measured),
    }
    print(json.dumps(figures))
    return 0 if slowest[PAGE] <= MOST_MS else 1
