"""The words around places in tasks, and the main figures of evaluations, read without what is long about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.urls import reverse

AROUND: Final = 40
LONGEST: Final = 160
"""Characters of the place itself that are shown."""

PLACES: Final = """
SELECT asked.number, task.title, substr(task.text, greatest(asked.start - %(around)s, 0) + 1,
       least(asked.start, %(around)s)),
       substr(task.text, asked.start + 1, least(asked.stop - asked.start, %(longest)s)),
       substr(task.text, asked.stop + 1, %(around)s)
FROM unnest(%(tasks)s::bigint[], %(starts)s::int[], %(stops)s::int[]) WITH ORDINALITY
     AS asked (task_id, start, stop, number)
JOIN projects_task AS task ON task.id = asked.task_id AND task.project_id = %(project)s
"""
MAIN: Final = """
SELECT evaluation.id, one.key, one.value #>> '{report,kind}', one.value #>> '{report,f1}',
       one.value #>> '{report,accuracy}'
FROM preannotation_evaluation AS evaluation, jsonb_each(evaluation.figures) AS one
WHERE evaluation.id = ANY(%s)
"""


@dataclass(frozen=True)
class Excerpt:
    """before, words, after: empty where the whole text is meant. is_cut: whether the place is longer than shown."""

    task_id: int
    title: str
    before: str
    words: str
    after: str
    is_cut: bool
    address: str


def of(project_id: int, places: Sequence[tuple[int, int, int]]) -> list[Excerpt | None]:
    """places: (task, start, end) in code points. None for a task that is gone."""
    tasks, starts, stops = ([place[part] for place in places] for part in range(3))
    values = {"tasks": tasks, "starts": starts, "stops": stops, "project": project_id}
    with connection.cursor() as cursor:
        cursor.execute(PLACES, values | {"around": AROUND, "longest": LONGEST})
        found = {number - 1: row for number, *row in cursor.fetchall()}
    return [_excerpt(project_id, place, found.get(number)) for number, place in enumerate(places)]


def main_figures(evaluation_ids: Sequence[int]) -> dict[int, dict[int, tuple[str, float | None]]]:
    """By evaluation and model: ("F1" or "Accuracy", 0..1 or None where the model could say nothing)."""
    found: dict[int, dict[int, tuple[str, float | None]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(MAIN, [list(evaluation_ids)])
        for evaluation, model, kind, f1, accuracy in cursor.fetchall():
            name, written = ("F1", f1) if kind == "spans" else ("Accuracy", accuracy)
            found.setdefault(evaluation, {})[int(model)] = name, None if written is None else float(written)
    return found


def _excerpt(project_id: int, place: tuple[int, int, int], row: Sequence[str] | None) -> Excerpt | None:
    if row is None:
        return None
    task_id, start, stop = place
    title, before, words, after = row
    if start == stop:
        before = words = after = ""
    address = reverse("projects:task", args=[project_id, task_id])
    return Excerpt(task_id, title or "Untitled", before, words, after, stop - start > LONGEST, address)
