from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models
from django.db.models import F
from django.db.models.functions import Coalesce, Least, Left
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from projects.models.ids import Ids, OneOf, PassedBy, estimated_rows
from projects.models.project import Project

EXACT_COUNT_UP_TO = 2_000
# Ids that are counted sooner than the planner is asked how many they may be.
FEW = 6_000
# Of the tasks in an order, so many are looked at before all that a search finds are.
NEAR = 600
FAILURE_LENGTH = 500
OPENING_LENGTH = 160
SAMPLE_LENGTH = 500
# What a row of the task list, and the place of one in an order, are made of.
LISTED = (
    "project", "title", "tags", "status", "preannotation_state", "region_count", "lowest_confidence", "conflict_count",
    "doubt", "failure", "updated_at",
)  # fmt: skip
# Confidences have four decimals, so that disagreement decides among equal ones only.
DOUBT = F("lowest_confidence") - Least(Coalesce("conflict_count", 0), 1_000) * 1e-8


class TaskStatus(models.TextChoices):
    INCOMPLETE = "incomplete", "Incomplete"
    IN_PROGRESS = "in_progress", "In Progress"
    SUBMITTED = "submitted", "Submitted"
    REVIEWED = "reviewed", "Reviewed"
    TO_CORRECT = "to_correct", "To Correct"


class PreannotationState(models.TextChoices):
    """What the last run said of a task. The task list shows and filters by it."""

    NONE = "", "Not preannotated"
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    FOUND = "found", "Regions found"
    EMPTY = "empty", "None found"
    UNCHANGED = "unchanged", "Unchanged"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


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
    bounds: tuple[int, int] | None = None
    by_value = False
    most: int | None = None
    later: models.QuerySet[Any] | None = None

    def visible_to(self, user: AbstractUser, roles: frozenset[str], project: Project) -> TaskQuerySet:
        """Owner and manager see all; others what they are assigned to; annotators also what nobody is assigned to,
        where the project lets them take the next."""
        if roles & {"owner", "manager"}:
            return self
        tasks = self.telling(user, roles)
        allowed = models.Exists(Assignment.objects.filter(task=models.OuterRef("pk"), user=user, role__in=roles))
        if project.annotators_take_next and "annotator" in roles:
            taken = Assignment.objects.filter(task=models.OuterRef("pk"), role=Assignment.Role.ANNOTATOR)
            return tasks.filter(allowed | ~models.Exists(taken))
        return tasks.filter(allowed)

    def telling(self, user: AbstractUser, roles: frozenset[str]) -> TaskQuerySet:
        """The same tasks for somebody's searches: annotators find by what models and they themselves have said. What
        others decided would lead them."""
        tasks = self.all()
        tasks.told_to = user.pk if "annotator" in roles and not roles & {"owner", "manager"} else None
        return tasks

    def without_predictions(self) -> TaskQuerySet:
        return self.exclude(predictions__hidden=False)

    def with_outdated_predictions(self, current: Collection[UUID]) -> TaskQuerySet:
        """Tasks whose newest shown prediction by a run comes from none of these sources, or is about another text."""
        said = self.model.predictions.rel.related_model.objects.filter(run_id__isnull=False, hidden=False)
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

    def among_later(self, ids: models.QuerySet[Any]) -> TaskQuerySet:
        """Those whose id is in the first column of these rows, which are asked for by `first_ids` alone."""
        if self.later is not None:
            return self.filter(PassedBy(F("pk"), ids))
        found = self.all()
        found.later = ids
        return found

    def first_ids(self, size: int) -> list[int]:
        """Up to so many ids in this order. Where many tasks are asked for later, most pages hold some of the next
        NEAR: only where they don't, all that is asked for is looked up before the walk."""
        if self.later is None:
            return list(self.values_list("pk", flat=True)[:size])
        near = list(self.values_list("pk", flat=True)[:NEAR])
        here = set(self.later.filter(OneOf(F("task"), Ids.of(near)))) if near else set()
        found = [pk for pk in near if pk in here]
        if len(found) >= size or len(near) < NEAR:
            return found[:size]
        return list(self.filter(PassedBy(F("pk"), self.later)).values_list("pk", flat=True)[:size])

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
        tasks = Task.objects.filter(project=self.searched_project)
        ids = tasks.aggregate(first=models.Min("pk"), last=models.Max("pk"))
        if ids["first"] is None:
            return self.none()
        bounded = self.filter(pk__range=(ids["first"], ids["last"]))
        bounded.bounds = (ids["first"], ids["last"])
        bounded.by_value = by_value
        return bounded

    def _clone(self) -> TaskQuerySet:
        clone = super()._clone()
        clone.searched_project = self.searched_project
        clone.told_to = self.told_to
        clone.bounds = self.bounds
        clone.by_value = self.by_value
        clone.most = self.most
        clone.later = self.later
        return clone

    def have_results(self) -> bool:
        """Whether anybody or any model has worked on one of these."""
        return self.filter(completions__isnull=False).exists() or self.filter(predictions__isnull=False).exists()

    def sample_text(self) -> str:
        """The first characters of the first task's text; "" without tasks."""
        opening = self.order_by("pk").annotate(sample=Left("text", SAMPLE_LENGTH)).values_list("sample", flat=True)
        return opening.first() or ""

    def listed(self, ids: Sequence[int]) -> list[Task]:
        """These tasks in this order, as the task list shows them: `opening` is the first characters of the text,
        `people` come along. Long columns stay in the database."""
        tasks = self.only(*LISTED).annotate(opening=Left("text", OPENING_LENGTH)).in_bulk(ids)
        found = [tasks[pk] for pk in ids if pk in tasks]
        for task in found:
            task.people = []
        given = Assignment.objects.filter(task__in=ids).order_by("role", "user__username")
        for pk, name, role in given.values_list("task", "user__username", "role"):
            if pk in tasks:
                tasks[pk].people.append((name, role))
        return found

    def footer_count(self) -> tuple[int, str]:
        """(count, what stands before it: "" where it is exact): the planner's estimate where that says many, so that
        nothing is walked through for it; where it says few, counted as far as a page can wait for."""
        is_few = self.most is not None and self.most <= FEW
        estimate = 0 if is_few else estimated_rows(self.order_by().values("pk"))
        if estimate > EXACT_COUNT_UP_TO:
            return estimate, "about"
        most = 2 * EXACT_COUNT_UP_TO
        counted = self.order_by().values("pk")[: most + 1].count()
        return (counted, "") if counted <= most else (most, "more than")


