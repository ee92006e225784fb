"""Coordinates of the picture of a model's calibration. Pure; strings, since templates write numbers by language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from preannotation.evaluating.calibration import Bin

SIDE: Final = 240
LEFT: Final = 44
TOP: Final = 12
SMALLEST: Final = 3.0
LARGEST: Final = 10.0


@dataclass(frozen=True)
class Plot:
    """Confidence to the right, share of right findings upwards; a point for each bin, its area by its findings."""

    bins: Sequence[Bin]

    @property
    def points(self) -> list[dict[str, str]]:
        most = max((one.count for one in self.bins), default=1)
        return [
            {
                "x": _x(one.confidence),
                "y": _y(one.right),
                "ideal": _y(one.confidence),
                "r": f"{max(SMALLEST, LARGEST * (one.count / most) ** 0.5):.1f}",
            }
            for one in self.bins
        ]

    @property
    def line(self) -> str:
        return " ".join(f"{point['x']},{point['y']}" for point in self.points)

    @property
    def ticks(self) -> list[dict[str, str]]:
        return [{"x": _x(share), "y": _y(share), "words": f"{share:g}"} for share in (0, 0.25, 0.5, 0.75, 1)]


def _x(share: float) -> str:
    return f"{LEFT + SIDE * share:.1f}"


def _y(share: float) -> str:
    return f"{TOP + SIDE * (1 - share):.1f}"
