"""What the database can't keep: PostgreSQL's text and jsonb take neither U+0000 nor lone surrogates."""

from __future__ import annotations

import math
import re
from typing import Any

MAX_DEPTH = 100
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def why_not_storable(value: Any) -> str | None:
    """Why a value as JSON parsers give it can't be stored, as the rest of a sentence; None where it can."""
    if isinstance(value, str):
        return _text_reason(value)
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            return f"is nested more than {MAX_DEPTH} levels deep"
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                if reason := _text_reason(item):
                    return reason
            elif isinstance(item, dict):
                below.extend(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, float) and not math.isfinite(item):
                return "contains a number that is not finite"
        level = below
    return None


def _text_reason(value: str) -> str | None:
    # The pattern is asked last: it takes forty times as long as these two.
    if value.isascii() and "\0" not in value:
        return None
    match = _UNSTORABLE.search(value)
    if match is None:
        return None
    code = ord(match[0])
    if code:
        return f"contains the lone surrogate U+{code:04X} at character {match.start()}"
    return f"contains U+0000 at character {match.start()}, which the database can't store"
