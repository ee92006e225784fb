"""Models that come from elsewhere: ask for one, cancel it. The work happens in a worker."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from preannotation.models import Arrival
from preannotation.naming import name_problem
from projects import uploads
from projects.models import Activity
from projects.models.background import MOST_DEATHS

JOB: Final = "preannotation.arriving.job.run"
MOST_AT_ONCE: Final = 5
LANGUAGE: Final = r"[a-z]{2,3}|xx"
HUB_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}"
DIED: Final = (
    f"The worker died {MOST_DEATHS} times while it tried this model, perhaps for want of memory. Tell an admin."
)


class ArrivalRefused(Exception):
    """A model was not taken. problems: every reason, a sentence each."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def problems(arrival: Arrival) -> list[str]:
    """What stands in the way of an unsaved arrival."""
    taken = name_problem(arrival.name, arrival.project)
    found = [taken] if taken else []
    if arrival.way == Arrival.Way.HUB and not re.fullmatch(LANGUAGE, arrival.language):
        found.append(f'"{arrival.language[:20]}" is no language of the hub. Write its code, as en, or xx for many.')
    if arrival.way == Arrival.Way.HUB and arrival.source and not re.fullmatch(HUB_NAME, arrival.source):
        found.append("A name of the hub has letters, digits and _ . - only, 200 at most. Copy it from the hub.")
    if not arrival.source:
        what = "the model's name on the hub" if arrival.way == Arrival.Way.HUB else "a file"
        found.append(f"Give {what}.")
    elif _is_of_server(arrival) and not Path(arrival.source).exists():
        found.append(f"There is no folder and no file {arrival.source[:200]} on this server.")
    if Arrival.objects.under_way().filter(created_by=arrival.created_by).count() >= MOST_AT_ONCE:
        found.append(f"{MOST_AT_ONCE} of your models are on their way already. Wait for one, or cancel one.")
    return found


def _is_of_server(arrival: Arrival) -> bool:
    """Whether its source is a path on this server; an upload's is a file's name, which has no folder."""
    return arrival.way == Arrival.Way.FOLDER or (arrival.way != Arrival.Way.HUB and "/" in arrival.source)


def start(arrival: Arrival) -> Arrival:
    """Queue an unsaved arrival. Raises ArrivalRefused; an uploaded file is the caller's to remove then."""
    if wrong := problems(arrival):
        raise ArrivalRefused(*wrong)
    with transaction.atomic():
        arrival.state = Arrival.State.QUEUED
        arrival.save(force_insert=True)
        record(arrival, arrival.created_by, f"asked for {arrival.name} ({arrival.get_way_display()}: {arrival.source})")
        async_task(JOB, arrival.pk, save=False)
    return arrival


def cancel(arrival: Arrival, by: AbstractUser | None) -> None:
    """End it: at once where nobody works on it, else within seconds; nothing of it stays."""
    asked = Arrival.objects.under_way().filter(pk=arrival.pk)
    with transaction.atomic():
        if asked.filter(cancel_asked_at=None).update(cancel_asked_at=timezone.now()):
            record(arrival, by, f"cancelled bringing in {arrival.name}", Activity.Verb.CANCELLED)
    if asked.free().end(Arrival.State.CANCELLED):
        uploads.remove(arrival.file)


def revive() -> int:
    """Queue again what a dead worker left. Returns how many."""
    revived = 0
    for pk in Arrival.objects.abandoned().values_list("pk", flat=True):
        with transaction.atomic():
            if not Arrival.objects.filter(pk=pk).put_back():
                continue
            revived += 1
            mine = Arrival.objects.under_way().filter(pk=pk)
            if mine.exclude(cancel_asked_at=None).end(Arrival.State.CANCELLED):
                continue
            if not mine.filter(attempts__gte=MOST_DEATHS).end(Arrival.State.FAILED, failure=DIED):
                async_task(JOB, pk, save=False)
    return revived


def record(arrival: Arrival, by: AbstractUser | None, words: str, verb: str = Activity.Verb.MODELS) -> None:
    """In the log of the project that it is for; one for all projects is nobody's log, but the server's history."""
    if arrival.project_id:
        Activity.objects.record(arrival.project_id, by, verb, words)
