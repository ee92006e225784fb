"""What work in a worker has in common: a row of its own that tells how it stands."""

from __future__ import annotations

import os
import secrets
import socket
from datetime import timedelta
from typing import Any, Final, Self

from django.db import models
from django.utils import timezone

SILENCE: Final = timedelta(seconds=10)
# A queued row that nobody took for so long has lost its job.
LOST: Final = timedelta(seconds=60)
MOST_DEATHS: Final = 2


class BackgroundQuerySet(models.QuerySet[Any]):
    def under_way(self) -> Self:
        return self.filter(state__in=Background.UNDER_WAY)

    def free(self) -> Self:
        """Held by no living worker."""
        return self.filter(models.Q(claimed_by="") | models.Q(beat_at__lt=timezone.now() - SILENCE))

    def abandoned(self) -> Self:
        """Under way, but its worker is silent, or nobody came for it."""
        now = timezone.now()
        silent = models.Q(beat_at__lt=now - SILENCE) & ~models.Q(claimed_by="")
        return self.under_way().filter(silent | models.Q(beat_at__lt=now - LOST, claimed_by=""))

    def claim(self, pk: int) -> Any:
        """The queued row, now running and this process's; None where another one has it, or it is through."""
        token = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        now = timezone.now()
        queued = self.free().filter(pk=pk, state=Background.State.QUEUED, cancel_asked_at=None)
        if not queued.update(state=Background.State.RUNNING, claimed_by=token, beat_at=now, started_at=now):
            return None
        return self.get(pk=pk)

    def held(self, row: Background) -> Self:
        """The row, as long as it is running and still its claimer's."""
        return self.filter(pk=row.pk, claimed_by=row.claimed_by, state=Background.State.RUNNING)

    def end(self, state: str, **values: Any) -> bool:
        return bool(self.update(state=state, finished_at=timezone.now(), **values))

    def put_back(self) -> bool:
        """Queue an abandoned row again; a worker that held it counts as dead."""
        died = models.Case(models.When(claimed_by="", then=0), default=1)
        values = {"state": Background.State.QUEUED, "attempts": models.F("attempts") + died, "claimed_by": ""}
        return bool(self.abandoned().update(**values, beat_at=timezone.now()))


class Background(models.Model):
    """queued -> running -> done | failed | cancelled. A worker claims the row and beats while it holds it."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    UNDER_WAY = (State.QUEUED, State.RUNNING)

    state = models.CharField(max_length=9, choices=State.choices, default=State.DONE)
    failure = models.CharField(max_length=1000, blank=True)
    error_id = models.CharField(max_length=12, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="workers that died while they held it")
    claimed_by = models.CharField(max_length=80, blank=True)
    beat_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    @property
    def is_cancelling(self) -> bool:
        return self.is_under_way and self.cancel_asked_at is not None

    @property
    def seconds(self) -> float:
        """Since it was begun, up to its end."""
        if not self.started_at:
            return 0.0
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()
