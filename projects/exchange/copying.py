"""Many rows into one table by COPY: an order of magnitude quicker than INSERT, in the memory of one batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

# Made once: with options of its own json.dumps makes an encoder for each value.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """Primary keys for new rows, taken from the table's own sequence."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        # The sequence is looked for once, not for each number.
        cursor.execute(
            "SELECT nextval(sequence) FROM generate_series(1, %s), "
            "(SELECT pg_get_serial_sequence(%s, %s)::regclass AS sequence OFFSET 0) AS s",
            [count, f'"{table}"', column],
        )
        return [number for (number,) in cursor.fetchall()]


def tasks_with_data(project_pk: int, hashes: Collection[str]) -> list[tuple[str, int, str]]:
    """(data hash, id, text hash) of the project's tasks that have one of these data hashes, in hexadecimal digits.

    One array goes to the database: a thousand placeholders would take longer to write than the answer to find.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT encode(uuid_send(data_hash), 'hex'), id, encode(uuid_send(text_hash), 'hex') FROM projects_task "
            "WHERE project_id = %s AND data_hash = ANY(%s::uuid[])",
            [project_pk, "{" + ",".join(hashes) + "}"],
        )
        return cursor.fetchall()


def copy_into(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of plain values, in the order of `fields` (names as in the model, `task_id` for a foreign key).

    Dicts and lists of JSON fields are written as JSON. A violated constraint raises IntegrityError for the whole batch.
    """
    write = line_writer(model, fields)
    copy_lines(model, fields, [write(row) for row in rows])


def copy_lines(model: type[models.Model], fields: Sequence[str], lines: Sequence[str]) -> None:
    """As copy_into, for rows that are written already. Raises IntegrityError."""
    if not lines:
        return
    names = ", ".join(f'"{model._meta.get_field(name).column}"' for name in fields)
    statement = f'COPY "{model._meta.db_table}" ({names}) FROM STDIN'
    # What ends a COPY would come as the driver's own error.
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        copy.write("\n".join([*lines, ""]))


def line_writer(model: type[models.Model], fields: Sequence[str]) -> Callable[[Sequence[Any]], str]:
    """What writes values of these fields as COPY's text format wants them; parts of a line are joined by tabs."""
    columns = [model._meta.get_field(name) for name in fields]
    writers = [next((write for kind, write in WRITERS if isinstance(column, kind)), str) for column in columns]
    return lambda row: "\t".join(
        [NULL if value is None else write(value) for value, write in zip(row, writers, strict=True)]
    )


def _text(value: str) -> str:
    """With the signs that mean something in COPY's text format written as it wants them."""
    return value.replace("\\", r"\\").replace("\n", r"\n").replace("\r", r"\r").replace("\t", r"\t")


@lru_cache(64)
def _moment(value: datetime) -> str:
    return value.isoformat()


def _json(value: Any) -> str:
    return _text(_ENCODER.encode(value)) if value else ("[]" if isinstance(value, list) else "{}")


def _array(texts: Sequence[str]) -> str:
    quoted = ('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts)
    return _text("{" + ",".join(quoted) + "}") if texts else "{}"


# Rows are written by hand: the driver, which finds out about each value anew, took a third of an import's time.
WRITERS = (
    (models.JSONField, _json),
    (ArrayField, _array),
    (models.CharField, _text),
    (models.TextField, _text),
    # Most rows of an import have the same.
    (models.DateTimeField, _moment),
)
NULL = r"\N"
