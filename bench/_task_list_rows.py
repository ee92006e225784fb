"""A project full of tasks as years of work leave it: texts of 600 characters, tags, people, results of two models."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from projects.exchange.batches import COMPLETION_FIELDS, PREDICTION_FIELDS, TASK_FIELDS
from projects.exchange.copying import copy_into, next_ids
from projects.models import Assignment, Completion, Prediction, Project, Task
from projects.search_index import index_words, refresh_marks

BATCH = 5_000
CHARACTERS = 600
STATUSES = ("incomplete", "in_progress", "submitted", "reviewed", "to_correct")
DRUGS = ("aspirin", "metformin", "lisinopril", "heparin")
ASSIGNMENT_FIELDS = ("task_id", "user_id", "role", "assigned_at")


def fill(project: Project, people: list[User], count: int) -> None:
    chance = random.Random(count)
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = ["".join(chance.choices(letters, k=chance.randint(3, 11))) for _ in range(20_000)]
    weights = [1 / (rank + 8) for rank in range(len(vocabulary))]
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        ids = next_ids(Task, size)
        rows = list(_rows(project, people, chance, vocabulary, weights, ids, start, count))
        copy_into(Task, TASK_FIELDS, [task for task, _, _, _ in rows])
        copy_into(Prediction, PREDICTION_FIELDS, [row for _, row, _, _ in rows if row])
        copy_into(Completion, COMPLETION_FIELDS, [row for _, _, row, _ in rows if row])
        copy_into(Assignment, ASSIGNMENT_FIELDS, [row for *_, some in rows for row in some])


WORK = (
    "UPDATE projects_completion c SET review = (ARRAY['', 'accepted', 'rejected'])[1 + c.id %% 3] "
    "FROM projects_task t WHERE t.id = c.task_id AND t.project_id = %s",
    "INSERT INTO projects_verdict (completion_id, kind, control, label, corrected_label, region_id, model, "
    "model_version, created_at) "
    "SELECT c.id, (ARRAY['accepted', 'boundary', 'rejected', 'added'])[1 + c.id %% 4], 'label', 'DRUG', '', 'r1', "
    "'ner_bench', '1', now() FROM projects_completion c JOIN projects_task t ON t.id = c.task_id "
    "WHERE t.project_id = %s",
    # One annotator has done nearly everything: what is left lies behind all of it.
    "INSERT INTO projects_completion (task_id, user_id, username, result, starred, submitted_at, external_id, extra, "
    "created_at, updated_at) SELECT t.id, u.id, u.username, '[]', false, now(), '', '{}', now(), now() "
    "FROM projects_task t JOIN projects_assignment a ON a.task_id = t.id JOIN auth_user u ON u.id = a.user_id "
    "WHERE t.project_id = %s AND u.username LIKE '%%-3' AND t.id < (SELECT max(id) - 20 FROM projects_task)",
    "UPDATE projects_task SET conflict_count = 1 WHERE project_id = %s AND region_count > 0 AND id %% 7 = 0",
)


def index(project: Project) -> None:
    with connection.cursor() as cursor:
        for statement in WORK:
            cursor.execute(statement, [project.pk])
    index_words(project.pk)
    refresh_marks(list(Task.objects.filter(project=project).values_list("pk", flat=True)))
    _vacuum()


def forget_confidences(project: Project) -> None:
    """All tasks but one in a thousand as runs of models that tell no confidence leave them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_task SET preannotation_state = 'found', region_count = 1 + id %% 9, conflict_count = 0, "
            "lowest_confidence = NULL WHERE project_id = %s AND id %% 1000 <> 0",
            [project.pk],
        )
    _vacuum()


def _vacuum() -> None:
    """What the server does by itself within minutes of so many new rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE projects_task, projects_taskwords, projects_taskmarks, projects_assignment, "
            "projects_completion"
        )


def _rows(
    project: Project,
    people: list[User],
    chance: random.Random,
    vocabulary: list[str],
    weights: list[float],
    ids: list[int],
    start: int,
    count: int,
) -> Iterator[tuple[Any, Any, Any, list[Any]]]:
    now = timezone.now()
    words = iter(chance.choices(vocabulary, weights, k=100 * len(ids)))
    for number, pk in enumerate(ids, start):
        planted = ["common"]
        planted += ["half"] * (number % 2 == 0) + ["tenth"] * (number % 10 == 3) + ["hundredth"] * (number % 100 == 7)
        planted += ["single"] * (number == count // 2)
        text = " ".join(planted)
        while len(text) < CHARACTERS:
            text += " " + next(words)
        text_hash, created = uuid.uuid4(), now - timedelta(seconds=count - number)
        updated = created + timedelta(seconds=chance.randint(0, count))
        tags = [["Train"], ["Test"], ["Train", "Checked"], []][number % 4] + ["Rare"] * (number % 5_000 == 9)
        predicted, failed = number % 3 == 0, number % 1_000 == 1
        confidence = round(chance.random(), 4) if number % 6 == 0 else None
        drug = "once" if number == 3 * (count // 6) else DRUGS[number % 4]
        label = "RARE" if number % 3_000 == 0 else "DRUG"
        result = [_label(label, drug, confidence), _choice(number)] if confidence is not None else []
        state = "failed" if failed else ("found" if result else "empty") if predicted else ""
        status = STATUSES[(number // 100) % 5] if number % 2 else STATUSES[0]
        task = (
            pk, project.pk, f"{vocabulary[number % 500]} {number}", text, "text", text_hash, {}, uuid.uuid4(), {}, "",
            tags, status, state, len(result) if predicted else None, confidence,
            0 if predicted else None, "The text is too long." if failed else "", created, people[0].username, updated,
        )  # fmt: skip
        prediction = (
            pk, text_hash, uuid.uuid4(), f"ner_bench {2 if number % 30 == 0 else 1}", result, confidence, None,
            "bench", "", {}, False, updated,
        )  # fmt: skip
        completion = (
            pk, people[1].pk, people[1].username, result, False, updated, None, "", {}, updated, updated,
        )  # fmt: skip
        assigned = [(pk, people[1 + number % 4].pk, "annotator", now)] if number % 5 else []
        yield task, prediction if predicted else None, completion if number % 12 == 0 else None, assigned


def _label(label: str, text: str, confidence: float | None) -> dict[str, Any]:
    value = {"start": 0, "end": len(text), "text": text, "labels": [label], "confidence": confidence}
    return {"id": "r1", "from_name": "label", "to_name": "text", "type": "labels", "value": value}


def _choice(number: int) -> dict[str, Any]:
    choices = ["rare" if number % 5_000 == 0 else "discharge"]
    return {"id": "r2", "from_name": "kind", "to_name": "text", "type": "choices", "value": {"choices": choices}}
