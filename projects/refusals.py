"""Why a completion was not saved. Nothing is stored then; the browser keeps what it has."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """The message is one sentence or two for people. more: what the browser needs beside it, as JSON."""

    def __init__(self, message: str, **more: Any) -> None:
        super().__init__(message)
        self.more = more


class Unreadable(Refused):
    """What came is not what a browser sends."""


class TooLarge(Refused):
    """More came than is taken."""


class Stale(Refused):
    """It was saved meanwhile, from another tab or by a change of the config. more: what is stored."""


class Gone(Refused):
    """The completion or its task was deleted."""


class Frozen(Refused):
    """It is submitted."""


class Invalid(Refused):
    """Regions are not of the config, or an answer is missing. more: `problems`, each with index and reason."""


class Busy(Refused):
    """Somebody else holds what must be locked, for longer than a request may wait."""
