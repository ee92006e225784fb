"""What an evaluation stores of one model: made from what it said, and read again by the pages. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from preannotation.evaluating import calibration
from preannotation.evaluating.errors import Error, Judged, counts, errors_of, pairs_of, report
from preannotation.metrics import NO_CLASS

MOST_ERRORS: Final = 5_000
MOST_FAILED: Final = 50
ALL: Final = "All labels"


def made(kind: str, judged: Sequence[Judged], data: str, asked: Sequence[Sequence[str]] = ()) -> dict[str, Any]:
    """Plain JSON. data: what it was measured on, in words. asked: (control, label) of each label that the model was
    asked for. Errors beyond MOST_ERRORS are counted, not kept."""
    errors = [error for one in judged for error in errors_of(one)]
    by_label: dict[str, list[tuple[float, bool]]] = {}
    for label, confidence, is_right in pairs_of(judged):
        by_label.setdefault(label, []).append((confidence, is_right))
    failed = [[one.task_id, one.failure] for one in judged if one.failure]
    return {
        "kind": kind,
        "asked": [list(one) for one in asked],
        "left_out": sum(one.left_out for one in judged),
        "report": report(kind, judged, data),
        "counts": counts(errors),
        "errors": [error.row() for error in errors[:MOST_ERRORS]],
        "errors_total": len(errors),
        "tallies": {label: calibration.tally(pairs) for label, pairs in sorted(by_label.items())},
        "failed": failed[:MOST_FAILED],
        "failed_total": len(failed),
    }


@dataclass(frozen=True)
class Figures:
    """One model's part of an evaluation. stored: as `made` made it, or {"failure": sentence}; empty before the end."""

    stored: dict[str, Any]

    @property
    def failure(self) -> str:
        return str(self.stored.get("failure", ""))

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = self.stored.get("report", {})
        return found

    @property
    def asked(self) -> frozenset[tuple[str, str]]:
        """(control, label) of what the model was asked for. Of evaluations that did not keep it yet, without controls,
        the labels that it or people used."""
        used = self.report.get("labels", {}).keys() - ({NO_CLASS} if self.report.get("kind") == "statuses" else set())
        kept = self.stored.get("asked") or [("", label) for label in used]
        return frozenset((control, label) for control, label in kept)

    @property
    def main(self) -> float | None:
        """The one figure that models of a kind are compared by, 0..1: F1 over all spans, else accuracy."""
        return self.report.get("f1") if self.report.get("kind") == "spans" else self.report.get("accuracy")

    def main_over(self, labels: Collection[str]) -> float | None:
        """The main figure as if these labels were all, 0..1. None of an accuracy, which has no parts by label."""
        if self.report.get("kind") != "spans":
            return None
        tallied = self.stored.get("tallies", {})
        rows = calibration.together(tallied.get(label, {}) for label in labels).values()
        support = sum(figures["support"] for label, figures in self.report["labels"].items() if label in labels)
        both = sum(found for found, _, _ in rows) + support
        return round(2 * sum(right for _, right, _ in rows) / both, 4) if both else 0.0

    @property
    def main_name(self) -> str:
        return "F1" if self.report.get("kind") == "spans" else "Accuracy"

    @cached_property
    def errors(self) -> list[Error]:
        return [Error.of(row) for row in self.stored.get("errors", [])]

    @property
    def errors_total(self) -> int:
        return int(self.stored.get("errors_total", 0))

    @cached_property
    def bins(self) -> list[calibration.Bin]:
        return calibration.bins(calibration.together(self.stored.get("tallies", {}).values()))

    @property
    def calibration_error(self) -> float | None:
        return calibration.expected_error(self.bins)

    def suggestions(self, precision: float, source: str) -> list[calibration.Suggestion]:
        """One for each label that the model found, and one for all of them: runs have one threshold for a model.
        precision: wanted, 0..1."""
        tallies = self.stored.get("tallies", {})
        found = [calibration.suggestion(label, given, precision, source) for label, given in sorted(tallies.items())]
        if len(found) > 1:
            found.append(calibration.suggestion(ALL, calibration.together(tallies.values()), precision, source))
        return found
