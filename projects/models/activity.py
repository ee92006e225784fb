from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone

from projects.models.project import Project
from projects.models.task import Task

WORDS_LENGTH = 500


class ActivityQuerySet(models.QuerySet["Activity"]):
    def record(
        self, project: Project | int, by: AbstractUser | None, verb: str, words: str, task: Task | int | None = None
    ) -> Activity:
        """Write down what somebody did, in the transaction that does it. words: what stands behind the name on the
        page, as in "submitted a completion of task 12". by: None for the product itself."""
        return self.create(
            project_id=project if isinstance(project, int) else project.pk,
            by=by,
            username=by.get_username() if by else "",
            verb=verb,
            words=words[:WORDS_LENGTH],
            task_id=task.pk if isinstance(task, Task) else task,
        )

    def newest(self) -> ActivityQuerySet:
        return self.order_by("-pk")

    def delete(self) -> NoReturn:
        raise TypeError("The activity log is append-only; its lines go with their project only.")

    def update(self, **values: Any) -> NoReturn:
        raise TypeError("The activity log is append-only.")


class Activity(models.Model):
    """One line of a project's log: who did what, when. Append-only; the database refuses changes as well.

    `task_id` is no foreign key: the line outlives the task.
    """

    class Verb(models.TextChoices):
        CREATED = "created", "Project"
        CONFIG = "config", "Labeling Config"
        TEAM = "team", "Team"
        IMPORTED = "imported", "Import"
        EXPORTED = "exported", "Export"
        CHANGED = "changed", "Tasks changed"
        DEPLOYED = "deployed", "Deployment"
        RAN = "ran", "Pre-annotation"
        CANCELLED = "cancelled", "Cancelled"
        ROLLED_BACK = "rolled_back", "Rolled back"
        SUBMITTED = "submitted", "Submitted"
        REVIEWED = "reviewed", "Reviewed"
        MODELS = "models", "Models"
        DELETED = "deleted", "Deleted"

    # The database deletes the lines itself, behind their project; nothing else may.
    project = models.ForeignKey(Project, models.DO_NOTHING, related_name="activities", db_constraint=False)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    username = models.CharField(max_length=150, blank=True)
    verb = models.CharField(max_length=12, choices=Verb.choices)
    words = models.CharField(max_length=WORDS_LENGTH)
    task_id = models.BigIntegerField(null=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "activity"
        indexes = [
            models.Index(fields=["project", "-id"], name="activity_newest"),
            models.Index(fields=["project", "verb", "-id"], name="activity_by_verb"),
            models.Index(fields=["project", "username", "-id"], name="activity_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.username or 'Annotation Lab'} {self.words}"
