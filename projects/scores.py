"""How far a model's regions agree with people's, from counted verdicts (pure)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

ACCEPTED, BOUNDARY, RELABELLED, REJECTED, ADDED = "accepted", "boundary", "relabelled", "rejected", "added"
KINDS = (ACCEPTED, BOUNDARY, RELABELLED, REJECTED, ADDED)


@dataclass(frozen=True)
class VerdictCount:
    """How many verdicts are equal in all of these. corrected: the person's label where it is another one, else ""."""

    model: str
    version: str
    control: str
    label: str
    corrected: str
    kind: str
    count: int


@dataclass
class Score:
    """right: regions of the model that stand as they are. wrong: its other regions. missed: people's regions that it
    doesn't have."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def support(self) -> int:
        """People's regions."""
        return self.right + self.missed

    @property
    def precision(self) -> float | None:
        """0..1; None where the model proposed nothing."""
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float | None:
        """0..1; None where people have nothing."""
        return _share(self.right, self.support)

    @property
    def f1(self) -> float | None:
        """0..1; None where neither has anything."""
        return _share(2 * self.right, 2 * self.right + self.wrong + self.missed)

    def add(self, other: Score) -> None:
        self.right += other.right
        self.wrong += other.wrong
        self.missed += other.missed


@dataclass
class ModelScores:
    """One version of one model against people. labels: by (control, label), in the order of their names. verdicts: by
    kind, in the order of KINDS."""

    model: str
    version: str
    labels: dict[tuple[str, str], Score] = field(default_factory=lambda: defaultdict(Score))
    verdicts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    @property
    def overall(self) -> Score:
        """All labels together, each region counting once."""
        total = Score()
        for score in self.labels.values():
            total.add(score)
        return total

    @property
    def has_proposed(self) -> bool:
        return any(count for kind, count in self.verdicts.items() if kind != ADDED)

    def count(self, row: VerdictCount) -> None:
        own = self.labels[(row.control, row.label)]
        if row.kind == ACCEPTED:
            own.right += row.count
        if row.kind in (BOUNDARY, RELABELLED, REJECTED):
            own.wrong += row.count
        if row.kind in (BOUNDARY, ADDED):
            own.missed += row.count
        if row.kind == RELABELLED:
            self.labels[(row.control, row.corrected or row.label)].missed += row.count
        self.verdicts[row.kind] += row.count


def scores(rows: Iterable[VerdictCount]) -> list[ModelScores]:
    """By model, then by version. What people added where the config asks no model is nobody's miss."""
    found: dict[tuple[str, str], ModelScores] = {}
    for row in rows:
        found.setdefault((row.model, row.version), ModelScores(row.model, row.version)).count(row)
    for model in found.values():
        model.labels = dict(sorted(model.labels.items()))
    return [found[key] for key in sorted(found, key=_by_number) if key[0] or found[key].has_proposed]


def _by_number(key: tuple[str, str]) -> tuple[str, int, str]:
    """Version 10 behind version 9; what is no number by its letters."""
    model, version = key
    return model, int(version) if version.isascii() and version.isdigit() else 0, version


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
