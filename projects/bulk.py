"""What can be done to many tasks at once, each verb by one statement over their ids. Doing it twice does no harm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction

from projects import status
from projects.deletion import delete_tasks
from projects.search_index import remember_tags

EVERYBODY = "everybody"
EVENLY = "evenly"
AT_RANDOM = "random"

# Sorted, so that the order by tag is by the first of the alphabet.
TAG = """
UPDATE projects_task SET updated_at = now(),
  tags = ARRAY(SELECT DISTINCT tag FROM unnest(tags || %(tags)s::varchar(60)[]) AS tag ORDER BY tag)
WHERE id = ANY(%(ids)s) AND NOT tags @> %(tags)s::varchar(60)[]
"""
UNTAG = """
UPDATE projects_task SET updated_at = now(),
  tags = ARRAY(SELECT tag FROM unnest(tags) WITH ORDINALITY AS t (tag, place)
               WHERE tag <> ALL(%(tags)s::varchar(60)[]) ORDER BY place)
WHERE id = ANY(%(ids)s) AND tags <> '{}' AND tags && %(tags)s::varchar(60)[]
"""
EACH_TO_ALL = """
INSERT INTO projects_assignment (task_id, user_id, role, assigned_at)
SELECT t.id, u.id, 'annotator', now() FROM projects_task t CROSS JOIN unnest(%(users)s::bigint[]) AS u (id)
WHERE t.id = ANY(%(ids)s) ORDER BY t.id, u.id ON CONFLICT DO NOTHING
"""
EACH_TO_ONE = """
INSERT INTO projects_assignment (task_id, user_id, role, assigned_at)
SELECT id, (%(users)s::bigint[])[1 + (%(before)s + place - 1) %% cardinality(%(users)s::bigint[])], 'annotator', now()
FROM (SELECT t.id, row_number() OVER (ORDER BY {order}) AS place FROM projects_task t WHERE t.id = ANY(%(ids)s)) AS t
ORDER BY id ON CONFLICT DO NOTHING
"""
REVIEWER = """
INSERT INTO projects_assignment (task_id, user_id, role, assigned_at)
SELECT t.id, (%(users)s::bigint[])[1], 'reviewer', now() FROM projects_task t WHERE t.id = ANY(%(ids)s) ORDER BY t.id
ON CONFLICT (task_id) WHERE role = 'reviewer' DO UPDATE SET user_id = EXCLUDED.user_id, assigned_at = now()
"""
UNASSIGN = """
DELETE FROM projects_assignment
WHERE task_id = ANY(%(ids)s) AND role = %(role)s
  AND (cardinality(%(users)s::bigint[]) = 0 OR user_id = ANY(%(users)s::bigint[]))
"""


def add_tags(ids: list[int], what: dict[str, Any], before: int) -> None:
    _execute(TAG, ids, tags=what["tags"])
    remember_tags(ids)


def remove_tags(ids: list[int], what: dict[str, Any], before: int) -> None:
    _execute(UNTAG, ids, tags=what["tags"])


def assign(ids: list[int], what: dict[str, Any], before: int) -> None:
    """Annotators come to those that are there already: all to each task, or one to each, in turn or drawn by lot but
    as evenly. A reviewer replaces the last one."""
    if what["role"] == "reviewer":
        _execute(REVIEWER, ids, users=what["users"])
        return
    if what["how"] == EVERYBODY:
        _execute(EACH_TO_ALL, ids, users=what["users"])
    else:
        order = "random()" if what["how"] == AT_RANDOM else "t.id"
        _execute(EACH_TO_ONE.format(order=order), ids, users=what["users"], before=before)
    status.refresh(ids)


def unassign(ids: list[int], what: dict[str, Any], before: int) -> None:
    """users: those to remove, none named means all."""
    _execute(UNASSIGN, ids, users=what["users"], role=what["role"])
    status.refresh(ids)


def delete(ids: list[int], what: dict[str, Any], before: int) -> None:
    delete_tasks(ids)


VERBS: dict[str, Callable[[list[int], dict[str, Any], int], None]] = {
    "tag": add_tags,
    "untag": remove_tags,
    "assign": assign,
    "unassign": unassign,
    "delete": delete,
}


def perform(verb: str, what: dict[str, Any], ids: Sequence[int], before: int = 0) -> None:
    """All of it or nothing. before: how many tasks of the same change came before these."""
    with transaction.atomic():
        VERBS[verb](list(ids), what, before)


def _execute(sql: str, ids: list[int], **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": ids, **values})
