"""Reads and writes what both dialects carry of a completion under the same keys: where it was copied from, the note,
what was set aside, the review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from projects.completion_body import COPIED_FROM
from projects.exchange import rows
from projects.exchange.beside import Beside
from projects.models import Completion, Prediction
from projects.models.completion import ReviewState

REVIEWED = frozenset({"review", "reviewed_by", "reviewed_at", "review_comment"})


def beside_of(completion: Completion, completions: Sequence[Completion], predictions: Sequence[Prediction]) -> Beside:
    """As it is written. completions, predictions: all of the task that go into the same file."""
    by = completion.reviewed_by.get_username() if completion.reviewed_by else completion.extra.get("reviewed_by")
    return Beside(
        copied_from=_source(completion.copied_from, completions, predictions),
        note=completion.note,
        set_aside=completion.set_aside,
        review=completion.review,
        reviewed_by=rows.short_name(by) if completion.review else "",
        reviewed_at=completion.reviewed_at if completion.review else None,
        review_comment=completion.review_comment if completion.review else "",
    )


def read(item: Mapping[str, Any], copied_from: Any, is_submitted: bool) -> tuple[Beside, frozenset[str]]:
    """What a completion of a file has, and the keys that were understood; the others travel along as they are."""
    known: dict[str, Any] = {}
    if isinstance(item.get("note"), str):
        known["note"] = item["note"]
    if _is_set_aside(item.get("set_aside")):
        known["set_aside"] = item["set_aside"]
    understood = set(known)
    if is_submitted and item.get("review") in ReviewState.values[1:]:
        understood |= REVIEWED
        known["review"], known["reviewed_by"] = item["review"], rows.short_name(item.get("reviewed_by"))
        known["reviewed_at"] = rows.timestamp(item.get("reviewed_at"))
        comment = item.get("review_comment")
        known["review_comment"] = comment if isinstance(comment, str) else ""
    if isinstance(copied_from, str) and COPIED_FROM.fullmatch(copied_from):
        known["copied_from"] = copied_from
    return Beside(**known), frozenset(understood)


def _is_set_aside(given: Any) -> bool:
    return isinstance(given, list) and all(
        isinstance(entry, dict)
        and set(entry) == {"prediction", "region"}
        and isinstance(entry["prediction"], int)
        and isinstance(entry["region"], str)
        for entry in given
    )


def _source(copied_from: str, completions: Sequence[Completion], predictions: Sequence[Prediction]) -> str:
    """With the id that the source has in the file, where it is there under another number."""
    kind, _, number = copied_from.partition(": ")
    there: Sequence[Completion | Prediction] = completions if kind == "completion" else predictions
    for source in there:
        if str(source.pk) == number:
            written = f"{kind}: {rows.restored_id(source.external_id, source.pk)}"
            return written if COPIED_FROM.fullmatch(written) else copied_from
    return copied_from
