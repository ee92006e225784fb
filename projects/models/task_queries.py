"""Which tasks somebody sees, and how they are found, counted and read for the task list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import connection, models
from django.db.models import F
from django.db.models.functions import Left

from projects.models.ids import Ids, OneOf, PassedBy, Statement, estimated_rows, first_found
from projects.models.project import Project

EXACT_COUNT_UP_TO = 2_000
# Ids that are counted sooner than the planner is asked how many they may be.
FEW = 6_000
# Of the tasks in an order, so many are looked at before all that a search finds are: at least, and for each wanted one.
NEAR, NEAR_EACH = 200, 12
FAILURE_LENGTH = 500
SAMPLE_LENGTH = 500


@dataclass(frozen=True)
class Preannotated:
    """What a run says of one task. lowest_confidence: 0..1, None without regions. conflict_count: places where its
    models disagree. failure: why it failed, or why nothing was found."""

    task_id: int
    state: str
    region_count: int | None = None
    lowest_confidence: float | None = None
    failure: str = ""
    conflict_count: int | None = None


class TaskQuerySet(models.QuerySet["Task"]):
    searched_project: int | None = None
    told_to: int | None = None
    tells_reviewer = False
    bounds: tuple[int, int] | None = None
    by_value = False
    all_assigned = False
    most: int | None = None
    later: Statement | None = None
    with_value_in: frozenset[str] = frozenset()

    def visible_to(self, user: AbstractUser, roles: frozenset[str], project: Project) -> TaskQuerySet:
        """Owner and manager see all; others what they are assigned to; annotators also what nobody is assigned to,
        where the project lets them take the next."""
        if roles & {"owner", "manager"}:
            return self
        tasks = self.telling(user, roles)
        given = self._related("assignments").filter(task=models.OuterRef("pk"))
        allowed = models.Exists(given.filter(user=user, role__in=roles))
        if project.annotators_take_next and "annotator" in roles:
            return tasks.filter(allowed | ~models.Exists(given.filter(role="annotator")))
        tasks.all_assigned = True
        return tasks.filter(allowed)

    def telling(self, user: AbstractUser, roles: frozenset[str]) -> TaskQuerySet:
        """The same tasks for somebody's searches: annotators find by what models and they themselves have said. What
        others decided would lead them, but on tasks that they review."""
        tasks = self.all()
        tasks.told_to = user.pk if "annotator" in roles and not roles & {"owner", "manager"} else None
        tasks.tells_reviewer = "reviewer" in roles
        return tasks

    def without_predictions(self) -> TaskQuerySet:
        return self.exclude(predictions__hidden=False)

    def with_outdated_predictions(self, current: Collection[UUID]) -> TaskQuerySet:
        """Tasks whose newest shown prediction by a run comes from none of these sources, or is about another text."""
        said = self._related("predictions").filter(run_id__isnull=False, hidden=False)
        newest = said.filter(task=models.OuterRef("pk")).order_by("-created_at", "-pk").values("pk")[:1]
        is_current = models.Q(source_key__in=current, text_hash=models.OuterRef("text_hash"))
        outdated = said.filter(~is_current, pk=models.OuterRef("newest_said"))
        # Cheap to ask of all tasks at once, and leaves few of which the newest one must be found.
        some = self.filter(models.Exists(said.filter(~is_current, task=models.OuterRef("pk"))))
        return some.annotate(newest_said=models.Subquery(newest)).filter(models.Exists(outdated))

    def record_preannotation(self, outcomes: Sequence[Preannotated]) -> None:
        """Write what the task list shows of each task, in one statement. A failure leaves the figures of the newest
        shown prediction as they are."""
        columns = [
            [outcome.task_id for outcome in outcomes],
            [outcome.state for outcome in outcomes],
            [outcome.region_count for outcome in outcomes],
            [outcome.lowest_confidence for outcome in outcomes],
            [outcome.failure[:FAILURE_LENGTH] for outcome in outcomes],
            [outcome.conflict_count for outcome in outcomes],
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE projects_task AS t SET preannotation_state = o.state, failure = o.failure, updated_at = now(), "
                "region_count = CASE o.state WHEN 'failed' THEN t.region_count ELSE o.regions END, "
                "lowest_confidence = CASE o.state WHEN 'failed' THEN t.lowest_confidence ELSE o.lowest END, "
                "conflict_count = CASE o.state WHEN 'failed' THEN t.conflict_count ELSE o.conflicts END "
                "FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::float8[], %s::text[], "
                "%s::int[]) AS o (id, state, regions, lowest, failure, conflicts) WHERE t.id = o.id",
                columns,
            )

    def among(self, ids: Ids) -> TaskQuerySet:
        """Those with one of these ids, of which there may be thousands."""
        if not ids.count:
            return self.none()
        found = self.filter(OneOf(F("pk"), ids))
        found.most = ids.count if self.most is None else min(self.most, ids.count)
        return found

    def missing(self, ids: Iterable[int]) -> list[int]:
        """Those of the ids that none of these tasks has, in order."""
        return sorted(set(ids).difference(self.values_list("pk", flat=True)))

    def among_later(self, ids: Statement) -> TaskQuerySet:
        """Those whose id this gives, which `first_ids` alone asks for."""
        if self.later is not None:
            return self.filter(PassedBy(F("pk"), ids))
        found = self.all()
        found.later = ids
        return found

    def having_value_in(self, *orders: str) -> TaskQuerySet:
        """The same tasks, told that all of them have the value of these orders: what asks for them saw to that."""
        tasks = self.all()
        tasks.with_value_in = self.with_value_in.union(orders)
        return tasks

    def in_project(self, project: Project) -> TaskQuerySet:
        """Remembers the project, so that a search reads no other project's index entries."""
        tasks = self.filter(project=project)
        tasks.searched_project = project.pk
        return tasks

    def within_bounds(self, by_value: bool = False) -> TaskQuerySet:
        """The same tasks, told between which ids the project has any: a walk by id would otherwise lead through all
        the tasks of older projects. Not for estimates: the planner takes the bounds for one more thing that few have.
        by_value: they are to be walked through in another order than by id.
        """
        if self.searched_project is None:
            return self
        tasks = self.model.objects.filter(project=self.searched_project)
        ids = tasks.aggregate(first=models.Min("pk"), last=models.Max("pk"))
        if ids["first"] is None:
            return self.none()
        bounded = self.filter(pk__range=(ids["first"], ids["last"]))
        bounded.bounds = (ids["first"], ids["last"])
        bounded.by_value = by_value
        return bounded

    def bounding(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Rows about tasks, within these bounds: where one statement asks both sides of a merge, each has to be told,
        or it begins with the tasks of the oldest project."""
        return rows.filter(task__gte=self.bounds[0], task__lte=self.bounds[1]) if self.bounds else rows

    def _clone(self) -> TaskQuerySet:
        clone = super()._clone()
        clone.searched_project = self.searched_project
        clone.told_to = self.told_to
        clone.tells_reviewer = self.tells_reviewer
        clone.bounds = self.bounds
        clone.by_value = self.by_value
        clone.all_assigned = self.all_assigned
        clone.most = self.most
        clone.later = self.later
        clone.with_value_in = self.with_value_in
        return clone

    def _related(self, name: str) -> models.QuerySet[Any]:
        """All that stands with tasks under this name. By name, because those models are made of this class."""
        rows: models.QuerySet[Any] = self.model._meta.get_field(name).related_model.objects.all()
        return rows

    def have_results(self) -> bool:
        """Whether anybody or any model has worked on one of these."""
        return self.filter(completions__isnull=False).exists() or self.filter(predictions__isnull=False).exists()

    def sample_text(self) -> str:
        """The first characters of the first task's text; "" without tasks."""
        opening = self.order_by("pk").annotate(sample=Left("text", SAMPLE_LENGTH)).values_list("sample", flat=True)
        return opening.first() or ""

    def footer_count(self) -> tuple[int, str]:
        """(count, what stands before it: "" where it is exact): the planner's estimate where that says many, so that
        nothing is walked through for it; where it says few, counted as far as a page can wait for."""
        is_few = self.most is not None and self.most <= FEW
        estimate = 0 if is_few else estimated_rows(Statement.of(self.order_by().values("pk")))
        if estimate > EXACT_COUNT_UP_TO:
            return estimate, "about"
        most = EXACT_COUNT_UP_TO
        counted = self.order_by().values("pk")[: most + 1].count()
        return (counted, "") if counted <= most else (most, "more than")


def first_ids(parts: Iterable[TaskQuerySet], size: int) -> list[int]:
    """Up to so many ids of an order's parts, one behind the other. Where many are asked for later, most pages hold
    enough of the next few hundred: only where they don't, all that is asked for is looked up before the walk."""
    found: list[int] = []
    most = max(NEAR, NEAR_EACH * size)
    coming = iter(parts)
    for part in coming:
        if part.later is None:
            found += part.values_list("pk", flat=True)[: size - len(found)]
        else:
            near = list(part.values_list("pk", flat=True)[:most])
            here = set(part.later.among(Ids.of(near))) if near else set()
            some = [pk for pk in near if pk in here]
            if len(found) + len(some) < size and len(near) == most:
                return found + first_found([part, *coming], part.later, size - len(found))
            found += some
        if len(found) >= size:
            break
    return found[:size]
