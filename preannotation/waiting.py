"""What a deployment or a run waits for, told from the queue and from the workers' own signs of life."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.timesince import timesince

from preannotation.broker import jobs_before
from preannotation.models import Deployment, PreannotationRun, Worker
from preannotation.queues import SLICE_SECONDS, SPARK

# An idle worker takes a probe every five seconds, a busy one beats every two.
SILENCE = timedelta(seconds=30)
FRESH = timedelta(seconds=15)
LOADING = "preannotation.jobs.load_deployment"
RUNNING = "preannotation.jobs.run_preannotation"
WARMING = "preannotation.jobs.warm"


@dataclass(frozen=True)
class SparkWorkers:
    """The Spark workers as they last spoke of themselves, read once for a page."""

    rows: tuple[Worker, ...]
    now: datetime = field(default_factory=timezone.now)

    @classmethod
    def read(cls) -> SparkWorkers:
        return cls(tuple(Worker.objects.filter(queue=SPARK)))

    @property
    def alive(self) -> tuple[Worker, ...]:
        return tuple(row for row in self.rows if self.now - row.beat_at < FRESH)

    @property
    def in_memory(self) -> frozenset[int]:
        """Ids of the deployments that a living worker has in memory."""
        return frozenset(pk for row in self.alive for pk in row.deployments)

    @property
    def silence(self) -> str:
        """What is wrong where no worker answers, with what to do; "" where one does."""
        last = max((row.beat_at for row in self.rows), default=None)
        if last and self.now - last < SILENCE:
            return ""
        since = f" for {timesince(last, self.now, depth=1)}" if last and self.now - last > timedelta(minutes=1) else ""
        return f"No Spark worker has answered{since or ' yet'}. Start one with make run, or ask who runs this server."

    def phase_of(self, row: Deployment | PreannotationRun) -> str:
        """What a worker does about this row just now, as `loading ner_drug 2, model 1 of 3`; "" for nothing special."""
        name = f"{row}: "
        return next((worker.holds[len(name) :] for worker in self.alive if worker.holds.startswith(name)), "")


def progress_of(deployment: Deployment, workers: SparkWorkers) -> tuple[str, ...]:
    """Sentences about a deployment that is under way: what is done now, or what stands before it, and for how long."""
    if not deployment.is_under_way:
        return ()
    sentences = []
    phase = workers.phase_of(deployment)
    if phase:
        sentences.append(f"{phase[0].upper()}{phase[1:]}.")
    elif deployment.state == Deployment.State.QUEUED:
        sentences.append(words_of(jobs_before(LOADING, deployment.pk)))
    if workers.silence:
        sentences.append(workers.silence)
    if deployment.attempts:
        sentences.append("A worker has died while it loaded these models; this is the last attempt.")
    usual = Deployment.objects.usual_load_seconds()
    if usual:
        sentences.append(f"Loading usually takes about {max(1, round(usual))} seconds here.")
    return tuple(sentences)


def words_of(functions: Sequence[str]) -> str:
    """What is before a job in its queue, in a sentence."""
    counts = Counter(functions)
    others = counts.total() - counts[LOADING] - counts[RUNNING] - counts[WARMING]
    parts = [
        _counted(counts[LOADING], "deployment"),
        _counted(counts[RUNNING], "run"),
        "the start of the worker" if counts[WARMING] else "",
        _counted(others, "other job"),
    ]
    named = [part for part in parts if part]
    if not named:
        return "Next in the queue."
    gives_way = f" A run gives way after {SLICE_SECONDS:.0f} seconds." if counts[RUNNING] else ""
    return f"Ahead in the queue: {', '.join(named)}.{gives_way}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}" if number else ""
