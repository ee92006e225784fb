"""Why a task ended with no region, in words. Pure."""

from __future__ import annotations

from collections import Counter

from preannotation.mapping import Mapped


def why_none(text: str, mapped: Mapped) -> str:
    """One sentence for a text of whose findings no region was made."""
    if not text.strip():
        return "The text is empty."
    parts = [
        *([(mapped.under_threshold, "under the threshold")] if mapped.under_threshold else []),
        *([(mapped.unmapped, "with labels that the config doesn't ask")] if mapped.unmapped else []),
        *((count, f"refused: {reason.rstrip('.')}") for reason, count in Counter(mapped.refused).items()),
    ]
    if not parts:
        return "The models found nothing in this text."
    if len(parts) == 1:
        count, what = parts[0]
        return f"The only finding was {what}." if count == 1 else f"All {count} findings were {what}."
    total = sum(count for count, _ in parts)
    return f"All {total} findings were left out: {', '.join(f'{count} {what}' for count, what in parts)}."
