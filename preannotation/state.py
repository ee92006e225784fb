"""A run as pages show it: figures made ready, so that templates only place them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from preannotation.models import PreannotationRun
from preannotation.waiting import SparkWorkers

RATE_NEEDS_SECONDS = 1.0


@dataclass(frozen=True)
class RunView:
    """A run's figures. percent: 0..100. rate: tasks a second of the worker's time, None until it means something.
    left: time that the rest will take at this rate."""

    run: PreannotationRun

    @property
    def percent(self) -> int:
        return 100 * self.run.answered // self.run.total if self.run.total else 100

    @property
    def computed(self) -> int:
        return self.run.found + self.run.empty + self.run.failed

    @property
    def rate(self) -> float | None:
        if self.run.busy_seconds < RATE_NEEDS_SECONDS or not self.computed:
            return None
        return self.computed / self.run.busy_seconds

    @property
    def left(self) -> timedelta | None:
        if not self.rate or not self.run.is_under_way:
            return None
        return timedelta(seconds=round((self.run.total - self.run.answered) / self.rate))

    @property
    def took(self) -> timedelta | None:
        if not self.run.started_at:
            return None
        return timedelta(
            seconds=round(((self.run.finished_at or timezone.now()) - self.run.started_at).total_seconds())
        )

    @property
    def phase(self) -> str:
        """What its worker does instead of predicting, as `loading its models again: ...`; "" where it predicts."""
        return SparkWorkers.read().phase_of(self.run) if self.run.is_under_way else ""

    @property
    def is_cancelling(self) -> bool:
        return self.run.is_under_way and self.run.cancel_asked_at is not None

    @property
    def mark(self) -> str:
        """Changes whenever rows of the task list may have changed."""
        return f"{self.run.pk}-{self.run.state}-{self.run.answered}"
