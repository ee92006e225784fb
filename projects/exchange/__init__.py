"""Files in and out: `import_file` and `export_tasks` are the doors, one module a format stands behind them."""

from projects.exchange.errors import ExportMismatch, FileRefused
from projects.exchange.exporting import ANNOTATION_LAB, DIALECTS, LABEL_STUDIO, checked_export, export_tasks
from projects.exchange.importing import import_file

__all__ = [
    "ANNOTATION_LAB",
    "DIALECTS",
    "LABEL_STUDIO",
    "ExportMismatch",
    "FileRefused",
    "checked_export",
    "export_tasks",
    "import_file",
]
