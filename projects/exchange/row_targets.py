"""The tasks that rows of a batch are about, and what is known of them."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from projects.exchange.copying import tasks_with_data
from projects.exchange.identity import prediction_key, result_key
from projects.exchange.rows import Row
from projects.models import Completion, Prediction
from projects.status import Work


@dataclass(slots=True)
class RowTarget:
    """row: what a new task is made of, None where the task is there. work: how many completions of a person have the
    same result. answers: keys of the predictions. starred_by: ids of people. shown: the newest shown prediction's time.
    done: what this import brings of completions, for the status of a new task."""

    pk: int
    text_hash: str
    row: Row | None = None
    work: Counter[tuple[str, uuid.UUID]] = field(default_factory=Counter)
    answers: set[uuid.UUID] = field(default_factory=set)
    starred_by: set[int] = field(default_factory=set)
    shown: datetime | None = None
    done: list[Work] = field(default_factory=list)
    region_count: int | None = None
    lowest_confidence: float | None = None
    conflict_count: int | None = None
    changed: bool = False


def known_targets(project_pk: int, hashes: Collection[str]) -> dict[str, RowTarget]:
    """By data hash, in hexadecimal digits: those of the project's tasks that have one of these."""
    known = {key: RowTarget(pk, text_hash) for key, pk, text_hash in tasks_with_data(project_pk, hashes)}
    by_pk = {target.pk: target for target in known.values()}
    if not by_pk:
        return known
    work = Completion.objects.filter(task__in=by_pk).values_list("task_id", "username", "user_id", "starred", "result")
    for pk, username, user_id, starred, result in work:
        by_pk[pk].work[username, result_key(result)] += 1
        if starred and user_id:
            by_pk[pk].starred_by.add(user_id)
    answers = Prediction.objects.filter(task__in=by_pk)
    for pk, version, key, result, hidden, created in answers.values_list(
        "task_id", "model_version", "source_key", "result", "hidden", "created_at"
    ):
        target = by_pk[pk]
        # What it came with, and what it became: labels may have got other names since.
        target.answers.update((key, prediction_key(version, result)))
        if version.startswith("imported "):
            target.answers.add(prediction_key("", result))
        if not hidden:
            target.shown = max(target.shown or created, created)
    return known
