"""What the operators' commands share: how they are asked, how they answer, how they wait."""

from __future__ import annotations

import json
import time
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from django.core.management.base import CommandParser, OutputWrapper
from django.db.models import Model

from preannotation.models import PreannotationRun

POLL_SECONDS = 0.5


class UnderWay(Protocol):
    @property
    def is_under_way(self) -> bool: ...


Row = TypeVar("Row", bound=Model)


def add_project_arguments(parser: CommandParser, required: bool = True, user: bool = True) -> None:
    parser.add_argument("project", nargs=None if required else "?", help="the project's number or exact name")
    if user:
        parser.add_argument("--user", help="whose name stands in the record; the project's owner where it is left out")
    parser.add_argument("--json", action="store_true", help="print JSON")


def count(given: str) -> int:
    """An argument that is a whole number from 1. Raises ArgumentTypeError."""
    if not (given.isascii() and given.isdigit() and int(given)):
        raise ArgumentTypeError(f"{given} is no number of rows. Give a whole number from 1.")
    return int(given)


def wait_for(row: Row, line: Callable[[Row], str], out: OutputWrapper, quiet: bool) -> None:
    """Poll a row until it is no longer under way; each new line is printed once."""
    said = ""
    while True:
        row.refresh_from_db()
        words = line(row)
        if words != said and not quiet:
            out.write(words)
        said = words
        if not row.is_under_way:
            return
        time.sleep(POLL_SECONDS)


def run_figures(run: PreannotationRun) -> dict[str, Any]:
    return {
        "run": run.pk,
        "project": run.project_id,
        "deployment": run.deployment_id,
        "state": run.state,
        "scope": run.scope,
        "total": run.total,
        "found": run.found,
        "empty": run.empty,
        "unchanged": run.unchanged,
        "failed": run.failed,
        "cancelled": run.cancelled,
        "regions": run.regions,
        "failure": run.failure,
        "under_threshold": run.under_threshold,
        "unmapped": run.unmapped,
        "replace": run.replace,
        "thresholds": run.thresholds,
        "retry_of": run.retry_of_id,
        "is_automatic": run.is_automatic,
        "remarks": run.remarks,
        "rolled_back": run.rolled_back_at.isoformat() if run.rolled_back_at else None,
        "predictions_removed": run.predictions_removed,
    }


def answer(out: OutputWrapper, as_json: bool, figures: Mapping[str, Any]) -> None:
    out.write(json.dumps(figures) if as_json else "\n".join(f"{key}: {value}" for key, value in figures.items()))


def answer_rows(out: OutputWrapper, as_json: bool, rows: Sequence[Mapping[str, Any]]) -> None:
    """A JSON list, or a table as wide as its values."""
    if as_json:
        out.write(json.dumps(rows))
        return
    if not rows:
        out.write("none")
        return
    names = list(rows[0])
    table = [names, *([str(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(names))]
    for line in table:
        out.write("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
