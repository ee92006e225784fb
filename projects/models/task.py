from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce, Least
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from projects.models.project import Project
from projects.models.task_queries import FAILURE_LENGTH, TaskQuerySet

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


STATUS_LABELS = dict(TaskStatus.choices)
PREANNOTATION_LABELS = dict(PreannotationState.choices)


class Worded:
    """How a task's states read. Django's own way to a word goes through all choices, for each row of a list."""

    __slots__ = ()
    status: str
    preannotation_state: str
    region_count: int | None

    @property
    def status_label(self) -> str:
        return STATUS_LABELS[self.status]

    @property
    def preannotation_label(self) -> str:
        return PREANNOTATION_LABELS[self.preannotation_state]

    @property
    def preannotation_words(self) -> str:
        """The state, and how many regions the newest shown prediction has."""
        found = self.preannotation_state == PreannotationState.FOUND
        if self.region_count == 0 and not self.preannotation_state:
            return "Imported, none found"
        if not (found or self.region_count):
            return self.preannotation_label
        count = self.region_count or 0
        regions = f"{count:,} region{'' if count == 1 else 's'}"
        # Without a state no run has been here: an import brought them.
        known = "" if found else self.preannotation_label if self.preannotation_state else "Imported"
        return f"{known}, {regions}" if known else regions


class Task(Worded, models.Model):
    """One text to label.

    `text` is stored exactly as imported and never changes; every offset counts its code points. `data` holds the
    other imported fields, `text_field` the name that the text had among them.
    """

    # Every index that begins with the project finds its tasks.
    project = models.ForeignKey(Project, models.CASCADE, related_name="tasks", db_index=False)
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
    # A name, as in files: it stays when the account goes, and an import need not look up the account for each row.
    created_username = models.CharField(max_length=150, blank=True, default="")
    updated_at = models.DateTimeField(default=timezone.now)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "data_hash"], name="task_once_per_project"),
            # A list of those with some confidence, in the order of regions, looks at none that lacks a count.
            models.CheckConstraint(
                condition=models.Q(region_count__isnull=False) | models.Q(lowest_confidence__isnull=True),
                name="confidence_of_regions",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "id"], name="task_page"),
            # One for each order of the task list.
            models.Index(fields=["project", "title", "id"], name="task_by_title"),
            models.Index(fields=["project", "status", "id"], name="task_by_status"),
            models.Index(fields=["project", "preannotation_state", "id"], name="task_by_state"),
            # An order by what models said is walked through with the values first, then without. Where models give no
            # confidence, nearly all tasks have a count and nothing else. Either part may hold all, or none, of what a
            # filter by status, state or confidence lets through: it is asked of the index.
            models.Index(
                fields=["project", "region_count", "id"],
                name="task_by_regions",
                include=["status", "preannotation_state", "lowest_confidence"],
                condition=models.Q(region_count__isnull=False),
            ),
            models.Index(
                fields=["project", "id"],
                name="task_without_regions",
                include=["status", "preannotation_state"],
                condition=models.Q(region_count__isnull=True),
            ),
            models.Index(
                fields=["project", "lowest_confidence", "id"],
                name="task_by_confidence",
                include=["status", "preannotation_state"],
                condition=models.Q(lowest_confidence__isnull=False),
            ),
            models.Index(
                fields=["project", "id"],
                name="task_without_confidence",
                include=["status", "preannotation_state"],
                condition=models.Q(lowest_confidence__isnull=True),
            ),
            models.Index(fields=["project", "updated_at", "id"], name="task_by_update"),
            models.Index(
                fields=["project", "doubt", "id"],
                name="task_by_doubt",
                include=["status", "preannotation_state", "lowest_confidence"],
                condition=models.Q(doubt__isnull=False),
            ),
            models.Index(
                fields=["project", "doubt", "id"],
                name="task_to_begin_by_doubt",
                condition=models.Q(status="incomplete", doubt__isnull=False),
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
