"""A file, whatever its format, into rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any, BinaryIO

from projects.exchange import archive, conll, json_stream, rows, tabular, text
from projects.exchange.annotation_lab import read_completion, read_prediction
from projects.exchange.conll import Target
from projects.exchange.decoding import Readable, text_chunks
from projects.exchange.errors import FileRefused, RowRefused
from projects.exchange.label_studio import read_annotation
from projects.exchange.rows import ReadCompletion, Row
from projects.quoting import shortened

MOMENTS = ("created_at", "updated_at", "submitted_at", "reviewed_at")
TASK_KEYS = frozenset({"id", "data", "created_at", "updated_at", "tags", "completions", "annotations", "predictions"})
RESULT = frozenset({"result"})  # its regions are checked one by one
TASK_PARTS = frozenset({"data", "completions", "annotations", "predictions"})
# In what order the separators of a table are tried on its header.
DELIMITERS = {".csv": ",;\t", ".tsv": "\t", ".tab": "\t"}
JSON_NAMES = (".json", ".jsonl", ".ndjson")
LINES_NAMES = (".jsonl", ".ndjson")
TEXT_NAMES = (".txt",)
CONLL_NAMES = (".conll",)
ARCHIVE_NAMES = (".zip",)
FILE_NAMES = (*JSON_NAMES, *DELIMITERS, *TEXT_NAMES, *CONLL_NAMES, *ARCHIVE_NAMES)
MAX_NAME = 200
# Each problem of a report names its file.
MAX_SOURCE = 255


class UnknownKind(FileRefused):
    """The name's ending tells of no format that is read."""


def read_rows(
    file: BinaryIO, file_name: str, text_field: str, target: Target | None = None
) -> Iterator[tuple[int, Row | RowRefused]]:
    """(number from 1, the row or why it is refused). Raises FileRefused, perhaps only after some rows.

    target: where the regions of a CoNLL file belong. Rows of an archive are numbered by file, and name it as `source`.
    """
    if _ending(file_name) in ARCHIVE_NAMES:
        for name, packed in archive.files(file):
            yield from _rows_of(packed, name, text_field, target)
    else:
        yield from _numbered(_items(file, file_name, text_field, target), file_name, text_field)


def _rows_of(
    packed: Readable, name: str, text_field: str, target: Target | None
) -> Iterator[tuple[int, Row | RowRefused]]:
    short, source = PurePath(name).name[-MAX_NAME:], name[-MAX_SOURCE:]
    try:
        for number, row in _numbered(_items(packed, short, text_field, target), short, text_field):
            row.source = source
            yield number, row
    except UnknownKind as unknown:
        unknown_row = RowRefused(str(unknown))
        unknown_row.source = source
        yield 1, unknown_row
    except FileRefused as refused:
        raise FileRefused(f'"{shortened(name)}" in the archive: {refused}') from refused


def _numbered(items: Iterator[Any], file_name: str, text_field: str) -> Iterator[tuple[int, Row | RowRefused]]:
    for number, item in enumerate(items, 1):
        if isinstance(item, RowRefused):
            yield number, item
            continue
        try:
            yield number, read_row(number, item, text_field, file_name)
        except RowRefused as refused:
            yield number, refused


def _items(file: Readable, file_name: str, text_field: str, target: Target | None) -> Iterator[Any]:
    ending = _ending(file_name)
    if ending in JSON_NAMES:
        return json_stream.values(text_chunks(file), by_line=ending in LINES_NAMES)
    if ending in DELIMITERS:
        return tabular.rows(text_chunks(file), DELIMITERS[ending], text_field)
    if ending in CONLL_NAMES and target:
        return conll.rows(text_chunks(file), text_field, target)
    if ending in TEXT_NAMES:
        return iter([text.row(text_chunks(file), file_name, text_field)])
    raise UnknownKind(
        f'"{file_name}" is of no kind that can be imported. Its name must end with one of {", ".join(FILE_NAMES)}.'
    )


def _ending(file_name: str) -> str:
    return PurePath(file_name).suffix.lower()


def read_row(number: int, item: Any, text_field: str, file_name: str) -> Row:
    """A bare or a full task. Raises RowRefused."""
    data = item.get("data") if isinstance(item, dict) else None
    # Only there is it sure to be the text: configs may call theirs "id" or "data", as keys of a full task are called.
    if not isinstance(data, dict) or text_field not in data:
        return rows.bare_row(number, item, text_field, file_name)
    rows.check_storable(item, TASK_PARTS)
    row = rows.bare_row(number, data, text_field, file_name)
    row.external_id = rows.external_id(item)
    row.created_at = rows.timestamp(item.get("created_at"))
    row.notes.extend(_unreadable(item, "task"))
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
            row.notes.extend(_unreadable(part, what))
        except RowRefused as refused:
            row.notes.append((what, f"{refused} It was left out."))


def _unreadable(item: Mapping[str, Any], what: str) -> Iterator[tuple[str, str]]:
    """A note on each moment or duration that is given and can't be understood."""
    for key in MOMENTS:
        if item.get(key) and not isinstance(item[key], bool) and rows.timestamp(item[key]) is None:
            yield f"{what} {key}", "It is no time that can be read, and was left out."
    if item.get("lead_time") is not None and rows.seconds(item["lead_time"]) is None:
        yield f"{what} lead_time", "It is no number of seconds, and was left out."


def _tags(given: Any, row: Row) -> list[str]:
    if not given:
        return []
    if not isinstance(given, list) or not all(_is_tag(tag) for tag in given):
        row.notes.append(("tags", f"They are not a list of words of at most {rows.MAX_TAG} characters; left out."))
        return []
    return list(dict.fromkeys(tag.strip() for tag in given))


def _is_tag(tag: Any) -> bool:
    return isinstance(tag, str) and 0 < len(tag.strip()) <= rows.MAX_TAG
