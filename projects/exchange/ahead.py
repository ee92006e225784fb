"""Work ahead: the next items are made while the last one is used."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
# With one only, the maker would be through before the database is, and wait for it.
AHEAD = 3


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, each made in a thread of its own while those before are used. What making one raises is raised
    here. The maker must not touch the database: its thread has another connection."""
    end = object()
    executor = ThreadPoolExecutor(1, "reading ahead")
    try:
        following = deque(executor.submit(next, items, end) for _ in range(AHEAD))
        while (item := following.popleft().result()) is not end:
            following.append(executor.submit(next, items, end))
            yield item  # type: ignore[misc]
    finally:
        executor.shutdown(cancel_futures=True)
