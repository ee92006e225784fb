"""Active learning as the workers call it, with the training that it starts and the examples that it measures on."""

from __future__ import annotations

from preannotation import active_learning, comparing
from preannotation.training import actions, data


def look_after() -> int:
    """Called again and again by the watcher of the training workers."""
    return active_learning.look_after(actions.start, actions.TrainingRefused)


def compare(pk: int) -> None:
    """A job of the default queue."""
    comparing.compare(pk, lambda training: data.look_at(training)[0])
