from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import F
from django.utils import timezone

from preannotation.models.deployment import Deployment
from projects.models import Project, Task

ANSWERED = F("found") + F("empty") + F("unchanged") + F("failed")


class PreannotationRunQuerySet(models.QuerySet["PreannotationRun"]):
    def of(self, project: Project) -> PreannotationRunQuerySet:
        return self.filter(project=project).select_related("created_by", "deployment").defer("waiting_tasks")

    def with_models(self) -> PreannotationRunQuerySet:
        return self.prefetch_related("deployment__nlp_models")

    def under_way(self) -> PreannotationRunQuerySet:
        return self.filter(state__in=PreannotationRun.UNDER_WAY)

    def ended_with(self, deployment: Deployment) -> PreannotationRunQuerySet:
        """Those that end where this deployment is stopped, with the older ones of its project."""
        return self.under_way().filter(deployment__in=Deployment.objects.up_to(deployment).alive())

    def under_way_in(self, project: Project) -> PreannotationRun | None:
        """The oldest run that is not through."""
        return self.of(project).under_way().order_by("created_at", "pk").first()

    def roll_backs_forgotten(self, since: datetime) -> PreannotationRunQuerySet:
        """Asked for, and nobody has worked on them since then."""
        return self.filter(roll_back_asked_at__lt=since, rolled_back_at=None, beat_at__lt=since)


class PreannotationRun(models.Model):
    """One pre-annotation of a set of tasks by one deployment.

    queued -> running -> done | failed | cancelled. A worker claims it by a conditional UPDATE of `claimed_by`,
    beats while it holds it, and gives it back after each slice. Counts are those of stored rows.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    UNDER_WAY = (State.QUEUED, State.RUNNING)

    project = models.ForeignKey(Project, models.CASCADE, related_name="runs")
    deployment = models.ForeignKey(Deployment, models.RESTRICT, related_name="runs")
    scope = models.CharField(max_length=300, help_text="which tasks were asked for, in words")
    replace = models.BooleanField(default=False, help_text="older predictions of its tasks are hidden")
    thresholds = models.JSONField(
        default=dict, blank=True, help_text="lowest confidence (0..1) that is kept, by model name"
    )
    is_automatic = models.BooleanField(default=False, help_text="started by an import, not by a click")
    retry_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="retries")
    config = models.TextField(blank=True, help_text="the Labeling Config as it stood when the run started")
    config_version = models.PositiveIntegerField(null=True, blank=True)
    source_key = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    failure = models.CharField(max_length=1000, blank=True)
    error_id = models.CharField(max_length=12, blank=True)
    total = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0, help_text="tasks with regions")
    empty = models.PositiveIntegerField(default=0, help_text="tasks where nothing was found")
    unchanged = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    regions = models.PositiveIntegerField(default=0)
    under_threshold = models.PositiveIntegerField(default=0, help_text="findings left out as too doubtful")
    unmapped = models.PositiveIntegerField(default=0, help_text="findings that the config asks no label for")
    waiting_tasks = ArrayField(
        models.BigIntegerField(), null=True, blank=True, help_text="ids of which a worker still has to make its tasks"
    )
    remarks = models.JSONField(
        default=dict, blank=True, help_text="what went wrong without ending the run: how often, by its words"
    )
    batches = models.PositiveIntegerField(default=0)
    busy_seconds = models.FloatField(default=0, help_text="worker time so far, loading not counted")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    roll_back_asked_at = models.DateTimeField(null=True, blank=True)
    rolled_back_at = models.DateTimeField(null=True, blank=True)
    rolled_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    predictions_removed = models.PositiveIntegerField(default=0, help_text="by rolling it back")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="workers that died since a batch was stored")
    claimed_by = models.CharField(max_length=80, blank=True)
    beat_at = models.DateTimeField(default=timezone.now)

    objects = PreannotationRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["project", "-created_at"], name="run_of_project")]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    @property
    def is_rolling_back(self) -> bool:
        return self.roll_back_asked_at is not None and self.rolled_back_at is None

    @property
    def runs_before(self) -> int:
        """How many older runs, of any project, are under way: one worker does them all."""
        return PreannotationRun.objects.under_way().filter(pk__lt=self.pk).count()

    @property
    def answered(self) -> int:
        """Tasks that got an answer: with regions, none found, unchanged, or failed."""
        return self.found + self.empty + self.unchanged + self.failed


class RunTaskQuerySet(models.QuerySet["RunTask"]):
    def open_of(self, run: PreannotationRun) -> RunTaskQuerySet:
        """Not answered yet, in order. Written as the partial index has it, and as a range of runs: with one run the
        planner may follow the primary key instead, through everything that was ever answered."""
        of_run = self.filter(run__gte=run, run__lte=run, state__in=["queued", "running"])
        return of_run.order_by("run_id", "pk")


class RunTask(models.Model):
    """One task of one run. `deaths` counts the workers that died while they had it in hand."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        FOUND = "found", "Regions found"
        EMPTY = "empty", "None found"
        UNCHANGED = "unchanged", "Unchanged"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"

    run = models.ForeignKey(PreannotationRun, models.CASCADE, related_name="run_tasks")
    task = models.ForeignKey(Task, models.CASCADE, related_name="run_tasks")
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    deaths = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=500, blank=True, default="")

    objects = RunTaskQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "task"], name="task_once_per_run")]
        indexes = [
            models.Index(
                fields=["run", "id"], name="run_task_open", condition=models.Q(state__in=["queued", "running"])
            )
        ]

    def __str__(self) -> str:
        return f"task {self.task_id} of run {self.run_id}"


def close_cancelled(run: PreannotationRun) -> None:
    """End a locked run now: what is open is cancelled, what is stored stays."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH open AS ("
            " UPDATE preannotation_runtask SET state = 'cancelled'"
            " WHERE run_id = %s AND state IN ('queued', 'running') RETURNING task_id) "
            # What an earlier run has stored on a task is there still, and says more than that this one did not come.
            # What an import brought is no answer of a run.
            "UPDATE projects_task AS t SET preannotation_state = CASE WHEN t.region_count IS NULL OR NOT EXISTS ("
            " SELECT FROM projects_prediction p WHERE p.task_id = t.id AND p.run_id IS NOT NULL AND NOT p.hidden)"
            " THEN 'cancelled' WHEN t.region_count > 0 THEN 'found' ELSE 'empty' END"
            " FROM open WHERE open.task_id = t.id",
            [run.pk],
        )
        run.cancelled = cursor.rowcount
    run.state, run.finished_at = PreannotationRun.State.CANCELLED, timezone.now()
    run.total = run.answered + run.cancelled
    run.save(update_fields=["cancelled", "state", "finished_at", "total"])
