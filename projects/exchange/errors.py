from __future__ import annotations


class FileRefused(Exception):
    """A file can't be imported at all, and nothing of it was; the message says where and why."""


class RowRefused(Exception):
    """One row can't be imported; the others are. The message is its reason.

    source: name of the file inside an archive that the row stands in, "" outside of archives.
    """

    source = ""


class Cancelled(Exception):
    """Somebody asked for the end of an import or export, or another worker has taken it over; nothing of it is kept."""


class ExportMismatch(Exception):
    """An export, read back, is not what the database holds."""
