from __future__ import annotations


class FileRefused(Exception):
    """A file can't be imported at all, and nothing of it was; the message says where and why."""


class RowRefused(Exception):
    """One row can't be imported; the others are. The message is its reason."""


class ExportMismatch(Exception):
    """An export, read back, is not what the database holds."""
