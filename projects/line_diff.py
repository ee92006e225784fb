"""Two Labeling Configs line by line."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

CONTEXT_LINES = 2
# Beyond this the comparison itself would hold up the page.
MOST_LINES_COMPARED = 2_000


@dataclass(frozen=True)
class DiffLine:
    """sign: "+", "-", " ", or "…" where equal lines are left out. numbers: from 1, None on the side that lacks it."""

    sign: str
    text: str
    old_number: int | None = None
    new_number: int | None = None

    @property
    def word(self) -> str:
        return {"+": "added", "-": "removed"}.get(self.sign, "")


def line_diff(old: str, new: str) -> list[DiffLine]:
    """Lines that differ, with a little of what stands around them."""
    before, after = old.splitlines(), new.splitlines()
    if max(len(before), len(after)) > MOST_LINES_COMPARED:
        return [DiffLine("…", f"Too long to compare line by line: {len(before):,} lines before, {len(after):,} now.")]
    lines: list[DiffLine] = []
    shown_to = 0
    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT_LINES):
        if group[0][1] > shown_to:
            lines.append(DiffLine("…", ""))
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                lines.extend(DiffLine(" ", before[at], at + 1, new_start + at - start + 1) for at in range(start, end))
                continue
            lines.extend(DiffLine("-", before[at], at + 1) for at in range(start, end))
            lines.extend(DiffLine("+", after[at], None, at + 1) for at in range(new_start, new_end))
        shown_to = group[-1][2]
    return [*lines, DiffLine("…", "")] if lines and shown_to < len(before) else lines
