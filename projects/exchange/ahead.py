"""Work ahead: the next item is made while somebody waits for something else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

Item = TypeVar("Item")
_END = object()


class Ahead(Generic[Item]):
    """The same items; `begin` has the next one made in a thread of its own. What making one raises is raised where it
    is asked for.

    To be begun when a wait begins: beside other work of Python's each would only slow the other down. The maker must
    not touch the database: its thread has another connection.
    """

    def __init__(self, items: Iterator[Item]) -> None:
        self.items = items
        self.executor = ThreadPoolExecutor(1, "reading ahead")
        self.coming: Future[object] | None = None

    def __enter__(self) -> Ahead[Item]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.executor.shutdown(cancel_futures=True)

    def begin(self) -> None:
        if self.coming is None:
            self.coming = self.executor.submit(next, self.items, _END)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Item]:
        while True:
            self.begin()
            assert self.coming is not None
            item, self.coming = self.coming.result(), None
            if item is _END:
                return
            yield item  # type: ignore[misc]
