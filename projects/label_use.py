"""Who uses a name of the Labeling Config, and what becomes of it: counted and changed in the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from projects.config_change import Change, LabelKey
from projects.stored_results import COMPLETION, PREDICTION, Counts, Use, counted, rewritten

# The names that a region carries: a list of strings; a choice inside another is a list of its ancestors' names too.
NAMES = "CASE WHEN {r}->>'type' = 'relation' THEN {r}->'labels' ELSE {r}->'value'->({r}->>'type') END"
# What is said: of a choice with the names of those that it stands in, the last one. Lax paths take a plain name for a
# list of its own.
SAID = "$[*][last]"
CARRIES = (
    "{k}.kind = {r}->>'type' AND ({k}.kind = 'relation' OR {k}.control = {r}->>'from_name') AND jsonb_path_exists("
    + NAMES
    + f", '{SAID} ? (@ == $name)', jsonb_build_object('name', {{k}}.name))"
)

CHANGE = """WITH change AS (
  SELECT * FROM unnest(%(kinds)s::text[], %(controls)s::text[], %(names)s::text[], %(new_controls)s::text[],
                       %(new_names)s::text[]) AS k (kind, control, name, new_control, new_name)
)"""
# The regions of a result, each with its names as they will be. `after` is NULL for those that lose all of theirs.
# `single` is the change of a region with one plain name, as nearly all have; `mapped` does the same for lists: they
# keep their order, and a name stands in them once; of a list of ancestors the last one counts, the others are set as
# choices move. Names that part for different controls make a region each.
REGIONS = f"""
FROM jsonb_array_elements(c.result) WITH ORDINALITY AS given (r, place)
CROSS JOIN LATERAL (SELECT {NAMES.format(r="r")} AS names) AS carried
LEFT JOIN change single ON single.kind = r->>'type' AND (single.kind = 'relation' OR single.control = r->>'from_name')
  AND single.name = carried.names->>0 AND jsonb_typeof(carried.names->0) = 'string' AND carried.names->1 IS NULL
LEFT JOIN LATERAL (
  SELECT TRUE AS is_changed WHERE (carried.names->1 IS NOT NULL OR jsonb_typeof(carried.names->0) = 'array')
    AND EXISTS (SELECT FROM change k WHERE {CARRIES.format(k="k", r="r")})
) AS listed ON TRUE
LEFT JOIN LATERAL (
  SELECT jsonb_agg(entry ORDER BY place) AS names, control, min(place) AS first FROM (
    SELECT DISTINCT ON (control, entry) entry, entries.place, control
    FROM jsonb_array_elements(CASE WHEN listed.is_changed THEN carried.names END)
         WITH ORDINALITY AS entries (old, place), LATERAL (
      SELECT CASE WHEN bool_or(k.name IS NOT NULL AND k.new_name IS NULL) THEN NULL
                  WHEN jsonb_typeof(old) = 'array'
                  THEN jsonb_agg(COALESCE(to_jsonb(k.new_name), part) ORDER BY depth)
                  ELSE (array_agg(COALESCE(to_jsonb(k.new_name), part)))[1] END AS entry,
             CASE WHEN r->>'type' <> 'relation' THEN COALESCE(min(k.new_control), r->>'from_name') END AS control
      FROM jsonb_array_elements(CASE jsonb_typeof(old) WHEN 'array' THEN old ELSE jsonb_build_array(old) END)
           WITH ORDINALITY AS parts (part, depth)
      LEFT JOIN change k ON k.kind = r->>'type' AND (k.kind = 'relation' OR k.control = r->>'from_name')
                        AND k.name = part #>> '{{}}'
                        AND (jsonb_typeof(old) <> 'array' OR depth = jsonb_array_length(old))
    ) AS one WHERE entry IS NOT NULL ORDER BY control, entry, entries.place
  ) AS kept GROUP BY control
) AS mapped ON TRUE
"""
CONTROL = "COALESCE(mapped.control, single.new_control, r->>'from_name')"
# Several Texts may show the text of a task, and a control need not be about all of them.
SHOWN = f"""CASE WHEN %(texts)s::jsonb -> {CONTROL} ? (r->>'to_name') THEN '{{}}'
  ELSE jsonb_strip_nulls(jsonb_build_object('to_name', %(texts)s::jsonb -> {CONTROL} -> 0)) END"""
AFTER = f"""CASE
  WHEN listed.is_changed IS NULL AND single.name IS NULL THEN r
  WHEN mapped.names IS NULL AND single.new_name IS NULL THEN NULL
  WHEN r->>'type' = 'relation'
  THEN r || jsonb_build_object('labels', COALESCE(mapped.names, jsonb_build_array(single.new_name)))
  ELSE r || {SHOWN} || jsonb_build_object('from_name', {CONTROL}, 'value',
    r->'value' || jsonb_build_object(r->>'type', COALESCE(mapped.names, jsonb_build_array(single.new_name))))
