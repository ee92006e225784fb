"""A project's completions as training sees them, read from the database bit by bit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.db.models import Count, Q

from preannotation.models import Training
from preannotation.training.examples import Example, Look, Wanted, Work, look
from projects.models import Completion, Project, Task
from projects.models.completion import ReviewState

CHUNK: Final = 500
MOST_LOOKED_AT: Final = 3_000
"""Completions that a page looks at; the training itself reads all."""
STANDS: Final = ~Q(review__in=[ReviewState.REJECTED, ReviewState.CORRECTED])
REVIEWED: Final = Q(review=ReviewState.ACCEPTED) | Q(corrects__isnull=False)
EXAMPLES_FILE: Final = "examples.jsonl"
TEXTS_FILE: Final = "texts.jsonl"


def wanted(training: Training) -> Wanted:
    return Wanted(
        training.kind,
        frozenset(training.controls),
        frozenset(training.labels),
        frozenset(training.chunk_labels),
    )


def works(training: Training) -> Iterator[Work]:
    """Every completion that may count, by task. What was rejected, or corrected by a reviewer, does not."""
    rows = Completion.objects.filter(STANDS, task__project=training.project_id, submitted_at__isnull=False)
    if training.source == Training.Source.REVIEWED:
        rows = rows.filter(REVIEWED)
    columns = (
        "task_id", "task__text", "task__tags", "result", "submitted_at", "review", "corrects_id", "starred",
    )  # fmt: skip
    for task, text, tags, result, at, review, corrects, starred in (
        rows.order_by("task_id", "pk").values_list(*columns).iterator(chunk_size=CHUNK)
    ):
        reviewed = review == ReviewState.ACCEPTED or corrects is not None
        yield Work(task, text, tuple(tags), result, at, is_reviewed=reviewed, is_starred=starred)


def look_at(training: Training, most: int | None = None) -> tuple[Look, bool]:
    """(what a training would see, whether that is all). most: completions that are read, None for all."""
    read = list(islice(works(training), None if most is None else most + 1))
    is_all = most is None or len(read) <= most
    # Where the tags decide, a project without any gives none.
    by_tags = training.split == Training.Split.TAGS
    share = 0.0 if by_tags else training.test_share
    chosen = read if is_all else read[:most]
    found = look(chosen, wanted(training), test_share=share, seed=training.seed, by_tag=by_tags)
    found.left_out.update(_without_work(training))
    return found, is_all


def _without_work(training: Training) -> dict[str, int]:
    """Why tasks have no completion that may count, and how many each. Counted by the database: they may be most."""
    submitted = Completion.objects.filter(task__project=training.project_id, submitted_at__isnull=False)
    counts = submitted.aggregate(
        all=Count("task", distinct=True),
        stand=Count("task", distinct=True, filter=STANDS),
        reviewed=Count("task", distinct=True, filter=STANDS & REVIEWED),
    )
    reasons = {
        "nothing of it is submitted": Task.objects.filter(project=training.project_id).count() - counts["all"],
        "what was submitted of it was rejected": counts["all"] - counts["stand"],
    }
    if training.source == Training.Source.REVIEWED:
        reasons["no completion of it is reviewed"] = counts["stand"] - counts["reviewed"]
    return {why: count for why, count in reasons.items() if count}


def write_examples(found: Look, folder: Path) -> None:
    """As `preannotation.spark.train_work` reads them."""
    with (folder / EXAMPLES_FILE).open("w", encoding="utf-8") as file:
        for part, examples in (("train", found.train), ("test", found.test)):
            for example in examples:
                file.write(json.dumps(_line(part, example)) + "\n")


def write_texts(project: Project, folder: Path) -> int:
    """All texts of a project, one JSON string a line, for new word vectors. Returns how many."""
    count = 0
    texts = Task.objects.filter(project=project).order_by("pk").values_list("text", flat=True)
    with (folder / TEXTS_FILE).open("w", encoding="utf-8") as file:
        for text in texts.iterator(chunk_size=CHUNK):
            file.write(json.dumps(text) + "\n")
            count += 1
    return count


def _line(part: str, example: Example) -> dict[str, Any]:
    return {
        "part": part,
        "task": example.task_id,
        "text": example.text,
        "spans": [list(span) for span in example.spans],
        "classes": list(example.classes),
    }
