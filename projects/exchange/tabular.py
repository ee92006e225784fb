"""CSV and TSV: columns are data fields."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from projects.exchange.decoding import lines
from projects.exchange.errors import FileRefused, RowRefused
from projects.quoting import shortened

MAX_CELL_CHARACTERS = 16 * 1024 * 1024
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}

# The csv module knows one limit for the whole process; its own of 131,072 is less than a long note.
csv.field_size_limit(MAX_CELL_CHARACTERS)


def rows(chunks: Iterable[str], delimiters: str, text_field: str) -> Iterator[dict[str, str] | RowRefused]:
    """One dict a row, line breaks inside cells as they are; blank lines are no rows.

    delimiters: those that are tried on the header, best first. Raises FileRefused where the header lacks
    `text_field`, or the quoting breaks off.
    """
    all_lines = lines(chunks)
    first = next(all_lines, "")
    delimiter = next((mark for mark in delimiters if text_field in _header(first, mark)), delimiters[0])
    columns = _columns(_header(first, delimiter), delimiter, text_field)
    reader = csv.reader(all_lines, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise FileRefused(
                f"Line {reader.line_num + 1:,} can't be read ({error}). Nothing was imported. Put cells that contain "
                "quotation marks, line breaks or the separator into quotation marks, and double those inside."
            ) from error
        if cells is None:
            return
        if not cells:
            continue
        if len(cells) == len(columns):
            yield dict(zip(columns, cells, strict=True))
        else:
            yield RowRefused(f"It has {len(cells)} cells, but the header has {len(columns)} columns.")


def _header(line: str, delimiter: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]


def _columns(names: list[str], delimiter: str, text_field: str) -> list[str]:
    if text_field not in names:
        found = ", ".join(f'"{shortened(name)}"' for name in names[:20]) or "none"
        raise FileRefused(
            f'The file has no column "{text_field}" for the text (columns, separated by {_NAMES[delimiter]}: {found}). '
            f'Name the column of the texts "{text_field}" in the first line.'
        )
    for place, name in enumerate(names):
        if not name:
            raise FileRefused(f"Column {place + 1} has no name in the first line. Name it or remove it.")
        if name in names[:place]:
            raise FileRefused(f'Two columns are named "{shortened(name)}". Rename one of them.')
    return names
