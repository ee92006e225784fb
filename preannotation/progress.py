"""Whether the engine gets on: a model that hangs holds up everything behind it, and raises nothing."""

from __future__ import annotations

import time

# An engine's call takes a few seconds; a machine that does ten other things at once is given its time.
HANG_SECONDS = 180.0


class Progress:
    """When the engine last finished something. May be told from several threads."""

    def __init__(self) -> None:
        self.moved()

    def moved(self) -> None:
        self._at = time.monotonic()

    @property
    def is_stuck(self) -> bool:
        return time.monotonic() - self._at > HANG_SECONDS


def stuck_words() -> str:
    return f"The models made no progress for {HANG_SECONDS:.0f} seconds, so the worker was ended."
