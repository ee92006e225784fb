"""An evaluation as its page shows it: one model's figures, or two side by side; lists of errors a page at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, Final
from urllib.parse import urlencode

from preannotation.evaluating import excerpts
from preannotation.evaluating.calibration import Suggestion
from preannotation.evaluating.errors import KINDS, Change, Error, Span, compared, within
from preannotation.evaluating.figures import Figures
from preannotation.evaluating.plot import Plot
from preannotation.models import Evaluation, NlpModel

PAGE_SIZE: Final = 25
USUAL_PRECISION: Final = 0.9
GAINS: Final = "gains"
BREAKS: Final = "breaks"
DIFFERENT: Final = "Choose two different models of the same kind, which have a label in common, to set side by side."


@dataclass(frozen=True)
class Measured:
    """One model of an evaluation."""

    model: NlpModel
    figures: Figures

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """(kind of error, how many)."""
        return [(kind, sum(self.figures.stored.get("counts", {}).get(kind, {}).values())) for kind in KINDS]

    def shares(self, other: Measured) -> bool:
        """Whether both were asked for the same thing at all, so that they can be compared."""
        same_kind = self.figures.report["kind"] == other.figures.report["kind"]
        return self != other and same_kind and bool(self.figures.asked & other.figures.asked)

    @property
    def labels(self) -> list[tuple[str, dict[str, Any], list[tuple[str, int]]]]:
        """(label, its figures, its errors by kind), the labels in order."""
        counted = self.figures.stored.get("counts", {})
        return [
            (label, figures, [(kind, counted.get(kind, {}).get(label, 0)) for kind in KINDS])
            for label, figures in sorted(self.figures.report.get("labels", {}).items())
        ]


@dataclass(frozen=True)
class ErrorRow:
    """An error with the words around it."""

    error: Error
    excerpt: excerpts.Excerpt
    is_gain: bool | None = None

    @property
    def differ(self) -> bool:
        """Whether people and model mean different stretches of the same words."""
        wanted, said = self.error.wanted, self.error.said
        return wanted is not None and said is not None and wanted[:2] != said[:2]

    @property
    def people(self) -> str:
        return self._words(self.error.wanted)

    @property
    def model(self) -> str:
        return self._words(self.error.said)

    def _words(self, span: Span | None) -> str:
        begin = self.error.place[0]
        return self.excerpt.words[span[0] - begin : span[1] - begin] if span else ""


@dataclass(frozen=True)
class Page:
    """Part of a long list. number: from 1. query: the address without the page."""

    rows: Sequence[ErrorRow]
    total: int
    number: int
    query: str

    @property
    def pages(self) -> int:
        return max(1, math.ceil(self.total / PAGE_SIZE))

    @property
    def previous(self) -> str:
        return f"{self.query}&page={self.number - 1}" if self.number > 1 else ""

    @property
    def next(self) -> str:
        return f"{self.query}&page={self.number + 1}" if self.number < self.pages else ""


@dataclass(frozen=True)
class Detail:
    """One model in full. kind, label: which errors are listed, "" for all. precision: wanted of the thresholds."""

    measured: Measured
    evaluation: Evaluation
    kind: str
    label: str
    page_number: int
    precision: float
    problem: str

    @classmethod
    def of(cls, evaluation: Evaluation, measured: Measured, data: Mapping[str, str]) -> Detail:
        """From an address; what it can't mean is left out."""
        kind = data.get("kind", "")
        precision = _share(data.get("precision", ""))
        problem = "" if precision or not data.get("precision") else "Give a precision above 0, up to 1, as in 0.9."
        return cls(
            measured,
            evaluation,
            kind if kind in KINDS else "",
            data.get("label", "").replace("\0", ""),
            _number(data.get("page", ""), 1),
            precision or USUAL_PRECISION,
            problem,
        )

    @property
    def _precision(self) -> dict[str, str]:
        return {} if self.precision == USUAL_PRECISION else {"precision": f"{self.precision:g}"}

    @property
    def query(self) -> str:
        """The address of this model's whole list, with the wanted precision."""
        return _query({"model": self.measured.model.pk, **self._precision})

    @property
    def source(self) -> str:
        return f"evaluation {self.evaluation.pk}, {self.measured.figures.report.get('data', '')}"

    @cached_property
    def suggestions(self) -> list[Suggestion]:
        return self.measured.figures.suggestions(self.precision, self.source)

    @cached_property
    def plot(self) -> Plot:
        return Plot(self.measured.figures.bins)

    @cached_property
    def errors(self) -> Page:
        chosen = [
            error
            for error in self.measured.figures.errors
            if self.kind in ("", error.kind) and self.label in ("", error.label)
        ]
        asked = {"model": self.measured.model.pk, **self._precision, "kind": self.kind, "label": self.label}
        return _page(self.evaluation, [(error, None) for error in chosen], self.page_number, _query(asked))


