"""Answers in completions and predictions that follow their config: choices that stand elsewhere, controls that take
one answer where they took several, or ask about something else. Counted and changed in the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from projects.config_change import LabelKey
from projects.stored_results import COMPLETION, Use, counted, replaced, rewritten, use_of

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

# An answer about a region has the place of the region. What a control is asked about: its place in `per_region`.
ASKED_OTHERWISE: Final = """COALESCE(r->>'type' = 'choices'
  AND (r->'value' ? 'start') <> (%(per_region)s::jsonb ->> (r->>'from_name'))::boolean, FALSE)"""
# With what goes go the relations of its id, unless something else that stays has that id.
WITHOUT_THOSE: Final = f"""WITH region AS (
    SELECT r, place, {ASKED_OTHERWISE} AS goes FROM jsonb_array_elements(c.result) WITH ORDINALITY AS given (r, place)
  ), gone (id) AS (
    SELECT r->>'id' FROM region WHERE goes EXCEPT SELECT r->>'id' FROM region WHERE NOT goes
  )
  SELECT COALESCE(jsonb_agg(r ORDER BY place), '[]') FROM region
  WHERE NOT goes AND NOT COALESCE(r->>'from_id' IN (TABLE gone) OR r->>'to_id' IN (TABLE gone), FALSE)"""


def several(project_id: int, keys: Collection[LabelKey]) -> dict[LabelKey, Use]:
    """Of those controls that have several answers in one region, how many such regions there are."""
    if not keys:
        return {}
    controls = [key.control for key in keys]
    found = counted(project_id, "r->>'from_name'", f" WHERE {SEVERAL}", {"controls": controls})
    return {key: found[key.control] for key in keys if key.control in found}


def asked_otherwise(project_id: int, per_region: Mapping[LabelKey, bool]) -> dict[LabelKey, Use]:
    """Of those controls that have answers about the text and are to be answered for each region, or the other way
    round, how many such answers there are in completions; predictions are nobody's work. per_region: what is to be."""
    if not per_region:
        return {}
    found = counted(project_id, "r->>'from_name'", f" WHERE {ASKED_OTHERWISE}", _by_control(per_region))
    return {key: use for key in per_region if (use := found.get(key.control)) and use.regions}


def remove_asked_otherwise(project_id: int, per_region: Mapping[LabelKey, bool]) -> set[int]:
    """Take those answers out of the completions. Returns the ids of the tasks that changed."""
    if not per_region:
        return set()
    return rewritten(COMPLETION, project_id, WITHOUT_THOSE, ASKED_OTHERWISE, _by_control(per_region))


def _by_control(per_region: Mapping[LabelKey, bool]) -> dict[str, str]:
    return {"per_region": json.dumps({key.control: asked for key, asked in per_region.items()})}


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
