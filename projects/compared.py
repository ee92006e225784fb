"""Two results of one task side by side: who may choose which, and how the page shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404

from projects.comparison import Comparison, Difference, Item, Kind, compare
from projects.forms import task_id
from projects.labeling_config import LabelingConfig
from projects.models import Completion, Prediction, Task
from projects.models.completion import ReviewState
from projects.results import is_relation
from projects.shown_result import Piece, ShownResult
from projects.task_access import TaskAccess, completion_or_404

EXCERPT = 80
MOST_ROWS = 500
KINDS = (
    (Kind.ONLY_LEFT, "Only left"),
    (Kind.ONLY_RIGHT, "Only right"),
    (Kind.BOUNDARY, "Boundary differs"),
    (Kind.LABEL, "Label differs"),
    (Kind.SAME, "Same"),
)


@dataclass(frozen=True)
class Choice:
    """What can be chosen for a side. key: "c12" for completion 12, "p34" for prediction 34."""

    key: str
    words: str


@dataclass(frozen=True)
class Cell:
    """One side of a row. anchor: of the place in the text, "" where it has none."""

    names: str
    text: str
    anchor: str
    colour: int | None


@dataclass(frozen=True)
class Row:
    kind: Kind
    word: str
    left: Cell | None
    right: Cell | None


def choices(access: TaskAccess) -> list[Choice]:
    """Completions, then predictions, the newest first."""
    completions, predictions = access.completions.listed(), access.task.predictions.shown().defer("result")
    found = [Choice(f"c{row.pk}", _completion_words(row)) for row in completions]
    return found + [Choice(f"p{row.pk}", _prediction_words(row)) for row in predictions]


def chosen(given: str, offered: Sequence[Choice], fallback: Sequence[str]) -> str:
    """The key that the address gives, else the first of `fallback` that is offered."""
    keys = {choice.key for choice in offered}
    return given or next((key for key in fallback if key in keys), "")


def result_of(access: TaskAccess, key: str) -> list[Any]:
    """Raises Http404 for what this task doesn't have, and for completions that this person may not see."""
    number = task_id(key[1:]) or 0
    if key[:1] == "c":
        return completion_or_404(access, number).result
    row = access.task.predictions.shown().filter(pk=number).first() if key[:1] == "p" else None
    if row is None:
        raise Http404(f"Task {access.task.pk} has no such prediction to compare, or it is hidden.")
    return row.result


class Side:
    """One text with those of its regions that the filter leaves. name: "left" or "right"."""

    def __init__(
        self, name: str, text: str, result: list[Any], config: LabelingConfig | None, pairs: Sequence[Difference]
    ) -> None:
        self.name, self.text, self.result = name, text, result
        items = [(pair, item) for pair in pairs if (item := self.item(pair))]
        self.shown = ShownResult(text, [result[item.place] for _, item in items], config, "")
        self._differing = {item.span for pair, item in items if pair.kind != Kind.SAME}

    def item(self, pair: Difference) -> Item | None:
        return pair.left if self.name == "left" else pair.right

    @property
    def pieces(self) -> Iterator[tuple[Piece, str, bool]]:
        """(piece, anchor or "", whether a region over it differs from the other side)."""
        differing = {str(row.number) for row in self.shown.regions if (row.start, row.end) in self._differing}
        at = 0
        for piece in self.shown.pieces:
            anchor = f"{self.name}-{at}" if piece.number else ""
            yield piece, anchor, not differing.isdisjoint(piece.regions.split())
            at += len(piece.text)

    def cell(self, pair: Difference) -> Cell | None:
        item = self.item(pair)
        if item is None:
            return None
        names = ", ".join(item.names) or "no label"
        if item.span:
            colour = self.shown.colours.number(item.group[1], item.names[0] if item.names else "")
            return Cell(names, self._excerpt(*item.span), f"{self.name}-{item.start}", colour)
        if item.ends:
            ends = self.result[item.place]
            joined = " → ".join(self._texts.get(str(ends.get(end)), "?") for end in ("from_id", "to_id"))
            return Cell(", ".join(item.names) or "related", joined, "", None)
        return Cell(names, item.group[1], "", None)

    def _excerpt(self, start: int, end: int) -> str:
        return self.text[start:end] if end - start <= EXCERPT else f"{self.text[start : start + EXCERPT]}…"

    @cached_property
    def _texts(self) -> dict[str, str]:
        """By region id, over the whole result: the filter may have taken a relation's ends away."""
        spans = [row for row in self.result if isinstance(row, dict) and not is_relation(row)]
        values = [(str(row.get("id")), row.get("value")) for row in spans]
        return {
            pk: self._excerpt(value["start"], value["end"])
            for pk, value in values
            if isinstance(value, dict) and isinstance(value.get("start"), int) and isinstance(value.get("end"), int)
        }


class Compared:
    """Both sides and the rows between them. kinds: those that are looked at; none named means all."""

    def __init__(
        self, task: Task, left: list[Any], right: list[Any], config: LabelingConfig | None, kinds: Sequence[str]
    ) -> None:
        self.comparison: Comparison = compare(left, right)
        known = [kind for kind, _ in KINDS]
        self.kinds = [kind for kind in known if kind in kinds] or known
        self.pairs = self.comparison.of_kinds(self.kinds)
        self.left = Side("left", task.text, left, config, self.pairs)
        self.right = Side("right", task.text, right, config, self.pairs)

    @property
    def rows(self) -> list[Row]:
        words = dict(KINDS)
        return [
            Row(pair.kind, words[pair.kind], self.left.cell(pair), self.right.cell(pair))
            for pair in self.pairs[:MOST_ROWS]
        ]

    @property
    def boxes(self) -> list[tuple[Kind, str, int, bool]]:
        """(kind, word, how many, whether it is looked at) for the filter."""
        return [(kind, word, self.comparison.counts[kind], kind in self.kinds) for kind, word in KINDS]

    @property
    def left_out(self) -> int:
        """Rows beyond those that the table has room for."""
        return max(0, len(self.pairs) - MOST_ROWS)

    @property
    def colours(self) -> list[str]:
        """Of both sides, which number the config's alike; what it doesn't know is shown in the left side's colours."""
        return max(self.left.shown.colours.css, self.right.shown.colours.css, key=len)


def _completion_words(row: Completion) -> str:
    state = "draft"
    if row.submitted_at:
        state = ReviewState(row.review).label.lower() if row.review else "submitted"
    return f"Completion {row.pk} by {row.username or 'nobody named'}, {state}{', starred' if row.starred else ''}"


def _prediction_words(row: Prediction) -> str:
    return f"Prediction {row.pk} by {row.model_version or 'no version given'}"
