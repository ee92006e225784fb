"""What tasks that were there before an import say of themselves, once it has added something to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import connection

from projects import status
from projects.models import Prediction
from projects.search_index import NewValue, write_marks

SLICE = 1_000

LOCK = "SELECT id FROM projects_task WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
WRITE = """
UPDATE projects_task AS t
SET region_count = f.regions, lowest_confidence = f.lowest, conflict_count = f.conflicts, updated_at = clock_timestamp()
FROM unnest(%s::bigint[], %s::int[], %s::float8[], %s::int[]) AS f (id, regions, lowest, conflicts) WHERE t.id = f.id
"""


def tell_joined(ids: Sequence[int], go_on: Callable[[], None]) -> set[NewValue]:
    """Make figures, status and marks of these tasks what is stored with them now. The state of pre-annotation stays:
    it tells what a run did. Returns what the filters can't offer yet.

    ids: in order, as everything locks tasks that locks several. The tasks stay locked until the transaction ends.
    go_on: called after each of SLICE tasks; what it raises ends this.
    """
    new: set[NewValue] = set()
    for start in range(0, len(ids), SLICE):
        some = list(ids[start : start + SLICE])
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [some])
            cursor.execute(WRITE, _figures(some))
        status.refresh(some)
        new |= write_marks(some)
        go_on()
    return new


def _figures(ids: list[int]) -> list[list[object]]:
    """The columns that WRITE takes: figures of the newest shown prediction, whoever made it."""
    outcomes = Prediction.objects.outcomes_of(ids)
    rows = [(of.task_id, of.region_count, of.lowest_confidence, of.conflict_count) for of in outcomes]
    return [list(column) for column in zip(*rows, strict=True)]
