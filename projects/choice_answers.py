"""Answers in completions and predictions that follow their config: choices that stand elsewhere, controls that take
one answer where they took several. Counted and changed in the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Final

from django.db import connection

from projects.config_change import LabelKey
from projects.label_use import MOVED_NAMES, NEXT_VERSION, Counts, Moves, Use
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
SEVERAL: Final = (
    "(r->>'type' = 'choices' AND r->>'from_name' = ANY(%(controls)s) AND r->'value'->'choices'->1 IS NOT NULL)"
)


def several(project_id: int, keys: Collection[LabelKey]) -> dict[LabelKey, Use]:
    """Of those controls that have several answers in one region, how many such regions there are."""
    if not keys:
        return {}
    counts = [_counts(table, project_id, [key.control for key in keys]) for table in ("completion", "prediction")]
    completions, predictions = counts
    return {
        key: Use.of(completions.get(key.control), predictions.get(key.control))
        for key in keys
        if key.control in completions or key.control in predictions
    }


def _counts(table: str, project_id: int, controls: list[str]) -> dict[str, Counts]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r->>'from_name', count(*), count(DISTINCT c.id), count(DISTINCT c.task_id) "
            f"FROM projects_{table} c JOIN projects_task t ON t.id = c.task_id AND t.project_id = %(project)s, "
            f"LATERAL jsonb_array_elements(c.result) AS r WHERE {SEVERAL} GROUP BY 1",
            {"project": project_id, "controls": controls},
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}


def keep_first(project_id: int, controls: list[str]) -> set[int]:
    """Of several answers of these controls, the first one. Returns the ids of the tasks that changed."""
    if not controls:
        return set()
    first = "jsonb_build_array(r->'value'->'choices'->0)"
    return _rewrite(project_id, SEVERAL, first, {"controls": controls})


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
