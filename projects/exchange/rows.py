"""What a file says of one task, whatever its format, before it is checked against the project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from projects.exchange.beside import Beside
from projects.exchange.errors import RowRefused
from projects.storable import why_not_storable

FIRST_YEAR, LAST_YEAR = 2, 9998
MAX_TEXT_CHARACTERS = 2_000_000
MAX_TITLE = 200
TITLE_FROM_TEXT = 80
MAX_EXTERNAL_ID = 80
MAX_NAME = 150
MAX_TAG = 60


@dataclass
class ReadCompletion:
    """A person's work as a file has it; `result` is not checked yet. lead_time: seconds."""

    username: str
    result: list[Any]
    starred: bool = False
    submitted_at: datetime | None = None
    lead_time: float | None = None
    external_id: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    beside: Beside = field(default_factory=Beside)


@dataclass
class ReadPrediction:
    """A model's answer as a file has it; `result` is not checked yet. model_version: "" where the file has none."""

    model_version: str
    result: list[Any]
    username: str = ""
    external_id: str = ""
    created_at: datetime | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Row:
    """One task of a file. number: from 1. notes: what was left out of it, and why. source: the file inside an archive
    that it stands in, "" outside of archives. data_hash, text_hash: identities in hexadecimal digits; written: all
    that a task takes from the row, as COPY takes it. Those three are set by `batches.write_down`."""

    number: int
    title: str
    text: str
    data: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)
    external_id: str = ""
    created_at: datetime | None = None
    tags: list[str] = field(default_factory=list)
    completions: list[ReadCompletion] = field(default_factory=list)
    predictions: list[ReadPrediction] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    source: str = ""
    data_hash: str = ""
    text_hash: str = ""
    written: str = ""


def bare_row(number: int, item: Any, text_field: str, file_name: str) -> Row:
    """A row whose keys are all data fields. Raises RowRefused."""
    if not isinstance(item, dict):
        raise RowRefused(f'It is {_kind(item)}. A task is an object with at least "{text_field}".')
    if text_field not in item:
        raise RowRefused(f'It has no "{text_field}", the field that the Labeling Config shows.')
    text = item[text_field]
    if not isinstance(text, str):
        raise RowRefused(f'"{text_field}" is {_kind(text)}; it must be a text.')
    if len(text) > MAX_TEXT_CHARACTERS:
        raise RowRefused(f"Its text has {len(text):,} characters; at most {MAX_TEXT_CHARACTERS:,} are taken. Split it.")
    for key, value in item.items():
        if reason := why_not_storable(key) or why_not_storable(value):
            raise RowRefused(f'"{_printable(key)}" {reason}. Remove it there.')
    data = {key: value for key, value in item.items() if key != text_field}
    return Row(number, _title(data, text, number, file_name), text, data)


def timestamp(value: Any) -> datetime | None:
    """A point in time as files spell it: ISO 8601 (UTC where no zone is given) or seconds since 1970; else None."""
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            found: datetime | None = datetime.fromtimestamp(value, UTC)
        else:
            found = parse_datetime(value.strip()) if isinstance(value, str) else None
        if found is None:
            return None
        in_utc = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    # At the very ends another time zone's clock leaves what Python can count, and the row could not be read again.
    return in_utc if FIRST_YEAR <= in_utc.year <= LAST_YEAR else None


def external_id(item: Mapping[str, Any]) -> str:
    given = item.get("id")
    is_id = isinstance(given, (str, int)) and not isinstance(given, bool)
    return str(given)[:MAX_EXTERNAL_ID] if is_id else ""


def restored_id(external: str, pk: int) -> int | str:
    """The id that an export carries: the imported one, a number again where it was one, else our own."""
    if not external:
        return pk
    return int(external) if external.isascii() and external.isdigit() and str(int(external)) == external else external


def seconds(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 1e12 else None


def short_name(value: Any) -> str:
    return value.strip()[:MAX_NAME] if isinstance(value, str) else ""


def result_list(item: Mapping[str, Any]) -> list[Any]:
    """Raises RowRefused where the result is no list."""
    result = item.get("result", [])
    if not isinstance(result, list):
        raise RowRefused("Its result is not a list.")
    return result


def unknown(item: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The keys that only travel along."""
    return {key: value for key, value in item.items() if key not in known}


def check_storable(item: Mapping[str, Any], checked_elsewhere: frozenset[str]) -> None:
    """Raises RowRefused where a key or value but those can't be stored."""
    if reason := why_not_storable(unknown(item, checked_elsewhere)):
        raise RowRefused(f"It {reason}.")


def _title(data: Mapping[str, Any], text: str, number: int, file_name: str) -> str:
    given = data.get("title")
    if isinstance(given, str) and given.strip():
        return " ".join(given.split())[:MAX_TITLE]
    # Only the beginning: a long text need not be split for its title.
    lines = text[:4000].lstrip().splitlines()
    if not lines:
        return f"{file_name}, row {number}"[-MAX_TITLE:]
    # Twice the title's length, for some of it may be blank.
    start = lines[0][: 2 * TITLE_FROM_TEXT]
    short = " ".join(start.split())
    is_whole = len(short) <= TITLE_FROM_TEXT and start == lines[0]
    return short if is_whole else short[: TITLE_FROM_TEXT - 1].rstrip() + "…"


def _kind(value: Any) -> str:
    if value is None:
        return "empty (null)"
    names = {
        str: "a bare text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "not an object")


def _printable(key: str) -> str:
    return "".join(character if character.isprintable() else "·" for character in key[:60])
