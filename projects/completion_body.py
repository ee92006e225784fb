"""What a browser sends of a completion, read with care."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from projects.refusals import Unreadable
from projects.storable import why_not_storable

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_REGIONS: Final = 20_000
MOST_NOTE: Final = 10_000
MOST_REGION_ID: Final = 200
# A save that says more than a day measured a machine that slept.
MOST_SECONDS: Final = 24 * 3600
MOST_ID: Final = 2**63 - 1
MOST_VERSION: Final = 2**31 - 1
COPIED_FROM = re.compile(r"(prediction|completion): [0-9]{1,18}")


@dataclass(frozen=True)
class Given:
    """version: that of the draft which the browser edits, None where it knows of none. seconds: spent since the last
    save. config_version: of the config that the page was made with."""

    result: list[Any]
    set_aside: list[dict[str, Any]]
    note: str
    copied_from: str
    seconds: float = 0.0
    draft_key: UUID | None = None
    version: int | None = None
    config_version: int | None = None
    user: str | None = None

    @classmethod
    def of(cls, body: bytes) -> Given:
        """Raises Unreadable."""
        given = _object(body)
        result = given.get("result")
        if not isinstance(result, list):
            raise Unreadable('"result" must be a list of regions.')
        if len(result) > MOST_REGIONS:
            raise Unreadable(f"It has {len(result):,} regions; a completion takes at most {MOST_REGIONS:,}.")
        return cls(
            result=result,
            set_aside=_set_aside(given.get("set_aside") or []),
            note=_note(given.get("note") or ""),
            copied_from=_copied_from(given.get("copied_from") or ""),
            seconds=_seconds(given.get("seconds") or 0),
            draft_key=_draft_key(given.get("draft_key")),
            version=_version("version", given.get("version")),
            config_version=_version("config_version", given.get("config_version")),
            user=str(given["user"]) if given.get("user") else None,
        )


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"What the browser sent is no JSON{where}. Nothing was saved; reload the page.") from error
    if not isinstance(given, dict):
        raise Unreadable('What the browser sent is no object with "result". Nothing was saved; reload the page.')
    return given


def _note(note: Any) -> str:
    if not isinstance(note, str):
        raise Unreadable('"note" must be a text.')
    if len(note) > MOST_NOTE:
        raise Unreadable(f"The note has {len(note):,} characters; at most {MOST_NOTE:,} are taken. Shorten it.")
    if reason := why_not_storable(note):
        raise Unreadable(f"The note {reason}. Remove it there.")
    return note


def _set_aside(entries: Any) -> list[dict[str, Any]]:
    if not isinstance(entries, list) or len(entries) > MOST_REGIONS:
        raise Unreadable(f'"set_aside" must be a list of at most {MOST_REGIONS:,} regions.')
    return [_rejected(entry) for entry in entries]


def _rejected(entry: Any) -> dict[str, Any]:
    prediction = entry.get("prediction") if isinstance(entry, dict) else None
    region = str(entry.get("region", "")) if isinstance(entry, dict) else ""
    is_number = isinstance(prediction, int) and not isinstance(prediction, bool) and 0 < prediction <= MOST_ID
    if not is_number or not 0 < len(region) <= MOST_REGION_ID or why_not_storable(region):
        raise Unreadable('"set_aside" must name a "prediction" by its number and a "region" by its id.')
    return {"prediction": prediction, "region": region}


def _copied_from(given: Any) -> str:
    if given and not (isinstance(given, str) and COPIED_FROM.fullmatch(given)):
        raise Unreadable('"copied_from" must be like "prediction: 12" or "completion: 7".')
    return str(given)


def _seconds(given: Any) -> float:
    is_number = isinstance(given, (int, float)) and not isinstance(given, bool)
    if not is_number or not math.isfinite(given) or given < 0:
        raise Unreadable('"seconds" must be a number from 0.')
    return float(min(given, MOST_SECONDS))


def _draft_key(given: Any) -> UUID | None:
    try:
        return UUID(given) if given is not None else None
    except (ValueError, TypeError, AttributeError) as error:
        raise Unreadable('"draft_key" must be a UUID.') from error


def _version(name: str, given: Any) -> int | None:
    if given is None:
        return None
    if not isinstance(given, int) or isinstance(given, bool) or not 0 < given <= MOST_VERSION:
        raise Unreadable(f'"{name}" must be a whole number from 1.')
    return given
