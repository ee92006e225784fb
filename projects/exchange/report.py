from __future__ import annotations

from typing import Any

from projects.exchange.rows import Row
from projects.models import ImportReport

MAX_PROBLEMS = 1_000
COUNTS = ("imported", "joined", "skipped", "refused", "repaired", "regions_refused", "problem_count")


class Reporting:
    """Counts what became of the rows, and lists the first MAX_PROBLEMS that met with a problem."""

    def __init__(self, report: ImportReport) -> None:
        self.report = report

    def note(self, row: int, what: str, reason: str, source: str = "") -> None:
        self.report.problem_count += 1
        if len(self.report.problems) < MAX_PROBLEMS:
            problem: dict[str, Any] = {"row": row, "what": what, "reason": reason}
            self.report.problems.append(problem | ({"file": source} if source else {}))

    def refused_row(self, row: int, reason: str, source: str = "") -> None:
        self.report.refused += 1
        self.note(row, "row", reason, source)

    def refused_region(self, row: Row, what: str, reason: str) -> None:
        self.report.regions_refused += 1
        self.note(row.number, what, f"{reason} It was left out.", row.source)

    def repaired_region(self, row: Row, what: str, how: str) -> None:
        self.report.repaired += 1
        self.note(row.number, what, how, row.source)

    def values(self) -> dict[str, Any]:
        """The columns of the report that tell what became of the rows."""
        # Batches meet problems in their own order; people read them in the file's.
        problems = sorted(self.report.problems, key=lambda problem: (problem.get("file", ""), problem["row"]))
        return {name: getattr(self.report, name) for name in COUNTS} | {"problems": problems}
