"""A file, whatever its format, into rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any, BinaryIO

from projects.exchange import json_stream, rows, tabular, text
from projects.exchange.annotation_lab import read_completion, read_prediction
from projects.exchange.decoding import text_chunks
from projects.exchange.errors import FileRefused, RowRefused
from projects.exchange.label_studio import read_annotation
from projects.exchange.rows import ReadCompletion, Row

TASK_KEYS = frozenset({"id", "data", "created_at", "updated_at", "tags", "completions", "annotations", "predictions"})
RESULT = frozenset({"result"})  # its regions are checked one by one
TASK_PARTS = frozenset({"data", "completions", "annotations", "predictions"})
# In what order the separators of a table are tried on its header.
DELIMITERS = {".csv": ",;\t", ".tsv": "\t", ".tab": "\t"}
JSON_NAMES = (".json", ".jsonl", ".ndjson")
TEXT_NAMES = (".txt",)


def read_rows(file: BinaryIO, file_name: str, text_field: str) -> Iterator[tuple[int, Row | RowRefused]]:
    """(number from 1, the row or why it is refused). Raises FileRefused, perhaps only after some rows."""
    for number, item in enumerate(_items(file, file_name, text_field), 1):
        if isinstance(item, RowRefused):
            yield number, item
            continue
        try:
            yield number, read_row(number, item, text_field, file_name)
        except RowRefused as refused:
            yield number, refused


def _items(file: BinaryIO, file_name: str, text_field: str) -> Iterator[Any]:
    ending = PurePath(file_name).suffix.lower()
    if ending in JSON_NAMES:
        return json_stream.values(text_chunks(file))
    if ending in DELIMITERS:
        return tabular.rows(text_chunks(file), DELIMITERS[ending], text_field)
    if ending in TEXT_NAMES:
        return iter([text.row(text_chunks(file), file_name, text_field)])
    known = ", ".join((*JSON_NAMES, *DELIMITERS, *TEXT_NAMES))
    raise FileRefused(f'"{file_name}" is of no kind that can be imported. Its name must end with one of {known}.')


def read_row(number: int, item: Any, text_field: str, file_name: str) -> Row:
    """A bare or a full task. Raises RowRefused."""
    if not isinstance(item, dict) or not isinstance(item.get("data"), dict) or text_field in item:
        return rows.bare_row(number, item, text_field, file_name)
    rows.check_storable(item, TASK_PARTS)
    row = rows.bare_row(number, item["data"], text_field, file_name)
    row.external_id = rows.external_id(item)
    row.created_at = rows.timestamp(item.get("created_at"))
    row.extra = rows.unknown(item, TASK_KEYS)
    row.tags = _tags(item.get("tags"), row)
    row.completions = [
        *_parts(row, item, "completions", read_completion),
        *_parts(row, item, "annotations", _read_either),
    ]
    row.predictions = list(_parts(row, item, "predictions", read_prediction))
    return row


def _read_either(item: Mapping[str, Any]) -> ReadCompletion:
    """Some files write Annotation Lab's completions under Label Studio's key."""
    return read_completion(item) if "honeypot" in item or "created_ago" in item else read_annotation(item)


def _parts(row: Row, item: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any]], Any]) -> Iterable[Any]:
    given = item.get(key) or []
    if not isinstance(given, list):
        row.notes.append((key, "It is not a list, and was left out."))
        return
    for place, part in enumerate(given, 1):
        what = f"{key.removesuffix('s')} {place}"
        if not isinstance(part, dict):
            row.notes.append((what, "It is not an object, and was left out."))
            continue
        try:
            rows.check_storable(part, RESULT)
            yield read(part)
        except RowRefused as refused:
            row.notes.append((what, f"{refused} It was left out."))


def _tags(given: Any, row: Row) -> list[str]:
    if not given:
        return []
    if not isinstance(given, list) or not all(_is_tag(tag) for tag in given):
        row.notes.append(("tags", f"They are not a list of words of at most {rows.MAX_TAG} characters; left out."))
        return []
    return list(dict.fromkeys(tag.strip() for tag in given))


def _is_tag(tag: Any) -> bool:
    return isinstance(tag, str) and 0 < len(tag.strip()) <= rows.MAX_TAG
