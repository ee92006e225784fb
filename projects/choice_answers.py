"""Answers in completions and predictions that follow their choices: to another place, in the database as it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from django.db import connection

from projects.label_use import MOVED_NAMES, NEXT_VERSION, Moves
from projects.search_index import refresh_marks

REWRITE: Final = """UPDATE projects_{table} AS c SET {also}result = (
  SELECT jsonb_agg(CASE WHEN {is_meant} THEN jsonb_set(r, '{{value,choices}}', {choices}) ELSE r END ORDER BY place)
  FROM jsonb_array_elements(c.result) WITH ORDINALITY AS given (r, place)
) FROM projects_task t
WHERE t.id = c.task_id AND t.project_id = %(project)s
  AND EXISTS (SELECT FROM jsonb_array_elements(c.result) AS r WHERE {is_meant})
RETURNING c.task_id"""
STANDS_ELSEWHERE: Final = """CASE r->>'type' WHEN 'choices' THEN EXISTS (
  SELECT FROM jsonb_array_elements(r->'value'->'choices') AS entry WHERE jsonb_typeof(entry) = 'array'
    AND entry <> %(moves)s::jsonb -> (r->>'from_name') -> (entry->>-1)) END"""


def move(project_id: int, moves: Moves) -> set[int]:
    """Answers that say where their choice stands say where it stands now. Returns the ids of the tasks that changed."""
    if not moves:
        return set()
    return _rewrite(project_id, STANDS_ELSEWHERE, MOVED_NAMES.format(r="r"), {"moves": json.dumps(moves)})


def _rewrite(project_id: int, is_meant: str, choices: str, values: Mapping[str, object]) -> set[int]:
    changed: set[int] = set()
    with connection.cursor() as cursor:
        for table, also in (("completion", NEXT_VERSION), ("prediction", "")):
            statement = REWRITE.format(table=table, also=also, is_meant=is_meant, choices=choices)
            cursor.execute(statement, {"project": project_id, **values})
            changed.update(task_id for (task_id,) in cursor.fetchall())
    refresh_marks(sorted(changed))
    return changed
