"""The figures that an exported model has in its zip, taken over only as far as they are what pages can show.

Whoever made the zip may have written anything there: what doesn't fit is left out, and the rest still counts. Ids of
trainings and tasks mean nothing in another installation and stay behind.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from projects.storable import why_not_storable

QUALITY: Final = "quality.json"
LONGEST: Final = 2_000_000
MOST_LABELS: Final = 1_000
MOST_CHARACTERS: Final = 200
LONGEST_EXAMPLE: Final = 5_000
LARGEST: Final = 2**53
MEASURES: Final = ("f1", "precision", "recall", "accuracy")
KINDS: Final = ("spans", "statuses", "classes")


def beside(folder: Path) -> dict[str, Any]:
    """Those in `folder` beside a model, as `NlpModel.quality` has them; {} where there are none or nothing of them is
    usable."""
    path = folder / QUALITY
    try:
        if path.stat().st_size > LONGEST:
            return {}
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return _usable(given) if isinstance(given, dict) else {}


def _usable(given: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    labels = _labels(given.get("labels"))
    if labels is not None and given.get("kind") in KINDS:
        found |= {"kind": given["kind"], "labels": labels, "examples": _count(given.get("examples")) or 0}
        found["data"] = f"{_words(given.get('data'))}, as its zip says".removeprefix(", ")
        found |= {name: given[name] for name in MEASURES if _is_share(given.get(name))}
        if confusion := _confusion(given.get("confusion")):
            found["confusion"] = confusion
    parameters = given.get("parameters")
    if isinstance(parameters, dict):
        found["parameters"] = {str(name)[:40]: value for name, value in parameters.items() if _is_number(value)}
    if _is_number(given.get("seconds")) and given["seconds"] >= 0:
        found["seconds"] = given["seconds"]
    if example := _example(given.get("example")):
        found["example"] = example
    return {name: value for name, value in found.items() if not why_not_storable(value)}


def _labels(given: Any) -> dict[str, dict[str, Any]] | None:
    if not isinstance(given, dict) or len(given) > MOST_LABELS:
        return None
    rows = {str(name)[:MOST_CHARACTERS]: row for name, row in given.items() if _is_row(row)}
    return {name: {key: row[key] for key in ("precision", "recall", "f1", "support")} for name, row in rows.items()}


def _is_row(row: Any) -> bool:
    is_measured = isinstance(row, dict) and all(_is_share(row.get(key)) for key in ("precision", "recall", "f1"))
    return is_measured and _count(row.get("support")) is not None


def _confusion(given: Any) -> dict[str, Any] | None:
    """One that is square, with a name for each row."""
    if not isinstance(given, dict):
        return None
    names, rows = given.get("labels"), given.get("rows")
    if not isinstance(names, list) or not isinstance(rows, list) or not len(names) == len(rows) <= MOST_LABELS:
        return None
    square = all(isinstance(row, list) and len(row) == len(names) for row in rows)
    if not square or any(_count(value) is None for row in rows for value in row):
        return None
    return {"labels": [_words(name) for name in names], "rows": rows}


def _example(given: Any) -> dict[str, Any] | None:
    """A sentence with what the model said of it, as `preannotation.spark.example` makes it."""
    if not isinstance(given, dict) or not isinstance(regions := given.get("regions"), list):
        return None
    text = given.get("text")
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_EXAMPLE:
        return None
    kept = [region for region in regions[:MOST_LABELS] if _is_region(region, len(text))]
    keys = ("start", "end", "label", "confidence")
    return {"text": text, "regions": [{key: region[key] for key in keys if key in region} for region in kept]}


def _is_region(region: Any, length: int) -> bool:
    if not isinstance(region, dict) or not isinstance(region.get("label"), str):
        return False
    place = [_count(region.get(key, 0)) for key in ("start", "end")]
    return _is_share(region.get("confidence", 0)) and all(at is not None and at <= length for at in place)


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and -LARGEST < value < LARGEST


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST else None


def _words(value: Any) -> str:
    return value[:MOST_CHARACTERS] if isinstance(value, str) else ""
