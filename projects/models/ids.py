"""Thousands of ids, found by one statement and given to another: as one value, which nobody takes apart between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models


@dataclass(frozen=True)
class Statement:
    """Written SQL with its values; its first column is ids."""

    sql: str
    params: tuple[Any, ...] = ()

    @classmethod
    def of(cls, rows: models.QuerySet[Any]) -> Statement:
        try:
            return cls(*rows.query.sql_with_params())
        except EmptyResultSet:
            return cls("SELECT 0::bigint WHERE false")

    def among(self, ids: Ids) -> list[int]:
        """Which of these ids it gives."""
        with connection.cursor() as cursor:
            sql = f"SELECT id FROM ({self.sql}) AS asked (id) WHERE id = ANY(%s::bigint[])"
            cursor.execute(sql, [*self.params, f"{{{ids.text}}}"])
            return [pk for (pk,) in cursor.fetchall()]


@dataclass(frozen=True)
class Ids:
    """text: as the database writes an array without its braces, "3,5,8"."""

    count: int
    text: str

    @classmethod
    def of(cls, ids: Iterable[int]) -> Ids:
        written = [str(pk) for pk in ids]
        return cls(len(written), ",".join(written))

    @classmethod
    def found(cls, rows: Statement) -> Ids:
        """What a statement gives. One value in the answer: a row for each costs more than finding it."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*), string_agg(id::text, ',') FROM ({rows.sql}) AS found (id)", rows.params)
            count, text = cursor.fetchone()
        return cls(count, text or "")

    def __add__(self, other: Ids) -> Ids:
        return Ids(self.count + other.count, ",".join(text for text in (self.text, other.text) if text))


class OneOf(models.Func):
    """Whether an id is one of these. The planner expects few, and looks for each in an index."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, column: models.F, ids: Ids) -> None:
        super().__init__(column, models.Value(ids.text))

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        column, _ = compiler.compile(self.source_expressions[0])
        return f"{column} = ANY(%s::bigint[])", [f"{{{self.source_expressions[1].value}}}"]


class Among(models.Func):
    """Whether a column is among what a statement gives. The planner may join the two."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, column: models.F, rows: Statement) -> None:
        super().__init__(column)
        self.rows = rows

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        column, params = compiler.compile(self.source_expressions[0])
        return f"{column} IN ({self.rows.sql})", [*params, *self.rows.params]


class PassedBy(Among):
    """The same, asked of what a walk along an index passes: what the statement gives is hashed once, and no table is
    read for a task that is not among it. IS TRUE is what keeps the planner from joining the statement, which it does by
    reading all tasks."""

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        sql, params = super().as_sql(compiler, connection, **extra)
        return f"({sql}) IS TRUE", params


class AmongFound(models.Func):
    """The same of the rows of `first_found`, which are looked up once for all parts of its statement."""

    output_field = models.BooleanField()
    conditional = True
    template = "(%(expressions)s IN (SELECT id FROM found)) IS TRUE"


def first_found(parts: Sequence[models.QuerySet[Any]], found: Statement, size: int) -> list[int]:
    """The first `size` ids, of one part after the other, that `found` gives."""
    written = [part.filter(AmongFound(models.F("pk"))).values("pk")[:size].query.sql_with_params() for part in parts]
    # The database goes from one part to the next, and ends at the last row that is wanted.
    union = " UNION ALL ".join(f"({part})" for part, _ in written)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH found (id) AS MATERIALIZED ({found.sql}) SELECT id FROM ({union}) AS parts (id) LIMIT %s",
            [*found.params, *(param for _, some in written for param in some), size],
        )
        return [pk for (pk,) in cursor.fetchall()]


def estimated_rows(rows: Statement) -> int:
    """How many the planner expects, without looking."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {rows.sql}", rows.params)
        plan = cursor.fetchone()[0]
    return int(plan[0]["Plan"]["Plan Rows"])
