from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.utils import timezone

from projects.conflicts import conflict_count
from projects.models.task import PreannotationState, Task
from projects.models.task_queries import Preannotated
from projects.results import Region, confidences, is_relation


class PredictionQuerySet(models.QuerySet["Prediction"]):
    def store_batch(self, predictions: Sequence[Prediction]) -> None:
        """Store what is new in one statement; a second delivery of the same batch changes nothing."""
        self.bulk_create(predictions, ignore_conflicts=True)

    def hide_older(self, newer: Sequence[Prediction], run_id: int, every: bool) -> None:
        """Hide what other runs said of these tasks and is still shown: what comes from the same source, or every one.
        newer: what this run is about to store. What was imported stays."""
        older = self.filter(task__in=[one.task_id for one in newer], hidden=False, run_id__isnull=False)
        if not every:
            sources, texts = {one.source_key for one in newer}, {one.text_hash for one in newer}
            older = older.filter(source_key__in=sources, text_hash__in=texts)
        older.exclude(run_id=run_id).update(hidden=True, hidden_by_run=run_id)

    def outcomes_of(self, task_ids: Sequence[int]) -> list[Preannotated]:
        """What the task list shows of each task by its newest shown prediction; without one, nothing."""
        rows = self.filter(task__in=task_ids, hidden=False).order_by("task_id", "-created_at", "-pk")
        newest = {row.task_id: row.result for row in rows.distinct("task_id").only("task_id", "result")}
        return [_outcome(pk, newest.get(pk)) for pk in task_ids]

    def shown(self) -> PredictionQuerySet:
        return self.filter(hidden=False).order_by("-created_at", "-pk")


class Prediction(models.Model):
    """What one set of model versions said of one text. An empty result is an answer: nothing was found.

    Where it comes from is kept as plain data, so that whoever shows it need not know how it was made.
    `source_key` digests the model versions together with the labels that were asked of each;
    `score` is the mean confidence of the regions (0..1), None where there is none.
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="predictions")
    text_hash = models.UUIDField()
    source_key = models.UUIDField()
    model_version = models.CharField(max_length=500)
    result = models.JSONField(default=list)
    score = models.FloatField(null=True)
    run_id = models.BigIntegerField(null=True, db_index=True)
    created_username = models.CharField(max_length=150, default="SparkNLP Pre-annotation")
    external_id = models.CharField(max_length=80, blank=True)
    extra = models.JSONField(default=dict, help_text="unknown keys of the imported prediction")
    hidden = models.BooleanField(default=False)
    hidden_by_run = models.BigIntegerField(
        null=True, db_index=True, help_text="the run that replaced it; rolling that back shows this one again"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        constraints = [
            # A hidden one stays beside a newer one of the same source: rolling that back shows it again.
            models.UniqueConstraint(
                fields=["task", "text_hash", "source_key"],
                condition=models.Q(hidden=False),
                name="prediction_once_per_source",
            )
        ]

    def __str__(self) -> str:
        return f"prediction {self.pk} by {self.model_version}"


def _outcome(task_id: int, result: list[Region] | None) -> Preannotated:
    if result is None:
        return Preannotated(task_id, PreannotationState.NONE)
    count = sum(not is_relation(region) for region in result)
    state = PreannotationState.FOUND if count else PreannotationState.EMPTY
    lowest = min(confidences(result), default=None)
    return Preannotated(task_id, state, count, lowest, conflict_count=conflict_count(result))
