"""What others wrote, quoted in sentences of ours: never longer than people read."""

from __future__ import annotations

MOST_CHARACTERS = 80


def shortened(value: object, most: int = MOST_CHARACTERS) -> str:
    """Its text; of one above so many characters the beginning, with an ellipsis."""
    text = str(value)
    return text if len(text) <= most else text[: most - 1] + "…"
