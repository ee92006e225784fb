"""The signs of life of work in a worker: a thread with a connection of its own, since an import sits in one
transaction."""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.module_loading import import_string

from projects.exchange import Cancelled
from projects.models.background import Background

SECONDS: Final = 1.0

logger = logging.getLogger(__name__)


class Beat:
    """While the block runs: writes the figures of how far the work has come, keeps the row's claim and the worker
    alive, and learns whether it is to end."""

    def __init__(self, row: Background, holds: str) -> None:
        self.row = row
        self.holds = holds
        self.figures: dict[str, Any] = {}
        self.over = threading.Event()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, name=f"beat of {row}", daemon=True)

    def __enter__(self) -> Beat:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        self.thread.join()
        import_string(settings.WORKER_BEAT)("")

    def go_on(self, **figures: Any) -> None:
        """Between pieces of the work. Raises Cancelled where somebody asked for that, or another worker took over."""
        self.figures |= figures
        if self.over.is_set():
            raise Cancelled

    def _run(self) -> None:
        try:
            while not self.ended.wait(SECONDS):
                try:
                    self._beat()
                except DatabaseError:
                    logger.warning("a beat of %s was lost", self.row, exc_info=True)
                    connection.close()
        finally:
            connection.close()

    def _beat(self) -> None:
        mine = type(self.row).objects.held(self.row)
        kept = mine.update(beat_at=timezone.now(), **self.figures)
        import_string(settings.WORKER_BEAT)(self.holds)
        if not kept or mine.filter(cancel_asked_at__isnull=False).exists():
            self.over.set()


class CountedFile:
    """A file that tells a beat how far it has been read."""

    def __init__(self, file: BinaryIO, beat: Beat) -> None:
        self.file, self.beat = file, beat

    def read(self, size: int = -1) -> bytes:
        chunk = self.file.read(size)
        self.beat.figures["bytes_read"] = self.file.tell()
        return chunk

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def seekable(self) -> bool:
        return True
