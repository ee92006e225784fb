"""The course of a training as lines of a chart. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 600
HEIGHT: Final = 180
MARGIN: Final = 8


@dataclass(frozen=True, slots=True)
class Line:
    """name: what it shows. points: as an SVG polyline has them. least, most: of its values."""

    name: str
    points: str
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Chart:
    """lines: each on a scale of its own, scores on 0..1. best: where the best epoch lies, None without scores."""

    lines: tuple[Line, ...]
    best: float | None
    width: int = WIDTH
    height: int = HEIGHT


def chart(history: Sequence[Mapping[str, Any]], of: int) -> Chart | None:
    """history: finished epochs, {"epoch", "loss", "f1"}. of: how many there will be. None with fewer than two."""
    if len(history) < 2:
        return None
    last = max(of, len(history))
    lines = []
    for key, name in (("f1", "Score"), ("loss", "Loss")):
        values = [(number, float(row[key])) for number, row in enumerate(history) if row.get(key) is not None]
        if len(values) > 1:
            least, most = (0.0, 1.0) if key == "f1" else (0.0, max(value for _, value in values) or 1.0)
            points = " ".join(f"{_x(number, last):.1f},{_y(value, least, most):.1f}" for number, value in values)
            lines.append(Line(name, points, min(value for _, value in values), max(value for _, value in values)))
    scored = [(row["f1"], -number) for number, row in enumerate(history) if row.get("f1") is not None]
    return Chart(tuple(lines), _x(-max(scored)[1], last) if scored else None)


def _x(number: int, last: int) -> float:
    return MARGIN + (WIDTH - 2 * MARGIN) * number / max(last - 1, 1)


def _y(value: float, least: float, most: float) -> float:
    return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (value - least) / (most - least)
