"""Whether a model's confidence means what it says, and from which confidence on it is right often enough. Pure.

A tally is plain JSON: {hundredth: [findings, right ones, sum of their confidences]}. The hundredth is the confidence
cut down to two places, so that a threshold in hundredths keeps exactly the findings that a run with it would keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

BINS: Final = 10
LEAST_FINDINGS: Final = 10
"""A share of fewer findings than this is chance, so no threshold is suggested from it."""

Tally = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Bin:
    """Findings with a confidence in [low, high), the last one with 1 too. confidence: their mean. right: the share that
    is right. All 0..1."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A threshold for one label. threshold, precision: 0..1, None where none is suggested. kept, findings: how many
    findings the threshold keeps, and of how many. right_kept, right: the same of those that are right. source: what it
    was found from. why_not: why there is none."""

    label: str
    threshold: float | None
    precision: float | None
    kept: int
    findings: int
    right_kept: int
    right: int
    source: str
    why_not: str = ""


def tally(pairs: Iterable[tuple[float, bool]]) -> Tally:
    """pairs: (confidence 0..1, whether the finding is right)."""
    counted: Tally = {}
    for confidence, is_right in pairs:
        # Ten more places than can matter: 0.29 * 100 is 28.999999999999996.
        hundredth = str(int(round(confidence * 100, 8)))
        row = counted.setdefault(hundredth, [0, 0, 0.0])
        row[0] += 1
        row[1] += is_right
        row[2] = round(row[2] + confidence, 6)
    return counted


def together(tallies: Iterable[Mapping[str, Sequence[float]]]) -> Tally:
    """One tally of several."""
    counted: Tally = {}
    for one in tallies:
        for hundredth, row in one.items():
            held = counted.setdefault(hundredth, [0, 0, 0.0])
            for place, value in enumerate(row):
                held[place] += value
    return counted


def bins(given: Mapping[str, Sequence[float]]) -> list[Bin]:
    """The tally in BINS equal parts of 0..1, those with a finding in them."""
    width = 100 // BINS
    found = []
    for number in range(BINS):
        rows = [row for at, row in given.items() if min(int(at) // width, BINS - 1) == number]
        count = int(sum(row[0] for row in rows))
        if count:
            confidence, right = sum(row[2] for row in rows) / count, sum(row[1] for row in rows) / count
            found.append(Bin(number / BINS, (number + 1) / BINS, count, confidence, right))
    return found


def expected_error(given: Sequence[Bin]) -> float | None:
    """Expected calibration error, 0..1: by how much confidence and share of right findings differ, as a mean over the
    bins weighted by their findings. None where there are no findings."""
    total = sum(one.count for one in given)
    return sum(one.count * abs(one.confidence - one.right) for one in given) / total if total else None


def suggestion(label: str, given: Mapping[str, Sequence[float]], precision: float, source: str) -> Suggestion:
    """The lowest threshold from which on at least this share of the findings is right.

    precision: wanted, 0..1. source: what the tally was counted in, in words.
    """
    findings = int(sum(row[0] for row in given.values()))
    right = int(sum(row[1] for row in given.values()))
    best: tuple[int, int, int] | None = None
    kept = right_kept = enough = 0
    for at in sorted(map(int, given), reverse=True):
        kept += int(given[str(at)][0])
        right_kept += int(given[str(at)][1])
        if kept >= LEAST_FINDINGS:
            enough = kept
            if right_kept / kept >= precision:
                best = at, kept, right_kept
    if best is None:
        why = (
            f"No threshold reaches {precision:.2f} with {LEAST_FINDINGS} findings or more."
            if enough
            else f"{findings} findings are too few; {LEAST_FINDINGS} are needed."
        )
        return Suggestion(label, None, None, 0, findings, 0, right, source, why)
    at, kept, right_kept = best
    # Where all findings are right often enough, no threshold is needed.
    threshold = 0.0 if kept == findings else at / 100
    return Suggestion(label, threshold, right_kept / kept, kept, findings, right_kept, right, source)