@dataclass(frozen=True)
class SideBySide:
    """Two models on the same tasks. only: GAINS or BREAKS, "" for both."""

    evaluation: Evaluation
    left: Measured
    right: Measured
    only: str
    page_number: int

    @cached_property
    def changes(self) -> list[Change]:
        return compared(*(within(one.figures.errors, self.shared) for one in (self.left, self.right)))

    @cached_property
    def shared(self) -> list[str]:
        """Labels that both models were asked for; nothing can be said of the others side by side."""
        return sorted({label for _, label in self.left.figures.asked & self.right.figures.asked})

    @property
    def alone(self) -> list[str]:
        """Labels that only one of both was asked for."""
        return sorted({label for _, label in self.left.figures.asked ^ self.right.figures.asked} - set(self.shared))

    @property
    def gains(self) -> int:
        return sum(change.is_gain for change in self.changes)

    @property
    def breaks(self) -> int:
        return len(self.changes) - self.gains

    @property
    def is_partial(self) -> bool:
        """Whether more errors were made than are kept, so that the lists may be wrong about the rest."""
        return any(one.figures.errors_total > len(one.figures.errors) for one in (self.left, self.right))

    @property
    def labels(self) -> list[tuple[str, dict[str, Any], dict[str, Any], float | None]]:
        """(label, figures left, figures right, by how much F1 differs, None where only one has figures of it)."""
        left, right = (one.figures.report.get("labels", {}) for one in (self.left, self.right))
        both = left.keys() & right.keys() & set(self.shared)
        differences = {label: right[label]["f1"] - left[label]["f1"] for label in both}
        return [
            (label, left.get(label, {}), right.get(label, {}), differences.get(label))
            for label in sorted(left.keys() | right.keys())
        ]

    @property
    def headline(self) -> tuple[float, float, float] | None:
        """(main figure left, right, by how much they differ) over what both were asked for; None where that can't be
        told."""
        both = (self.left.figures, self.right.figures)
        left, right = (one.main_over(self.shared) if self.alone else one.main for one in both)
        return None if left is None or right is None else (left, right, right - left)

    @cached_property
    def listed(self) -> Page:
        wanted = {GAINS: True, BREAKS: False}.get(self.only)
        chosen = [(change.error, change.is_gain) for change in self.changes if wanted in (None, change.is_gain)]
        asked = {"left": self.left.model.pk, "right": self.right.model.pk, "only": self.only}
        return _page(self.evaluation, chosen, self.page_number, _query(asked))


@dataclass(frozen=True)
class EvaluationPage:
    """measured: its models, in order. detail: of one of them. pair: two of them. One of both is None."""

    evaluation: Evaluation
    measured: list[Measured]
    detail: Detail | None
    pair: SideBySide | None
    problem: str = ""

    @classmethod
    def of(cls, evaluation: Evaluation, data: Mapping[str, str]) -> EvaluationPage:
        models = evaluation.nlp_models.order_by("name", "version")
        measured = [Measured(model, Figures(evaluation.figures.get(str(model.pk), {}))) for model in models]
        told = {str(one.model.pk): one for one in measured if one.figures.report}
        left, right = told.get(data.get("left", "")), told.get(data.get("right", ""))
        if left and right and left.shares(right):
            only = data.get("only", "") if data.get("only") in (GAINS, BREAKS) else ""
            pair = SideBySide(evaluation, left, right, only, _number(data.get("page", ""), 1))
            return cls(evaluation, measured, None, pair)
        problem = "" if "left" not in data else DIFFERENT
        chosen = told.get(data.get("model", "")) or next(iter(told.values()), None)
        return cls(evaluation, measured, chosen and Detail.of(evaluation, chosen, data), None, problem)

    @property
    def comparable(self) -> list[Measured]:
        """Those that can be set side by side with another one."""
        told = [one for one in self.measured if one.figures.report]
        return [one for one in told if any(one.shares(other) for other in told)]

    @property
    def chosen(self) -> tuple[int, int] | None:
        """Ids of the two that the form about side by side begins with, left and right: what is shown, else two versions
        of one name, the older model on the left."""
        if self.pair:
            return self.pair.left.model.pk, self.pair.right.model.pk
        among = self.comparable
        pairs = [(one, two) for one, two in combinations(among, 2) if one.shares(two)]
        same = [(one, two) for one, two in pairs if one.model.name == two.model.name]
        older, newer = next((sorted((one.model.pk, two.model.pk)) for one, two in [*same, *pairs]), (None, None))
        return (older, newer) if older and newer else None


def _page(evaluation: Evaluation, chosen: Sequence[tuple[Error, bool | None]], number: int, query: str) -> Page:
    number = min(number, max(1, math.ceil(len(chosen) / PAGE_SIZE)))
    part = chosen[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    found = excerpts.of(evaluation.project_id, [(error.task_id, *error.place) for error, _ in part])
    rows = [ErrorRow(error, excerpt, is_gain) for (error, is_gain), excerpt in zip(part, found, strict=True) if excerpt]
    return Page(rows, len(chosen), number, query)


def _query(asked: Mapping[str, object]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})


def _share(written: str) -> float | None:
    """Above 0, up to 1; None for anything else."""
    try:
        value = float(written.replace(",", "."))
    except ValueError:
        return None
    return value if 0.0 < value <= 1.0 else None


def _number(written: str, otherwise: int) -> int:
    is_number = written.isascii() and written.isdigit() and len(written) < 7
    return int(written) or otherwise if is_number else otherwise
