"""A run as pages show it: figures and sentences made ready, so that templates only place them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from django.utils import timezone

from preannotation import remarks
from preannotation.models import PreannotationRun
from preannotation.waiting import SparkWorkers

RATE_NEEDS_SECONDS = 1.0


@dataclass(frozen=True)
class RunView:
    """A run's figures. percent: 0..100. rate: tasks a second of the worker's time, None until it means something.
    left: time that the rest will take at this rate."""

    run: PreannotationRun

    @cached_property
    def workers(self) -> SparkWorkers:
        return SparkWorkers.read()

    @property
    def phase(self) -> str:
        """What its worker does instead of predicting, as `loading its models again: ...`; "" where it predicts."""
        return self.workers.phase_of(self.run) if self.run.is_under_way else ""

    @property
    def silence(self) -> str:
        """Why it does not move, where no worker is there to take it."""
        return self.workers.silence if self.run.is_under_way else ""

    @property
    def is_live(self) -> bool:
        """Whether the page has to ask again."""
        return self.run.is_under_way or self.run.is_rolling_back

    @property
    def before(self) -> str:
        """How many runs are worked on before it."""
        count = self.run.runs_before if self.run.state == PreannotationRun.State.QUEUED else 0
        return f"{count} run{'' if count == 1 else 's'} before it" if count else ""

    @property
    def started_by(self) -> str:
        who = str(self.run.created_by or "nobody here")
        return f"import, by {who}" if self.run.is_automatic else who

    @property
    def options(self) -> list[str]:
        """How it differs from a plain run."""
        kept = [f"{model} from {lowest:g}" for model, lowest in sorted(self.run.thresholds.items())]
        return [
            *(["replaces older predictions"] if self.run.replace else []),
            *([f"confidence: {', '.join(kept)}"] if kept else []),
            *([f"retry of run {self.run.retry_of_id}"] if self.run.retry_of_id else []),
        ]

    @property
    def why_none(self) -> str:
        """Why tasks got no region, over the whole run; "" where each got one."""
        run = self.run
        if not run.empty or not (run.under_threshold or run.unmapped):
            return ""
        unmapped = "with labels that the config doesn't ask"
        left_out = [(run.under_threshold, "under the threshold"), (run.unmapped, unmapped)]
        parts = [_findings(count, what) for count, what in left_out if count]
        if len(parts) == 1 and not run.found:
            parts = [f"all {parts[0]}" if max(run.under_threshold, run.unmapped) > 1 else parts[0]]
        tasks = f"{run.empty:,} task{'' if run.empty == 1 else 's'}"
        return f"No regions: {tasks}. In the whole run {' and '.join(parts)}."

    @property
    def remarks(self) -> list[str]:
        return remarks.sentences(self.run.remarks)

    @property
    def can_retry(self) -> bool:
        run = self.run
        return not run.is_under_way and bool(run.failed or (run.state == run.State.FAILED and run.cancelled))

    @property
    def can_roll_back(self) -> bool:
        run = self.run
        return not run.is_under_way and run.roll_back_asked_at is None and bool(run.found or run.empty or run.replace)

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
    def is_cancelling(self) -> bool:
        return self.run.is_under_way and self.run.cancel_asked_at is not None

    @property
    def mark(self) -> str:
        """Changes whenever rows of the task list may have changed."""
        rolled_back = "-rolled-back" if self.run.rolled_back_at else ""
        return f"{self.run.pk}-{self.run.state}-{self.run.answered}{rolled_back}"


def _findings(count: int, what: str) -> str:
    return f"1 finding was {what}" if count == 1 else f"{count:,} findings were {what}"
