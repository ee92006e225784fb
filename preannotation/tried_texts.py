"""A try-out's answers as its page shows them: excerpts with painted regions."""

from __future__ import annotations

from dataclasses import dataclass

from preannotation import tryout
from preannotation.models import TryOut
from projects.labeling_config import parse
from projects.models import Task
from projects.shown_result import ShownResult


@dataclass(frozen=True)
class TriedText:
    """One task. more: regions outside the excerpt. why: why there are none."""

    task: Task
    shown: ShownResult
    begins_inside: bool
    ends_inside: bool
    more: int
    why: str


def tried_texts(asked: TryOut) -> list[TriedText]:
    """In the order of the list; a task that was deleted meanwhile is left out."""
    config = parse(asked.project.labeling_config).config
    tasks = {task.pk: task for task in tryout.texts_of(asked)}
    return [
        TriedText(
            task,
            ShownResult(task.text[answer["start"] : answer["end"]], answer["regions"], config, ""),
            begins_inside=answer["start"] > 0,
            ends_inside=answer["end"] < len(task.text),
            more=answer["more"],
            why=answer["why"],
        )
        for answer in asked.answers
        if (task := tasks.get(answer["task"]))
    ]
