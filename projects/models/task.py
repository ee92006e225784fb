from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.functions import Left
from django.urls import reverse
from django.utils import timezone

from projects.models.project import Project

EXACT_COUNT_UP_TO = 10_000
FAILURE_LENGTH = 500
OPENING_LENGTH = 160
SAMPLE_LENGTH = 500


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
    """What a run says of one task. lowest_confidence: 0..1, None without regions."""

    task_id: int
    state: str
    region_count: int | None = None
    lowest_confidence: float | None = None
    failure: str = ""


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: AbstractUser, roles: frozenset[str], project: Project) -> TaskQuerySet:
        """Owner and manager see all; others what they are assigned to; annotators also what nobody is assigned to,
        where the project lets them take the next."""
        if roles & {"owner", "manager"}:
            return self
        allowed = models.Exists(Assignment.objects.filter(task=models.OuterRef("pk"), user=user, role__in=roles))
        if project.annotators_take_next and "annotator" in roles:
            taken = Assignment.objects.filter(task=models.OuterRef("pk"), role=Assignment.Role.ANNOTATOR)
            return self.filter(allowed | ~models.Exists(taken))
        return self.filter(allowed)

    def without_predictions(self) -> TaskQuerySet:
        return self.exclude(predictions__hidden=False)

    def record_preannotation(self, outcomes: Sequence[Preannotated]) -> None:
        """Write what the task list shows of each task, in one statement."""
        columns = [
            [outcome.task_id for outcome in outcomes],
            [outcome.state for outcome in outcomes],
            [outcome.region_count for outcome in outcomes],
            [outcome.lowest_confidence for outcome in outcomes],
            [outcome.failure[:FAILURE_LENGTH] for outcome in outcomes],
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE projects_task SET preannotation_state = o.state, region_count = o.regions, "
                "lowest_confidence = o.lowest, failure = o.failure, updated_at = now() "
                "FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::float8[], %s::text[]) "
                "AS o (id, state, regions, lowest, failure) WHERE projects_task.id = o.id",
                columns,
            )

    def have_results(self) -> bool:
        """Whether anybody or any model has worked on one of these."""
        return self.filter(completions__isnull=False).exists() or self.filter(predictions__isnull=False).exists()

    def sample_text(self) -> str:
        """The first characters of the first task's text; "" without tasks."""
        opening = self.order_by("pk").annotate(sample=Left("text", SAMPLE_LENGTH)).values_list("sample", flat=True)
        return opening.first() or ""

    def listed(self) -> TaskQuerySet:
        """As the task list shows them: `opening` is the first characters of the text, who is assigned comes along.
        Long columns stay in the database."""
        people = Assignment.objects.select_related("user").order_by("role", "user__username")
        return (
            self.defer("text", "data", "extra")
            .annotate(opening=Left("text", OPENING_LENGTH))
            .prefetch_related(models.Prefetch("assignments", people))
        )

    def page_after(self, pk: int | None, size: int) -> list[Task]:
        """Up to `size + 1` tasks in import order behind a task's id; keyset paging costs the same on every page."""
        after = self.filter(pk__gt=pk) if pk else self
        return list(after.order_by("pk")[: size + 1])

    def page_before(self, pk: int | None, size: int) -> list[Task]:
        """Up to `size + 1` tasks in import order before a task's id (None: the last ones)."""
        before = self.filter(pk__lt=pk) if pk else self
        return list(before.order_by("-pk")[: size + 1])[::-1]

    def footer_count(self) -> tuple[int, bool]:
        """(count, is exact): exact up to EXACT_COUNT_UP_TO rows, the planner's estimate beyond."""
        counted = self.order_by().values("pk")[: EXACT_COUNT_UP_TO + 1].count()
        if counted <= EXACT_COUNT_UP_TO:
            return counted, True
        sql, params = self.order_by().values("pk").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
            plan = cursor.fetchone()[0]
        return max(int(plan[0]["Plan"]["Plan Rows"]), counted), False


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
    failure = models.CharField(max_length=FAILURE_LENGTH, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "data_hash"], name="task_once_per_project")]
        indexes = [models.Index(fields=["project", "id"], name="task_page")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("projects:task", args=[self.project_id, self.pk])

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
