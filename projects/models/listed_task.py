"""A task as a page of the task list shows it: read in one statement, without its long columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from projects.models.task import Worded

OPENING_LENGTH = 160
STATEMENT = """
SELECT t.id, t.title, t.tags, t.status, t.preannotation_state, t.region_count, t.lowest_confidence,
    t.conflict_count, t.doubt, t.failure, t.updated_at, left(t.text, %s),
    ARRAY(SELECT ARRAY[u.username, a.role] FROM projects_assignment a JOIN auth_user u ON u.id = a.user_id
        WHERE a.task_id = t.id ORDER BY a.role, u.username),
    ARRAY(SELECT ARRAY[c.username, count(c.submitted_at)::text] FROM projects_completion c
        WHERE c.task_id = t.id AND c.corrects_id IS NULL GROUP BY c.username)
FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked (id, place) JOIN projects_task t ON t.id = asked.id
ORDER BY asked.place
"""


@dataclass(slots=True)
class ListedTask(Worded):
    """opening: the first OPENING_LENGTH characters of the text. people: [user name, role] of who is assigned,
    annotators first. begun: [user name, how many of their completions are submitted, as text]."""

    pk: int
    title: str
    tags: list[str]
    status: str
    preannotation_state: str
    region_count: int | None
    lowest_confidence: float | None
    conflict_count: int | None
    doubt: float | None
    failure: str
    updated_at: datetime
    opening: str
    people: list[list[str]]
    begun: list[list[str]]
    work: str = ""

    @classmethod
    def of(cls, ids: Sequence[int]) -> list[ListedTask]:
        """These tasks in this order; those that are gone are left out."""
        with connection.cursor() as cursor:
            cursor.execute(STATEMENT, [OPENING_LENGTH, list(ids)])
            return [cls(*row) for row in cursor.fetchall()]

    def tell_work(self) -> None:
        """Set `work`: how many of the people on it have submitted. On it are its annotators and whoever has submitted;
        where nobody is assigned, whoever has begun. Of one person the status says all: "" then, and where nobody has
        begun."""
        if self.begun:
            done = {name for name, submitted in self.begun if submitted != "0"}
            assigned = {name for name, role in self.people if role == "annotator"}
            everybody = done | (assigned or {name for name, _ in self.begun})
            self.work = f"{len(done)} of {len(everybody)} submitted" if len(everybody) > 1 else ""
