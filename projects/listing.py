"""The newest rows of something that only grows, and the way to the older ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from projects.forms import task_id

Row = TypeVar("Row", bound=Model)
LISTED = 50


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """rows: newest first. before: id that all of them are older than, None for the newest ones. older: what `before` is
    on the next page, None where there is none."""

    rows: list[Row]
    before: int | None = None
    older: int | None = None

    @classmethod
    def of(cls, rows: QuerySet[Row], address: Mapping[str, str]) -> Listing[Row]:
        return cls.behind(rows, task_id(address.get("before")), LISTED)

    @classmethod
    def behind(cls, rows: QuerySet[Row], before: int | None, size: int) -> Listing[Row]:
        """The newest ones where none is behind: the page would say that there are none at all."""
        newest = rows.order_by("-pk")
        found = list((newest.filter(pk__lt=before) if before else newest)[: size + 1])
        if before and not found:
            return cls.behind(rows, None, size)
        listed = found[:size]
        return cls(listed, before, listed[-1].pk if len(found) > size else None)
