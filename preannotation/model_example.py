"""A model's example, as `quality["example"]` keeps it, for the page: a sentence with what the model said of it.

Stored as {"text": …, "regions": [{"label", "confidence", and "start", "end" unless it is said of the whole text}]}.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from preannotation.label_look import Colours
from preannotation.models import NlpModel
from projects.highlight import segments

LANES_DRAWN = 3
_colours = Colours([])
COLOURS = [_colours.take() for _ in range(24)]


@dataclass(frozen=True)
class Said:
    """start, end: code points, half-open; (0, 0) for the whole text. colour: as #rrggbb."""

    start: int
    end: int
    label: str
    confidence: float
    colour: str

    @property
    def words(self) -> str:
        return f"{self.label} {self.confidence:.2f}"


@dataclass(frozen=True)
class Piece:
    """style: custom properties of the colours, "" where nothing was found. suffix: what ends here."""

    text: str
    style: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class Example:
    """classes: what was said of the whole text."""

    pieces: tuple[Piece, ...]
    classes: tuple[Said, ...]
    nothing: bool


def example_of(model: NlpModel) -> Example | None:
    """None where the model has none that can be read."""
    stored = model.quality.get("example")
    if not isinstance(stored, dict) or not isinstance(text := stored.get("text"), str) or not text:
        return None
    colours = {label: COLOURS[number % len(COLOURS)] for number, label in enumerate(model.labels)}
    regions = stored.get("regions")
    found = (
        [_said(region, colours) for region in regions if isinstance(region, dict)] if isinstance(regions, list) else []
    )
    spans = [said for said in found if said.end]
    return Example(
        pieces=tuple(
            _piece(
                segment.text,
                [spans[cover.index] for cover in segment.covers],
                [spans[cover.index] for cover in segment.covers if cover.closes],
            )
            for segment in segments(text, spans)
        ),
        classes=tuple(said for said in found if not said.end),
        nothing=not found,
    )


def _said(region: dict[str, Any], colours: dict[str, str]) -> Said:
    label = str(region.get("label", ""))
    numbers = [region.get(key) for key in ("start", "end", "confidence")]
    start, end, confidence = (number if isinstance(number, int | float) else 0 for number in numbers)
    return Said(int(start), int(end), label, float(confidence), colours.get(label, COLOURS[0]))


def _piece(text: str, covering: list[Said], closing: list[Said]) -> Piece:
    if not covering:
        return Piece(text)
    lanes = [f"--u{lane}:{said.colour}" for lane, said in enumerate(covering[:LANES_DRAWN])]
    style = ";".join([f"--label:{covering[-1].colour}", *lanes])
    return Piece(text, style, ", ".join(said.words for said in closing))
