"""How far an import has come, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from projects.models import ImportReport

RATE_NEEDS_SECONDS = 1.0


@dataclass(frozen=True)
class ImportProgress:
    """percent: of the file's bytes, 0..100. rate: rows a second. left: time that the rest will take at this rate.
    ahead: other imports that were asked for earlier and are not through."""

    report: ImportReport

    @property
    def percent(self) -> int:
        return 100 * self.report.bytes_read // self.report.size if self.report.size else 0

    @property
    def rate(self) -> float | None:
        return self.report.rows_read / self.report.seconds if self.report.seconds >= RATE_NEEDS_SECONDS else None

    @property
    def left(self) -> timedelta | None:
        if not self.report.bytes_read or self.report.seconds < RATE_NEEDS_SECONDS:
            return None
        rest = self.report.size - self.report.bytes_read
        return timedelta(seconds=round(rest * self.report.seconds / self.report.bytes_read))

    @property
    def ahead(self) -> int:
        return ImportReport.objects.under_way().filter(pk__lt=self.report.pk).count()

    @property
    def names_files(self) -> bool:
        return any("file" in problem for problem in self.report.problems)
