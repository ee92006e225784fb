from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class Worker(models.Model):
    """One worker process of a queue, by what it last said of itself. `holds` is a short phrase such as `run 12`."""

    queue = models.CharField(max_length=20)
    host = models.CharField(max_length=120)
    pid = models.PositiveIntegerField()
    holds = models.CharField(max_length=120, blank=True)
    memory = models.PositiveBigIntegerField(default=0, help_text="resident bytes, its JVM included")
    deployments = ArrayField(
        models.BigIntegerField(), default=list, blank=True, help_text="ids of those whose pipelines it holds in memory"
    )
    started_at = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(default=timezone.now)
    probed_at = models.DateTimeField(null=True, blank=True, help_text="when it last took a probe job")

    class Meta:
        ordering = ["queue", "host", "pid"]
        constraints = [models.UniqueConstraint(fields=["queue", "host", "pid"], name="worker_process_once")]

    def __str__(self) -> str:
        return f"worker {self.pid} of {self.queue}"
