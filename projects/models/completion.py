from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone

from projects.models.task import Task


class ReviewState(models.TextChoices):
    """What a reviewer said of a submitted completion. Corrected: cloned, and the clone counts instead."""

    NONE = "", "Not reviewed"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    CORRECTED = "corrected", "Corrected"


class CompletionQuerySet(models.QuerySet["Completion"]):
    def of(self, user: AbstractUser) -> CompletionQuerySet:
        return self.filter(user=user)

    def listed(self) -> CompletionQuerySet:
        """As a task's list shows them, without their results: `region_count` is how many regions each has."""
        people = self.select_related("user", "reviewed_by")
        return people.annotate(region_count=JSONBArrayLength("result")).defer("result", "set_aside", "extra")

    def locked(self, pk: int) -> Completion | None:
        """This one, which nobody else changes until the transaction ends; None where it is gone."""
        return self.select_for_update().filter(pk=pk).first()


class JSONBArrayLength(models.Func):
    """Counts a list in the database; a long result need not come here for it."""

    function = "jsonb_array_length"
    output_field = models.IntegerField()


class Completion(models.Model):
    """What a person saved on a task. Submitting freezes it; predictions never touch it.

    `user` is None for imported work by somebody who has no account here; `username` always says who it was.
    `lead_time` is in seconds. `version` counts the saves of a draft, so that a stale one is refused. `draft_key` is
    made by the browser with the first save: sending that again makes no second completion. `set_aside` are the
    regions of predictions that the person rejected: `{"prediction": id, "region": id}` each. `corrects` is the
    submitted completion that a reviewer mends with this one.
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="completions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="completions"
    )
    username = models.CharField(max_length=150)
    result = models.JSONField(default=list)
    starred = models.BooleanField(default=False)
    submitted_at = models.DateTimeField(null=True, blank=True)
    lead_time = models.FloatField(null=True, blank=True)
    # Defaults in the database too: imports write only what a file holds.
    version = models.PositiveIntegerField(default=1, db_default=1)
    draft_key = models.UUIDField(null=True, unique=True, editable=False)
    copied_from = models.CharField(
        max_length=40, blank=True, db_default="", help_text='"prediction: 12" or "completion: 7"'
    )
    corrects = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="corrections")
    set_aside = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    note = models.TextField(blank=True, db_default="")
    review = models.CharField(max_length=9, choices=ReviewState.choices, blank=True, default="", db_default="")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="reviewed_completions"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_comment = models.TextField(blank=True, db_default="")
    external_id = models.CharField(max_length=80, blank=True)
    extra = models.JSONField(default=dict, help_text="unknown keys of the imported completion")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = CompletionQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "user"], condition=models.Q(starred=True), name="one_starred_completion_each"
            )
        ]
        # What waits for a person is found without reading what is done.
        indexes = [
            models.Index(
                fields=["user", "task"], name="completion_of_user", include=["id", "submitted_at", "corrects"]
            ),
            models.Index(fields=["user", "task"], name="completion_draft", condition=models.Q(submitted_at=None)),
            models.Index(fields=["user", "task"], name="completion_sent_back", condition=models.Q(review="rejected")),
            models.Index(
                fields=["task", "username", "submitted_at", "id"],
                name="completion_submitted",
                condition=models.Q(submitted_at__isnull=False, corrects=None),
            ),
            models.Index(
                fields=["task"],
                name="completion_unreviewed",
                condition=models.Q(review="", submitted_at__isnull=False, corrects=None),
            ),
        ]

    def __str__(self) -> str:
        return f"completion {self.pk} by {self.username}"

    @property
    def reference(self) -> str:
        """How a copy names it in `copied_from`."""
        return f"completion: {self.pk}"
