"""What a task's completions and reviews make of its status. docs/statuses.md has the rules as a table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from projects.models.completion import ReviewState
from projects.models.task import TaskStatus

SLICE = 5_000
DONE = (ReviewState.ACCEPTED, ReviewState.CORRECTED)

WORKS = """
SELECT task_id, username, submitted_at, review, corrects_id IS NOT NULL FROM projects_completion
WHERE task_id = ANY(%s) ORDER BY id
"""
ASSIGNED = """
SELECT task_id, username FROM projects_assignment a JOIN auth_user u ON u.id = a.user_id
WHERE task_id = ANY(%s) AND role = 'annotator'
"""
WRITE = """
UPDATE projects_task SET status = s.status, updated_at = clock_timestamp()
FROM unnest(%s::bigint[], %s::text[]) AS s (id, status)
WHERE projects_task.id = s.id AND projects_task.status <> s.status
"""


@dataclass(frozen=True)
class Work:
    """One completion, as far as it matters for the status. person: the name it was saved under. corrects: it was made
    by a reviewer in place of somebody else's."""

    person: str
    submitted_at: datetime | None = None
    review: str = ""
    corrects: bool = False


def status_of(works: Iterable[Work], assigned: Collection[str] = ()) -> TaskStatus:
    """The first rule that applies. assigned: names of the task's annotators."""
    all_work = list(works)
    if not all_work:
        return TaskStatus.INCOMPLETE
    own = [work for work in all_work if not work.corrects]
    newest = _newest_submitted(own)
    if any(work.review == ReviewState.REJECTED for work in newest.values()):
        return TaskStatus.TO_CORRECT
    expected = set(assigned) or {work.person for work in own}
    if not expected <= newest.keys():
        return TaskStatus.IN_PROGRESS
    last = max((work.submitted_at for work in newest.values() if work.submitted_at), default=None)
    corrections = [work for work in all_work if work.corrects and work.submitted_at and work.review in DONE]
    if any(last is None or last <= work.submitted_at for work in corrections if work.submitted_at):
        return TaskStatus.REVIEWED
    if not newest:
        return TaskStatus.IN_PROGRESS
    return TaskStatus.REVIEWED if all(newest[name].review in DONE for name in expected) else TaskStatus.SUBMITTED


def refresh(task_ids: Sequence[int]) -> dict[int, TaskStatus]:
    """Write what the status of these tasks is now, where it changed; the status of each. To be called wherever a
    completion, a review or an annotator's assignment changes, in the same transaction."""
    found: dict[int, TaskStatus] = {}
    for start in range(0, len(task_ids), SLICE):
        ids = list(task_ids[start : start + SLICE])
        found |= {pk: status_of(works, assigned) for pk, (works, assigned) in _known(ids).items()}
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [ids, [found[pk].value for pk in ids]])
    return found


def _newest_submitted(works: Iterable[Work]) -> dict[str, Work]:
    """By person. Of two at the same moment the later in the list."""
    newest: dict[str, Work] = {}
    for work in works:
        if work.submitted_at:
            before = newest.get(work.person)
            if before is None or (before.submitted_at or work.submitted_at) <= work.submitted_at:
                newest[work.person] = work
    return newest


def _known(ids: Sequence[int]) -> dict[int, tuple[list[Work], list[str]]]:
    known: dict[int, tuple[list[Work], list[str]]] = {pk: ([], []) for pk in ids}
    with connection.cursor() as cursor:
        cursor.execute(WORKS, [list(ids)])
        for pk, *work in cursor.fetchall():
            known[pk][0].append(Work(*work))
        cursor.execute(ASSIGNED, [list(ids)])
        for pk, name in cursor.fetchall():
            known[pk][1].append(name)
    return known
