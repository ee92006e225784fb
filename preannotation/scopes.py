"""Which tasks a run is to be about: the choices of the popup, each with its exact count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from django.http import QueryDict

from preannotation.mapping import source_key
from preannotation.models import Deployment, PreannotationRun
from projects.access import Membership
from projects.labeling_config import parse
from projects.models import Project, Task
from projects.models.task_queries import TaskQuerySet
from projects.task_filter import TaskFilter

TICKED, PAGE, FILTER, WITHOUT, STALE = "ticked", "page", "filter", "without", "stale"
KINDS = (TICKED, PAGE, FILTER, WITHOUT, STALE)
MOST_TICKED = 20_000


@dataclass(frozen=True)
class Choice:
    """One choice of the popup. title: what it means, in words. count: exact."""

    kind: str
    title: str
    tasks: TaskQuerySet
    ids: tuple[int, ...] = ()

    @cached_property
    def count(self) -> int:
        return 0 if self.kind in (TICKED, PAGE) and not self.ids else self.tasks.count()

    @property
    def words(self) -> str:
        """As the run's record keeps it."""
        if not self.count:
            return "no task selected"
        return f"{self.title}: 1 task" if self.count == 1 else f"{self.title}: {self.count:,} tasks"


@dataclass(frozen=True)
class Scope:
    """The tasks that a popup is about, and what else could be chosen there. filter: a canonical query string."""

    chosen: Choice
    choices: tuple[Choice, ...]
    ticked: tuple[int, ...] = ()
    page: tuple[int, ...] = ()
    filter: str = ""
    problem: str = ""
    thresholds: dict[str, float] = field(default_factory=dict)

    @property
    def tasks(self) -> TaskQuerySet:
        return self.chosen.tasks

    @property
    def count(self) -> int:
        return 0 if self.problem else self.chosen.count

    @property
    def words(self) -> str:
        return self.chosen.words

    @property
    def ticked_list(self) -> str:
        return ",".join(map(str, self.ticked))

    @cached_property
    def gone(self) -> list[int]:
        """Ids of ticked tasks that are not there any more."""
        known = next((choice for choice in self.choices if choice.kind == TICKED), None)
        if known is None or known.count == len(known.ids):
            return []
        return known.tasks.missing(known.ids)

    @property
    def page_list(self) -> str:
        return ",".join(map(str, self.page))


def scope_of(data: QueryDict, membership: Membership) -> Scope:
    """`scope` names the choice; without it, ticked tasks (`task`), all that match (`everything`), or this `page`.
    Ids come one by one or joined by commas. Nothing ticked never means the whole project."""
    ticked, page = _ids(data.getlist("task")), _ids(data.getlist("page"))
    given = TaskFilter.of(QueryDict(data.get("filter", "")))
    offered = {choice.kind: choice for choice in _choices(membership, ticked[:MOST_TICKED], page[:MOST_TICKED], given)}
    usual = FILTER if data.get("everything") == "1" else TICKED if ticked else PAGE
    kind = data.get("scope", "")
    chosen = offered.get(kind) or offered.get(usual) or offered[PAGE]
    problem = (
        f"{len(ticked):,} tasks are ticked, more than {MOST_TICKED:,}. Choose all that match the filter instead."
        if len(ticked) > MOST_TICKED and chosen.kind == TICKED
        else ""
    )
    return Scope(chosen, tuple(offered.values()), ticked, page, given.query, problem)


def without_predictions(project: Project) -> Choice:
    tasks = Task.objects.filter(project=project)
    return Choice(WITHOUT, "all tasks without predictions", tasks.without_predictions())


def stale(project: Project) -> Choice:
    """What the ready deployment would answer differently: other model versions, another config, another text."""
    tasks = Task.objects.filter(project=project)
    current = current_sources(project)
    outdated = tasks.with_outdated_predictions(current) if current else tasks.none()
    return Choice(STALE, "all tasks with stale predictions", outdated)


def matching(project: Project, given: TaskFilter) -> Choice:
    words = f"all tasks that match the filter ({given.words})" if given.words else "all tasks of the project"
    return Choice(FILTER, words, given.apply(Task.objects.in_project(project)))


def current_sources(project: Project) -> set[UUID]:
    """Sources that the ready deployment with the config as it stands would give, under any thresholds used so far;
    none where nothing is ready."""
    deployment = Deployment.objects.ready_in(project)
    config = parse(project.labeling_config).config
    if not deployment or not config:
        return set()
    versions = dict(deployment.nlp_models.values_list("name", "version"))
    used = PreannotationRun.objects.filter(project=project).order_by().values_list("thresholds", flat=True).distinct()
    return {source_key(config, versions, thresholds) for thresholds in [{}, *used]}


def _choices(
    membership: Membership, ticked: tuple[int, ...], page: tuple[int, ...], given: TaskFilter
) -> Iterable[Choice]:
    tasks = membership.tasks
    if ticked:
        yield Choice(TICKED, "selected", tasks.filter(pk__in=ticked), ticked)
    if page or not ticked:
        yield Choice(PAGE, "this page", tasks.filter(pk__in=page), page)
    yield matching(membership.project, given)
    yield without_predictions(membership.project)
    yield stale(membership.project)


def _ids(values: Iterable[str]) -> tuple[int, ...]:
    parts = (part for value in values for part in value.split(","))
    return tuple(dict.fromkeys(int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 19))
