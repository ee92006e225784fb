"""What others wrote, quoted in sentences of ours: never longer than people read."""

from __future__ import annotations

MOST_CHARACTERS = 80


def shortened(value: object) -> str:
    """Its text; of one above MOST_CHARACTERS the beginning, with an ellipsis."""
    text = str(value)
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