END"""
# Whether a region stands for itself: others of its id, or whose parentID that is, say something about it.
LEADS = (
    "COALESCE({r}->>'type' = 'labels' "
    "AND NOT COALESCE(%({statuses})s::jsonb -> ({r}->>'from_name') ? ({r}->'value'->'labels'->>0), FALSE), FALSE)"
)
# A control knows a region by its id, so where several of one id come together, one keeps it.
OWN_ID = """CASE WHEN turn = 1 OR id IS NULL OR r->>'type' = 'relation' THEN after
ELSE after || jsonb_build_object('id', (
  SELECT own FROM generate_series(1, (SELECT count(*) FROM region) + 1) AS n,
    LATERAL concat_ws('-', id, r->>'from_name', NULLIF(n, 1)) AS own WHERE NOT (SELECT
      jsonb_object_agg(COALESCE(other.id, ''), 0) FROM region other) ? own LIMIT 1))
  || CASE WHEN NOT leads AND EXISTS (SELECT FROM kept lead WHERE lead.id = named.id AND lead.leads)
     THEN jsonb_build_object('parentID', COALESCE(r->>'parentID', id)) ELSE '{}' END
END"""
# `gone`: ids of regions that went, then of what hangs on them.
RESULT = f"""
  WITH RECURSIVE region AS MATERIALIZED (
    SELECT given.place, first, r, r->>'id' AS id, {AFTER} AS after, {LEADS.format(r="r", statuses="statuses")} AS led
    {REGIONS}
  ), gone (id) AS (
    SELECT id FROM region WHERE after IS NULL AND id IS NOT NULL AND NOT EXISTS (
      SELECT FROM region other WHERE other.id = region.id AND other.after IS NOT NULL AND (other.led OR NOT region.led))
    UNION
    SELECT region.id FROM region JOIN gone ON region.r->>'parentID' = gone.id
    WHERE region.id IS NOT NULL AND (led OR NOT EXISTS (
      SELECT FROM region other WHERE other.id = region.id AND other.place <> region.place))
  ), kept AS (
    SELECT *, {LEADS.format(r="after", statuses="new_statuses")} AS leads FROM region
    WHERE after IS NOT NULL AND NOT EXISTS (
      SELECT FROM gone WHERE gone.id IN (region.id, r->>'parentID', r->>'from_id', r->>'to_id'))
  ), named AS (
    SELECT *, row_number() OVER (PARTITION BY id, after->>'from_name'
      ORDER BY NOT leads, after->>'from_name' <> r->>'from_name', place, first) AS turn FROM kept
  )
  SELECT COALESCE(jsonb_agg({OWN_ID} ORDER BY place, first), '[]') FROM named"""
# Verdicts keep the names that were, but follow a rename: they are counted by the names of today. Where both of a
# relabelled region become one, the model was right after all.
VERDICTS = f"""{CHANGE}, named AS (
  SELECT v.id, COALESCE(own.new_control, other.new_control, v.control) AS control,
    COALESCE(own.new_name, v.label) AS label, COALESCE(other.new_name, v.corrected_label) AS corrected
  FROM projects_verdict v JOIN projects_completion c ON c.id = v.completion_id
  JOIN projects_task t ON t.id = c.task_id AND t.project_id = %(project)s
  LEFT JOIN change own ON own.kind <> 'relation' AND (own.control, own.name) = (v.control, v.label)
  LEFT JOIN change other ON other.kind <> 'relation' AND (other.control, other.name) = (v.control, v.corrected_label)
  WHERE own.name IS NOT NULL OR other.name IS NOT NULL
)
UPDATE projects_verdict AS v SET control = left(n.control, 200), label = left(n.label, 200),
  kind = CASE WHEN v.kind = 'relabelled' AND n.label = n.corrected THEN 'accepted' ELSE v.kind END,
  corrected_label = CASE WHEN n.label = n.corrected THEN '' ELSE left(n.corrected, 200) END
