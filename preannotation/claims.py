"""Who holds a row: claimed by a conditional UPDATE, kept by a heartbeat, free again once that is silent."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psutil
from django.db import DatabaseError, connection, models
from django.utils import timezone

from preannotation.models import Deployment, PreannotationRun, Worker

logger = logging.getLogger(__name__)

# In the environment of every process of a queue's workers, and of no other: the name of the queue.
QUEUE = "Q_CLUSTER_NAME"
BEAT_SECONDS = 2.0
# Five beats missed: the worker is gone, or as good as.
SILENCE = timedelta(seconds=10)
# In an UPDATE that takes a row from a silent holder: how many workers have died over it, one or none.
DIED = models.Case(models.When(claimed_by="", then=0), default=1)
WORDS = 120
# A queued row that nobody took for so long has lost its job.
LOST = timedelta(seconds=60)


@dataclass
class ThisProcess:
    """What this worker process says of itself with each beat. row: what it holds, in words. phase: what it does about
    it, "" while it does what anybody would expect. deployments: ids of those whose models it has in memory."""

    row: str = ""
    phase: str = ""
    deployments: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        return f"{self.row}: {self.phase}"[:WORDS] if self.row and self.phase else self.row


this_process = ThisProcess()


def token() -> str:
    """A new claimant's name; two claims by one process differ, so that a late writer of the first is recognised."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def gone(now: datetime) -> models.Q:
    """Claimed, and silent."""
    return models.Q(beat_at__lt=now - SILENCE) & ~models.Q(claimed_by="")


def lost(now: datetime) -> models.Q:
    """Free, and nobody came for it."""
    return models.Q(beat_at__lt=now - LOST, claimed_by="")


def free(now: datetime) -> models.Q:
    return models.Q(claimed_by="") | gone(now)


def is_free(row: Deployment | PreannotationRun) -> bool:
    """Whether no living worker holds this row, as it was read."""
    return not row.claimed_by or row.beat_at < timezone.now() - SILENCE


@contextmanager
def beating(row: models.Model, claim: str) -> Iterator[None]:
    """Keep a claimed row, and this process's own row among the workers, alive while the block runs."""
    ended = threading.Event()
    # A try-out is answered within a run's slice.
    before = this_process.row, this_process.phase
    this_process.row, this_process.phase = str(row), ""
    thread = threading.Thread(target=_beat, args=(row, claim, ended), name=f"beat of {row}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        this_process.row, this_process.phase = before
        worker_beat(this_process.words)


def say(phase: str) -> None:
    """Show at once what this process does about the row that it holds, as `loading ner_drug 2, model 1 of 3`."""
    this_process.phase = phase
    if not this_process.row:
        return
    try:
        Worker.objects.filter(**_own_row()).update(holds=this_process.words, beat_at=timezone.now())
    except DatabaseError:
        logger.warning("what this worker does could not be shown: %s", phase, exc_info=True)
        connection.close()


def _beat(row: models.Model, claim: str, ended: threading.Event) -> None:
    try:
        while True:
            try:
                type(row).objects.filter(pk=row.pk, claimed_by=claim).update(beat_at=timezone.now())
                worker_beat(this_process.words)
            except DatabaseError:
                logger.warning("a beat of %s was lost", row, exc_info=True)
                connection.close()
            if ended.wait(BEAT_SECONDS):
                return
    finally:
        connection.close()


def worker_beat(holds: str, probed: bool = False) -> None:
    """Write this worker process's row: that it lives, what it holds, its memory with its JVM's. A process that takes no
    jobs, as the web's, does small work of that kind too, and has no row: nobody would beat for it afterwards."""
    if QUEUE not in os.environ:
        return
    now = timezone.now()
    values = {
        "holds": holds[:WORDS],
        "memory": resident_bytes(),
        "deployments": list(this_process.deployments),
        "beat_at": now,
    } | ({"probed_at": now} if probed else {})
    Worker.objects.update_or_create(**_own_row(), defaults=values)


def _own_row() -> dict[str, str | int]:
    return {"queue": os.environ.get(QUEUE, ""), "host": socket.gethostname(), "pid": os.getpid()}


def resident_bytes() -> int:
    """Of this process and its children: the JVM is one."""
    process = psutil.Process()
    total = 0
    for each in [process, *process.children(recursive=True)]:
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total
