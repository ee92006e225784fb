"""Work ahead: the next item is made while the last one is used."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, each made in a thread of its own while the one before is used. What making one raises is raised
    here. The maker must not touch the database: its thread has another connection."""
    end = object()
    with ThreadPoolExecutor(1, "reading ahead") as executor:
        following = executor.submit(next, items, end)
        while (item := following.result()) is not end:
            following = executor.submit(next, items, end)
            yield item  # type: ignore[misc]
