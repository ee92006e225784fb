"""What waits for one person: ids of tasks to correct, to go on with, to begin, to review.

Each is asked of what belongs to the person, never of all tasks: most of those are done or somebody else's. Written as
SQL, because building the five of them from models took half of the time of a page that asks for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from projects.models import Assignment
from projects.models.ids import Among, Ids, OneOf, PassedBy, Statement
from projects.models.task import TaskStatus
from projects.models.task_queries import TaskQuerySet

# As many ids are fetched before their tasks are looked for; where there are more, one is met soon in any order.
FEW = 1_000
# In a list, which is counted too, fetching pays for more.
FEW_LISTED = 25_000
EVERYWHERE = (0, 2**63 - 1)

# Of a person's own work on a task, what they submitted last counts.
TO_CORRECT = """
SELECT c.task_id FROM projects_completion c
WHERE c.user_id = {user} AND c.review = 'rejected' AND c.submitted_at IS NOT NULL AND c.corrects_id IS NULL
  AND c.task_id BETWEEN {first} AND {last}
  AND NOT EXISTS (SELECT FROM projects_completion n WHERE n.user_id = {user} AND n.task_id = c.task_id
    AND n.submitted_at IS NOT NULL AND n.corrects_id IS NULL AND (n.submitted_at, n.id) > (c.submitted_at, c.id))
"""

BEGUN = """
SELECT c.task_id FROM projects_completion c
WHERE c.user_id = {user} AND c.submitted_at IS NULL AND c.corrects_id IS NULL AND c.task_id BETWEEN {first} AND {last}
  AND NOT EXISTS (SELECT FROM projects_completion s WHERE s.user_id = {user} AND s.task_id = c.task_id
    AND s.submitted_at IS NOT NULL AND s.corrects_id IS NULL)
"""

CORRECTING = """
SELECT c.task_id FROM projects_completion c
WHERE c.user_id = {user} AND c.submitted_at IS NULL AND c.corrects_id IS NOT NULL
  AND c.task_id BETWEEN {first} AND {last}
"""

TO_BEGIN = """
SELECT a.task_id FROM projects_assignment a
WHERE a.user_id = {user} AND a.role = 'annotator' AND a.task_id BETWEEN {first} AND {last}
  AND NOT EXISTS (SELECT FROM projects_completion c WHERE c.user_id = {user} AND c.task_id = a.task_id)
"""

# The bounds are said of both sides: a merge of the two would else begin with the tasks of the oldest project.
ALL_TO_REVIEW = """
SELECT c.task_id FROM projects_completion c
WHERE c.review = '' AND c.submitted_at IS NOT NULL AND c.corrects_id IS NULL AND c.user_id IS DISTINCT FROM {user}
  AND c.task_id BETWEEN {first} AND {last}
  AND NOT EXISTS (SELECT FROM projects_completion n WHERE n.task_id = c.task_id AND n.username = c.username
    AND n.submitted_at IS NOT NULL AND n.corrects_id IS NULL AND n.task_id BETWEEN {first} AND {last}
    AND (n.submitted_at, n.id) > (c.submitted_at, c.id))
"""

THEIRS_TO_REVIEW = f"""{ALL_TO_REVIEW}
  AND EXISTS (SELECT FROM projects_assignment a WHERE a.user_id = {{user}} AND a.role = 'reviewer'
    AND a.task_id = c.task_id)
"""


@dataclass(frozen=True)
class Waiting:
    """What waits for one person for one reason. sql: gives ids of tasks, with places for the person and for between
    which ids it looks."""

    sql: str
    user_pk: int

    def between(self, bounds: tuple[int, int] | None, descending: bool | None = None, most: int | None = None) -> str:
        """Written out: all of it is numbers. descending: the order by id, None for whatever comes first."""
        first, last = bounds or EVERYWHERE
        sql = self.sql.format(user=self.user_pk, first=first, last=last)
        order = "" if descending is None else f"ORDER BY 1 {'DESC' if descending else 'ASC'}"
        return f"{sql} {order} {'' if most is None else f'LIMIT {most}'}"


def to_correct(user_pk: int) -> Waiting:
    """What they submitted last was rejected."""
    return Waiting(TO_CORRECT, user_pk)


def begun(user_pk: int) -> Waiting:
    """They have a draft and have submitted nothing."""
    return Waiting(BEGUN, user_pk)


def to_begin(user_pk: int) -> Waiting:
    """They are one of the annotators and have no completion."""
    return Waiting(TO_BEGIN, user_pk)


def correcting(user_pk: int) -> Waiting:
    """They have a draft that is to correct somebody else's completion."""
    return Waiting(CORRECTING, user_pk)


def to_review(user_pk: int, everything: bool) -> Waiting:
    """What somebody else submitted last has no review. everything: whoever is the reviewer."""
    return Waiting(ALL_TO_REVIEW if everything else THEIRS_TO_REVIEW, user_pk)


def of_person(user_pk: int) -> tuple[Waiting, ...]:
    """All that is theirs to do, by assignment or because they have begun it."""
    return (to_correct(user_pk), begun(user_pk), correcting(user_pk), to_begin(user_pk), to_review(user_pk, False))


def for_person(tasks: TaskQuerySet, user_pk: int) -> TaskQuerySet:
    """Those of the tasks that are theirs to do."""
    some = Ids(0, "")
    many: list[Statement] = []
    for waiting in of_person(user_pk):
        found = _few(tasks, waiting, FEW_LISTED)
        if found is None:
            many.append(Statement(waiting.between(tasks.bounds)))
        else:
            some += found
    tasks = _open(tasks)
    if not many:
        return tasks.among(some)
    waits = Q(OneOf(F("pk"), some)) if some.count else Q()
    for rows in many:
        # Along another order than that of the ids a merge would read all of both sides.
        waits |= Q(PassedBy(F("pk"), rows) if tasks.by_value else Among(F("pk"), rows))
    return tasks.filter(waits)


def in_order(tasks: TaskQuerySet, waiting: Waiting) -> TaskQuerySet:
    """Those of the tasks that wait, to be found by `first_ids` only."""
    found = _few(tasks, waiting, FEW)
    tasks = _open(tasks)
    return tasks.among_later(Statement(waiting.between(tasks.bounds))) if found is None else tasks.among(found)


def reasons(pk: int, several: Sequence[Waiting]) -> set[int]:
    """For which of several reasons one task waits: their places in the sequence."""
    asked = [f"(SELECT {number} FROM ({each.between((pk, pk))}) AS one)" for number, each in enumerate(several)]
    if not asked:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return {number for (number,) in cursor.fetchall()}


def free(tasks: TaskQuerySet) -> TaskQuerySet:
    """Nobody annotates them, and nobody has begun to."""
    annotators = Assignment.objects.filter(task=OuterRef("pk"), role=Assignment.Role.ANNOTATOR)
    return tasks.filter(~Exists(tasks.bounding(annotators)), status=TaskStatus.INCOMPLETE)


def _few(tasks: TaskQuerySet, waiting: Waiting, most: int) -> Ids | None:
    """What waits within the tasks' bounds, None where that is more than `most`."""
    # Without an order the database ends as soon as it has so many.
    found = Ids.found(Statement(waiting.between(tasks.bounds, most=most + 1)))
    return None if found.count > most else found


def _open(tasks: TaskQuerySet) -> TaskQuerySet:
    """What is reviewed waits for nobody, whatever else was done."""
    return tasks.exclude(status=TaskStatus.REVIEWED)