class Task(models.Model):
    """One text to label.

    `text` is stored exactly as imported and never changes; every offset counts its code points. `data` holds the
    other imported fields, `text_field` the name that the text had among them.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="tasks")
    title = models.CharField(max_length=200)
    text = models.TextField()
    text_field = models.CharField(max_length=80, default="text")
    text_hash = models.UUIDField()
    data = models.JSONField(default=dict)
    data_hash = models.UUIDField()
    extra = models.JSONField(default=dict, help_text="unknown keys of the imported task; they survive a round trip")
    external_id = models.CharField(max_length=80, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    status = models.CharField(max_length=16, choices=TaskStatus.choices, default=TaskStatus.INCOMPLETE)
    preannotation_state = models.CharField(max_length=16, choices=PreannotationState.choices, blank=True, default="")
    region_count = models.PositiveIntegerField(null=True)
    lowest_confidence = models.FloatField(null=True)
    conflict_count = models.PositiveIntegerField(
        null=True, help_text="places where models disagree in the newest shown prediction"
    )
    doubt = models.GeneratedField(
        expression=DOUBT,
        output_field=models.FloatField(),
        db_persist=True,
        help_text="what is least sure comes first: by the lowest confidence, then by where models disagree",
    )
    failure = models.CharField(max_length=FAILURE_LENGTH, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    objects = TaskQuerySet.as_manager()

    # What the task list says of the completions; `projects.task_list` sets it.
    work = ""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "data_hash"], name="task_once_per_project")]
        indexes = [
            models.Index(fields=["project", "id"], name="task_page"),
            # One for each order of the task list.
            models.Index(fields=["project", "title", "id"], name="task_by_title"),
            models.Index(fields=["project", "status", "id"], name="task_by_status"),
            models.Index(fields=["project", "preannotation_state", "id"], name="task_by_state"),
            # A part of the list that no run has seen has none of these, and may hold all that is reviewed.
            models.Index(fields=["project", "region_count", "id"], name="task_by_regions", include=["status"]),
            models.Index(fields=["project", "lowest_confidence", "id"], name="task_by_confidence", include=["status"]),
            models.Index(fields=["project", "updated_at", "id"], name="task_by_update"),
            models.Index(fields=["project", "doubt", "id"], name="task_by_doubt"),
            models.Index(
                fields=["project", "doubt", "id"],
                name="task_to_begin_by_doubt",
                condition=models.Q(status="incomplete"),
            ),
            models.Index(
                fields=["project", "id"], name="task_with_conflicts", condition=models.Q(conflict_count__gt=0)
            ),
            models.Index(F("project"), F("tags__0"), F("id"), name="task_by_tag", condition=~models.Q(tags=[])),
            models.Index(fields=["project", "id"], name="task_untagged", condition=models.Q(tags=[])),
            GinIndex(fields=["tags"], name="task_tags", condition=~models.Q(tags=[])),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("projects:task", args=[self.project_id, self.pk])

    @cached_property
    def people(self) -> list[tuple[str, str]]:
        """(user name, role) of who is assigned: annotators, then the reviewer."""
        return list(self.assignments.order_by("role", "user__username").values_list("user__username", "role"))

    def imported_data(self) -> dict[str, Any]:
        """`data` as it came in, the text under its own field again."""
        return {**self.data, self.text_field: self.text}


class Assignment(models.Model):
    """Who annotates and who reviews a task: any number of annotators, one reviewer."""

    class Role(models.TextChoices):
        ANNOTATOR = "annotator", "Annotator"
        REVIEWER = "reviewer", "Reviewer"

    task = models.ForeignKey(Task, models.CASCADE, related_name="assignments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=16, choices=Role.choices)
    assigned_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "user", "role"], name="assignment_once"),
            models.UniqueConstraint(fields=["task"], condition=models.Q(role="reviewer"), name="one_reviewer_per_task"),
        ]
        indexes = [models.Index(fields=["user", "role", "task"], name="assignment_of_user")]

    def __str__(self) -> str:
        return f"{self.user} as {self.get_role_display()} of task {self.task_id}"
