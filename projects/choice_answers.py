"""Answers in completions and predictions that follow their config: choices that stand elsewhere, controls that take
one answer where they took several. Counted and changed in the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from projects.config_change import LabelKey
from projects.stored_results import Use, counted, replaced, use_of

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
ANSWERED: Final = "jsonb_set(r, '{{value,choices}}', {choices})"
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
    return use_of(project_id, STANDS_ELSEWHERE, {"moves": json.dumps(moves)})


def keep_first(project_id: int, controls: list[str]) -> set[int]:
    """Of several answers of these controls, the first one. Returns the ids of the tasks that changed."""
    if not controls:
        return set()
    first = "jsonb_build_array(r->'value'->'choices'->0)"
    return replaced(project_id, SEVERAL, ANSWERED.format(choices=first), {"controls": controls})


def move(project_id: int, moves: Moves) -> set[int]:
    """Answers that say where their choice stands say where it stands now. Returns the ids of the tasks that changed."""
    if not moves:
        return set()
    return replaced(project_id, STANDS_ELSEWHERE, ANSWERED.format(choices=MOVED), {"moves": json.dumps(moves)})
