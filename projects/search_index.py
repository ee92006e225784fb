"""Keeps what the task list is searched by: the words of texts after an import, the marks wherever results are written.

A mark is a text such as "l:drug" (a region has this label), "t:drug=aspirin" (and covers this text), "c:discharge"
(this choice was made), "v:ner_posology 3" (a shown prediction is of this model version), "p" (there is a shown
prediction), "u:anna" (she submitted a completion), "w:waiting", "w:rejected" … (so says the review of what somebody
submitted last), "x:boundary" (a verdict in a completion), "#12" (the task's project). Labels, texts and choices are
lower-case with single blanks. Each stands there twice: as it is, and behind "m:" where a model says so, or behind "u7:"
of the user whose completion does: annotators find by those two, their own, only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from django.db import OperationalError, connection, transaction

NewValue = tuple[int, str, str]
"""Project, kind and value of a KnownValue that is to be."""

SLICE = 5_000
MANY = 10_000
# PostgreSQL's parser takes what these signs join for one word (a file, a host, a number with its sign): "fever.He"
# would hide "fever".
JOINING = "-+./\\_@:<>&~%?=#*"
MARK_LENGTH = 120
# Of a text with more different words than an index entry can hold (1 MB), this many characters are searchable.
LONGEST = 100_000

WORDS = """
INSERT INTO projects_taskwords (task_id, words)
SELECT id, to_tsvector('simple', lower(regexp_replace({text}, %(joining)s, ' ', 'g'))) || %(project)s::tsvector
FROM (
  SELECT t.id, t.text FROM projects_task t
  WHERE t.project_id = %(project_id)s AND t.id > %(after)s
    AND NOT EXISTS (SELECT FROM projects_taskwords w WHERE w.task_id = t.id)
  ORDER BY t.id LIMIT %(slice)s FOR KEY SHARE
) AS t
ON CONFLICT (task_id) DO NOTHING
RETURNING task_id
"""

CLEAN = r"left(lower(btrim(regexp_replace({}, '\s+', ' ', 'g'))), %(length)s)"

MODELS = "m:"
# A completion's marks stand there as they are, for those who see everybody's, and behind its person; a prediction's as
# they are, and behind "m:". Annotators ask for the latter.
HEADS = "ARRAY['', 'u' || coalesce(c.user_id, 0) || ':']"

RESULTS = f"""
WITH wanted AS (
  SELECT id, project_id FROM projects_task WHERE id = ANY(%(ids)s) ORDER BY id FOR KEY SHARE
), shown AS (
  SELECT w.id, p.model_version, p.result FROM wanted w JOIN projects_prediction p ON p.task_id = w.id AND NOT p.hidden
), region AS (
  SELECT s.id, ARRAY['', '{MODELS}'] AS heads, r.value AS region
  FROM shown s CROSS JOIN LATERAL jsonb_array_elements(s.result) AS r
  UNION ALL
  SELECT w.id, {HEADS}, r.value FROM wanted w JOIN projects_completion c ON c.task_id = w.id
  CROSS JOIN LATERAL jsonb_array_elements(c.result) AS r
), label AS (
  SELECT r.id, r.heads, l.value #>> '{{}}' AS label, r.region #>> '{{value,text}}' AS covered FROM region r
  CROSS JOIN LATERAL jsonb_path_query(r.region, 'lax $.value.labels[*] ? (@.type() == "string")') AS l(value)
), choice AS (
  SELECT r.id, r.heads, c.value #>> '{{}}' AS choice FROM region r
  CROSS JOIN LATERAL jsonb_path_query(
    r.region, 'strict $.value.choices.** ? (@.type() == "string")', '{{}}', true
  ) AS c(value)
), submitted AS (
  SELECT DISTINCT ON (w.id, c.username, c.corrects_id IS NULL) w.id, c.username, c.review, {HEADS} AS heads
  FROM wanted w JOIN projects_completion c ON c.task_id = w.id WHERE c.submitted_at IS NOT NULL
  ORDER BY w.id, c.username, c.corrects_id IS NULL, c.submitted_at DESC, c.id DESC
), found AS (
  SELECT id, '#' || project_id AS mark FROM wanted
  UNION SELECT id, 'p' FROM shown
  UNION SELECT id, 'v:' || model_version FROM shown
  UNION SELECT id, head || 'l:' || {CLEAN.format("label")} FROM label, unnest(heads) AS head
  UNION SELECT id, head || 't:' || {CLEAN.format("label")} || '=' || {CLEAN.format("covered")}
    FROM label, unnest(heads) AS head WHERE covered IS NOT NULL
  UNION SELECT id, head || 'c:' || {CLEAN.format("choice")} FROM choice, unnest(heads) AS head
  UNION SELECT id, head || 'u:' || username FROM submitted, unnest(heads) AS head
  UNION SELECT id, head || 'w:' || CASE review WHEN '' THEN 'waiting' ELSE review END
    FROM submitted, unnest(heads) AS head
  UNION SELECT w.id, head || 'x:' || v.kind FROM wanted w JOIN projects_completion c ON c.task_id = w.id
    JOIN projects_verdict v ON v.completion_id = c.id, unnest({HEADS}) AS head
)
"""

MARKS = f"""
{RESULTS}, written AS (
  INSERT INTO projects_taskmarks (task_id, marks) SELECT id, array_agg(mark) FROM found GROUP BY id ORDER BY id
  ON CONFLICT (task_id) DO UPDATE SET marks = EXCLUDED.marks WHERE NOT (
    projects_taskmarks.marks @> EXCLUDED.marks AND projects_taskmarks.marks <@ EXCLUDED.marks)
), value AS (
  SELECT DISTINCT project_id, kind, left(value, 500) AS value FROM (
    SELECT id, 'label' AS kind, label AS value FROM label
    UNION ALL SELECT id, 'choice', choice FROM choice
    UNION ALL SELECT id, 'version', model_version FROM shown
  ) AS v JOIN wanted w USING (id) WHERE value <> ''
)
SELECT v.project_id, v.kind, v.value FROM value v WHERE NOT EXISTS (
  SELECT FROM projects_knownvalue k WHERE (k.project_id, k.kind, k.value) = (v.project_id, v.kind, v.value))
