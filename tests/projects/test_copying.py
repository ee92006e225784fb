"""Values that COPY writes come back as they were, whatever signs of an array or of COPY itself are in them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone

import pytest
from django.utils import timezone as clock

from projects.exchange.batches import TASK_FIELDS
from projects.exchange.copying import copy_into, next_ids
from projects.models import Task

STRANGE = [
    "a",
    "NULL",
    "null",
    "a,b",
    '"',
    "\\",
    '\\"',
    "{}",
    "{a}",
    " blank ",
    "tab\tline\nend",
    "é😀",
    "'",
    "\\N",
    "\\.",
]


def written(project, **values) -> Task:
    (pk,) = next_ids(Task, 1)
    now = clock.now()
    row = {
        "id": pk, "project_id": project.pk, "title": "t", "text": "x", "text_field": "text",
        "text_hash": uuid.UUID(int=1), "data": {}, "data_hash": uuid.UUID(int=2), "extra": {}, "external_id": "",
        "tags": [], "status": "incomplete", "preannotation_state": "", "region_count": None,
        "lowest_confidence": None, "conflict_count": None, "failure": "", "created_at": now, "created_username": "",
        "updated_at": now,
    } | values  # fmt: skip
    copy_into(Task, TASK_FIELDS, [[row[name] for name in TASK_FIELDS]])
    return Task.objects.get(pk=pk)


def test_texts_of_an_array_come_back(project):
    assert written(project, tags=STRANGE).tags == STRANGE
    assert written(project, tags=[], data_hash=uuid.UUID(int=3)).tags == []
    assert written(project, tags=[""], data_hash=uuid.UUID(int=4)).tags == [""]


def test_hashes_json_and_text_come_back(project):
    largest, given = uuid.UUID(int=2**128 - 1), {"a": STRANGE, "b": None}
    task = written(project, text_hash=largest, data=given, text="\n".join(STRANGE))
    assert (task.text_hash, task.data_hash, task.data, task.text) == (
        largest,
        uuid.UUID(int=2),
        given,
        "\n".join(STRANGE),
    )


@pytest.mark.parametrize("title", STRANGE)
def test_a_text_that_looks_like_a_sign_of_copy_is_a_text(project, title: str):
    assert written(project, title=title).title == title


def test_moments_numbers_and_what_is_not_there_come_back(project):
    moment = datetime(2, 3, 4, 5, 6, 7, 890, tzinfo=timezone(timedelta(hours=-7, minutes=-30)))
    task = written(project, created_at=moment, region_count=0, lowest_confidence=1e-7)
    assert (task.created_at, task.region_count, task.lowest_confidence, task.conflict_count) == (moment, 0, 1e-7, None)
