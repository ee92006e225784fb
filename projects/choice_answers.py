"""Answers in completions and predictions that follow their config: choices that stand elsewhere, controls that take
one answer where they took several. Counted and changed in the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from projects.config_change import LabelKey
from projects.stored_results import COMPLETION, PREDICTION, Use, counted, rewritten

Moves = Mapping[str, Mapping[str, Sequence[str]]]
"""By control and choice, the names of those that it stands in, with its own at the end."""
STANDS_ELSEWHERE: Final = """CASE r->>'type' WHEN 'choices' THEN EXISTS (
  SELECT FROM jsonb_array_elements(r->'value'->'choices') AS entry WHERE jsonb_typeof(entry) = 'array'
    AND entry <> %(moves)s::jsonb -> (r->>'from_name') -> (entry->>-1)) END"""
# A name alone says nothing of where it stands.
MOVED: Final = """(
  SELECT jsonb_agg(COALESCE(CASE jsonb_typeof(entry) WHEN 'array'
    THEN %(moves)s::jsonb -> (r->>'from_name') -> (entry->>-1) END, entry) ORDER BY nth)
  FROM jsonb_array_elements(r->'value'->'choices') WITH ORDINALITY AS entries (entry, nth)
)"""
SEVERAL: Final = (
    "(r->>'type' = 'choices' AND r->>'from_name' = ANY(%(controls)s) AND r->'value'->'choices'->1 IS NOT NULL)"
)


def several(project_id: int, keys: Collection[LabelKey]) -> dict[LabelKey, Use]:
    """Of those controls that have several answers in one region, how many such regions there are."""
    if not keys:
        return {}
    controls = [key.control for key in keys]
    found = counted(project_id, "r->>'from_name'", f" WHERE {SEVERAL}", {"controls": controls})
    return {key: found[key.control] for key in keys if key.control in found}


def standing_elsewhere(project_id: int, moves: Moves) -> Use:
    """The answers that have to say anew where their choice stands."""
    if not moves:
        return Use()
    found = counted(project_id, "TRUE", f" WHERE {STANDS_ELSEWHERE}", {"moves": json.dumps(moves)})
    return found.get(True, Use())


def keep_first(project_id: int, controls: list[str]) -> set[int]:
    """Of several answers of these controls, the first one. Returns the ids of the tasks that changed."""
    if not controls:
        return set()
    first = "jsonb_build_array(r->'value'->'choices'->0)"
    return _rewritten(project_id, SEVERAL, first, {"controls": controls})


def move(project_id: int, moves: Moves) -> set[int]:
    """Answers that say where their choice stands say where it stands now. Returns the ids of the tasks that changed."""
    if not moves:
        return set()
    return _rewritten(project_id, STANDS_ELSEWHERE, MOVED, {"moves": json.dumps(moves)})


def _rewritten(project_id: int, meant: str, choices: str, values: Mapping[str, object]) -> set[int]:
    result = (
        f"SELECT jsonb_agg(CASE WHEN {meant} THEN jsonb_set(r, '{{value,choices}}', {choices}) ELSE r END "
        "ORDER BY place) FROM jsonb_array_elements(c.result) WITH ORDINALITY AS given (r, place)"
    )
    return set().union(*(rewritten(table, project_id, result, meant, values) for table in (COMPLETION, PREDICTION)))