"""

OFFER = """
INSERT INTO projects_knownvalue (project_id, kind, value)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]) ORDER BY 1, 2, 3
ON CONFLICT DO NOTHING
"""

TAGS = """
INSERT INTO projects_knownvalue (project_id, kind, value)
SELECT DISTINCT project_id, 'tag', unnest(tags) FROM projects_task WHERE id = ANY(%s) AND tags <> '{}' ORDER BY 3
ON CONFLICT DO NOTHING
"""


def index_words(project_id: int) -> int:
    """Make the texts of a project searchable that are not yet; how many came in. Any number of workers may do so at
    once, each slice is a transaction of its own."""
    indexed = after = 0
    while ids := _index_slice(project_id, after):
        remember_tags(ids)
        indexed += len(ids)
        after = max(ids)
    if indexed >= MANY:
        with connection.cursor() as cursor:
            # The planner must know which words are common: those are found quickest by walking along the list.
            cursor.execute("ANALYZE projects_task, projects_taskwords, projects_taskmarks")
    return indexed


def refresh_marks(task_ids: Sequence[int]) -> None:
    """Make the marks of these tasks what their completions and shown predictions say now. To be called wherever one
    of those is written, hidden, shown again or deleted, best in the same transaction."""
    with transaction.atomic():
        offer(write_marks(task_ids))


def write_marks(task_ids: Sequence[int]) -> set[NewValue]:
    """The same in a transaction that goes on for long: what the filters can't offer yet is returned, for `offer`."""
    new: set[NewValue] = set()
    with connection.cursor() as cursor:
        for start in range(0, len(task_ids), SLICE):
            cursor.execute(MARKS, {"ids": list(task_ids[start : start + SLICE]), "length": MARK_LENGTH})
            new.update(cursor.fetchall())
    return new


def offer(values: Collection[NewValue]) -> None:
    """Let the filters offer these. Until the transaction ends, whoever is about to offer one of them has to wait."""
    if values:
        with connection.cursor() as cursor:
            cursor.execute(OFFER, [list(column) for column in zip(*values, strict=True)])


def remember_tags(task_ids: Sequence[int]) -> None:
    """Offer the tags of these tasks in the filters of their projects."""
    with connection.cursor() as cursor:
        cursor.execute(TAGS, [list(task_ids)])


def _index_slice(project_id: int, after: int) -> list[int]:
    try:
        return _insert_words(project_id, after, "text")
    except OperationalError as error:
        # One text of the slice has more words than fit; each is cut to what surely does.
        if getattr(error.__cause__, "sqlstate", "") != "54000":
            raise
        return _insert_words(project_id, after, f"left(text, {LONGEST})")


def _insert_words(project_id: int, after: int, text: str) -> list[int]:
    values = {
        # PostgreSQL's translate() says the same, and takes 25 times as long: more than the index itself.
        "joining": f"[{re.escape(JOINING)}]",
        "project": f"'#{project_id}'",
        "project_id": project_id,
        "after": after,
        "slice": SLICE,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WORDS.format(text=text), values)
        return [pk for (pk,) in cursor.fetchall()]