FROM named n WHERE v.id = n.id
"""


@dataclass(frozen=True)
class Decision:
    """What becomes of a removed name. target: what it is renamed to, None to remove its regions from completions; of a
    control that takes one answer now, None to keep the first.

    counted: regions, completions and tasks as they were when this was decided; None for however many there are.
    """

    target: LabelKey | None
    counted: Counts | None = None


def uses(project_id: int, keys: Sequence[LabelKey]) -> dict[LabelKey, Use]:
    """Of those keys that something carries."""
    if not keys:
        return {}
    # Looked up in one object, so that hundreds of keys cost no more than one.
    places: dict[str, dict[str, dict[str, int]]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key.kind, {}).setdefault(key.control, {})[key.name] = place
    by_place = counted(
        project_id,
        "(wanted ->> (said #>> '{}'))::int",
        ", LATERAL (SELECT %(places)s::jsonb -> (r->>'type') -> "
        "CASE r->>'type' WHEN 'relation' THEN '' ELSE r->>'from_name' END AS wanted) AS known, "
        f"LATERAL jsonb_path_query({NAMES.format(r='r')}, '{SAID}') AS said "
        "WHERE wanted IS NOT NULL AND wanted ? (said #>> '{}')",
        {"places": json.dumps(places)},
    )
    return {key: by_place[place] for place, key in enumerate(keys) if place in by_place}


def carry_out(project_id: int, decisions: Mapping[LabelKey, Decision], change: Change) -> set[int]:
    """Rename in completions, predictions and verdicts, remove from completions. Who submitted them and when stays as it
    is; drafts get their next version. A removed status leaves the region that it speaks about.

    Returns the ids of the tasks that changed.
    """
    renames = {key: decision for key, decision in decisions.items() if decision.target}
    changed = _rewritten(COMPLETION, project_id, decisions, change)
    changed |= _rewritten(PREDICTION, project_id, renames, change)
    if renames:
        with connection.cursor() as cursor:
            cursor.execute(VERDICTS, {"project": project_id, **_columns(renames)})
    return changed


def _rewritten(table: str, project_id: int, decisions: Mapping[LabelKey, Decision], change: Change) -> set[int]:
    if not decisions:
        return set()
    after = change.after
    values = {
        **_columns(decisions),
        "statuses": _by_control(change.old_statuses),
        "new_statuses": _by_control(change.new_statuses),
        "texts": json.dumps({control.name: after.shown_texts(control) for control in after.controls}),
    }
    is_meant = f"EXISTS (SELECT FROM change k WHERE {CARRIES.format(k='k', r='r')})"
    return rewritten(table, project_id, RESULT, is_meant, values, CHANGE)


def _by_control(keys: Iterable[LabelKey]) -> str:
    names: dict[str, list[str]] = {}
    for key in keys:
        names.setdefault(key.control, []).append(key.name)
    return json.dumps(names)


def _columns(decisions: Mapping[LabelKey, Decision]) -> dict[str, list[str | None] | list[str]]:
    became = [decision.target for decision in decisions.values()]
    return {
        "kinds": [key.kind for key in decisions],
        "controls": [key.control for key in decisions],
        "names": [key.name for key in decisions],
        "new_controls": [target.control if target else None for target in became],
        "new_names": [target.name if target else None for target in became],
    }
