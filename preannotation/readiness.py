"""Whether the workers of each queue really take jobs, found out by sending one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.utils import timezone

from preannotation import probes

POLL_SECONDS: Final = 0.2


def wait_for_workers(queues: Iterable[str], sender: str, patience: float) -> dict[str, str | None]:
    """Queue -> what its workers do, in words; None where none took the probe or was busy within `patience` seconds."""
    queues = tuple(queues)
    name = f"{sender} {os.getpid()}"
    sent = timezone.now()
    for queue in queues:
        probes.send(queue, name)
    answers: dict[str, str | None] = dict.fromkeys(queues)
    deadline = time.monotonic() + patience
    while None in answers.values() and time.monotonic() < deadline:
        for queue in queues:
            answers[queue] = answers[queue] or words(probes.signs(queue), sent, timezone.now())
        time.sleep(POLL_SECONDS)
    for queue in queues:
        probes.withdraw(queue, name)
    return answers


def words(signs: probes.Signs, sent: datetime, now: datetime) -> str | None:
    """What the signs say of a queue since a probe was sent; None: nothing yet."""
    if signs.probed_at and signs.probed_at >= sent:
        return f"took a probe job after {(signs.probed_at - sent).total_seconds():.1f} s"
    # A beat from before may be that of a worker which has died since.
    if signs.beat_at and signs.beat_at >= sent:
        return f"busy, gave a sign of life {(now - signs.beat_at).total_seconds():.0f} s ago"
    return None
