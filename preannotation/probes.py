"""Probe jobs: the one proof that a queue's workers take what is put into the queue.

A worker that takes a probe renews `Worker.probed_at`; one that is busy renews `Worker.beat_at` every two seconds.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Max
from django.utils import timezone
from django_q.models import OrmQ, Task
from django_q.tasks import async_task

from preannotation.models import Worker
from preannotation.queues import PROBE

FUNCTION: Final = PROBE
WARM: Final = "preannotation.jobs.warm"
FORGOTTEN: Final = timedelta(minutes=2)
SILENT_ROW: Final = timedelta(minutes=10)
BUSY_BEAT: Final = timedelta(seconds=10)


@dataclass(frozen=True)
class Signs:
    """When workers of a queue last took a probe and last beat; hosts: how many hosts took a probe lately."""

    probed_at: datetime | None
    beat_at: datetime | None
    hosts: int


def send(queue: str, sender: str) -> None:
    """Enqueue a probe in the sender's name."""
    async_task(FUNCTION, queue, cluster=queue, save=False, task_name=_name(sender))


def outstanding(queue: str, sender: str) -> list[OrmQ]:
    """The sender's probes that nobody has finished. Queues hold a few jobs, each a slice of a run, so all are read."""
    return [row for row in _probes(queue) if row.name() == _name(sender)]


def withdraw(queue: str, sender: str) -> None:
    """Delete the sender's unfinished probes; a worker that holds one in memory ends it all the same."""
    OrmQ.objects.filter(pk__in=[row.pk for row in outstanding(queue, sender)]).delete()


def unlock(queue: str) -> None:
    """Let jobs be taken again that a killed group had fetched; the queue itself would wait for an hour.

    It may unlock jobs that another host works on: a second delivery changes nothing, every job claims its row.
    """
    now = timezone.now()
    OrmQ.objects.filter(key=queue, lock__gt=now).update(lock=now)


def clean_up(queue: str, host: str) -> None:
    """Delete forgotten probes, failures of probes, and rows of workers of this host that ended long ago."""
    now = timezone.now()
    stale = [row.pk for row in _probes(queue) if now - row.task.get("started", now) > FORGOTTEN]
    OrmQ.objects.filter(pk__in=stale).delete()
    Task.objects.filter(func=FUNCTION).delete()
    silent = Worker.objects.filter(queue=queue, host=host, beat_at__lt=now - SILENT_ROW)
    silent.exclude(probed_at__gte=now - SILENT_ROW).delete()


def signs(queue: str, host: str | None = None) -> Signs:
    """Of the queue's workers on `host`, or on all hosts."""
    workers = Worker.objects.filter(queue=queue)
    lately = workers.filter(probed_at__gte=timezone.now() - FORGOTTEN)
    hosts = lately.values("host").distinct().count()
    own: dict[str, Any] = (workers.filter(host=host) if host else workers).aggregate(
        probed=Max("probed_at"), beat=Max("beat_at")
    )
    return Signs(probed_at=own["probed"], beat_at=own["beat"], hosts=hosts)


def this_host() -> str:
    return socket.gethostname()


def _probes(queue: str) -> list[OrmQ]:
    return [row for row in OrmQ.objects.filter(key=queue) if row.task.get("func") == FUNCTION]


def _name(sender: str) -> str:
    return f"probe by {sender}"
