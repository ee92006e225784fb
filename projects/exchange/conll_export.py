"""Named entities of tasks as CoNLL-2003, from one result a task, read back and compared."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import IO

from projects.digests import digest
from projects.exchange import conll, rows
from projects.exchange.conll import Span
from projects.exchange.decoding import text_chunks
from projects.exchange.errors import ExportMismatch
from projects.models import Completion, Prediction, Task
from projects.results import Region

GoOn = Callable[[int], None]
"""Called now and then with the tasks written so far; raises where the export is to end."""

EVERY = 200


@dataclass(frozen=True)
class Written:
    """left_out: regions that a format without overlaps can't hold, and those of blanks alone."""

    tasks: int
    left_out: int = 0


def write_checked(
    file: IO[bytes], tasks: Iterable[Task], go_on: GoOn, *, completions: bool, predictions: bool
) -> Written:
    """Write a document a task, compare what reads back, and leave the file at its beginning. Raises ExportMismatch.

    tasks: with those of completions and predictions that are wanted. Of a task's completions the starred one counts,
    else the one submitted last, else the one saved last; where there is none, the newest prediction.
    """
    written = left_out = 0
    expected: list[tuple[int, uuid.UUID]] = []
    for task in tasks:
        done = list(task.completions.all()) if completions else []
        shown = list(task.predictions.all()) if predictions else []
        spans = _spans(_result(done, shown))
        kept = conll.tagged(task.text, spans)
        file.write(conll.write(rows.restored_id(task.external_id, task.pk), task.text, kept).encode())
        if conll.has_tokens(task.text):
            expected.append((task.pk, _fingerprint(task.text, kept)))
        written, left_out = written + 1, left_out + len(spans) - len(kept)
        if written % EVERY == 0:
            go_on(written)
    file.seek(0)
    _compare(file, expected)
    file.seek(0)
    return Written(written, left_out)


def _result(completions: Sequence[Completion], predictions: Sequence[Prediction]) -> list[Region]:
    if completions:
        chosen = max(completions, key=lambda done: (done.starred, done.submitted_at is not None, done.updated_at))
        result: list[Region] = chosen.result
        return result
    return predictions[0].result if predictions else []


def _spans(result: Sequence[Region]) -> list[Span]:
    """Entities; the status of one is a second region over it, and no entity of its own."""
    by_id = {region.get("id"): region.get("value", {}) for region in result if "value" in region}
    spans = []
    for region in result:
        value = region.get("value", {})
        if region.get("type") != "labels" or "start" not in value:
            continue
        parent = by_id.get(region.get("parentID"))
        if parent and (parent.get("start"), parent.get("end")) == (value["start"], value["end"]):
            continue
        spans.append((value["start"], value["end"], value["labels"][0]))
    return spans


def _compare(file: IO[bytes], expected: Sequence[tuple[int, uuid.UUID]]) -> None:
    for document, given in zip_longest(conll.documents(text_chunks(file)), expected):
        if document is None or given is None:
            raise ExportMismatch(f"The export does not hold {len(expected):,} texts as the database does.")
        pk, fingerprint = given
        if _fingerprint(document.text, document.spans) != fingerprint:
            raise ExportMismatch(f"Task {pk} reads back from the export with other regions.")


def _fingerprint(text: str, spans: Sequence[Span]) -> uuid.UUID:
    """What must read back of a task, in the same room however many regions it has."""
    return digest(json.dumps(conll.words(text, spans)))
