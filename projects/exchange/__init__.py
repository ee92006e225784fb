"""Files in and out: `import_file`, `import_into` and `write_checked` are the doors, one module a format stands behind
them."""

from projects.exchange.errors import Cancelled, ExportMismatch, FileRefused
from projects.exchange.exporting import (
    ANNOTATION_LAB,
    CONLL,
    DIALECTS,
    FORMATS,
    LABEL_STUDIO,
    ONLY,
    Wanted,
    checked_export,
    export_tasks,
    write_checked,
)
from projects.exchange.importing import import_file

__all__ = [
    "ANNOTATION_LAB",
    "CONLL",
    "DIALECTS",
    "FORMATS",
    "LABEL_STUDIO",
    "ONLY",
    "Cancelled",
    "ExportMismatch",
    "FileRefused",
    "Wanted",
    "checked_export",
    "export_tasks",
    "import_file",
    "write_checked",
]
