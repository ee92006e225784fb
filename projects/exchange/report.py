from __future__ import annotations

from projects.models import ImportReport

MAX_PROBLEMS = 1_000


class Reporting:
    """Fills an ImportReport while rows come in; counts everything, lists the first MAX_PROBLEMS."""

    def __init__(self, report: ImportReport) -> None:
        self.report = report

    def note(self, row: int, what: str, reason: str) -> None:
        self.report.problem_count += 1
        if len(self.report.problems) < MAX_PROBLEMS:
            self.report.problems.append({"row": row, "what": what, "reason": reason})

    def refused_row(self, row: int, reason: str) -> None:
        self.report.refused += 1
        self.note(row, "row", reason)

    def refused_region(self, row: int, what: str, reason: str) -> None:
        self.report.regions_refused += 1
        self.note(row, what, f"{reason} It was left out.")

    def repaired_region(self, row: int, what: str, how: str) -> None:
        self.report.repaired += 1
        self.note(row, what, how)

    def finish(self) -> ImportReport:
        # Batches meet problems in their own order; people read them in the file's.
        self.report.problems.sort(key=lambda problem: problem["row"])
        self.report.save()
        return self.report
