"""What workers run for projects. A second delivery finds the row claimed, or through, and does nothing."""

from __future__ import annotations

from projects import exports, imports, label_counts, search_index


def run_import(pk: int) -> None:
    imports.run(pk)


def run_export(pk: int) -> None:
    exports.run(pk)


def index_words(project_pk: int) -> None:
    search_index.index_words(project_pk)


def count_labels(project_pk: int) -> None:
    label_counts.count_in_worker(project_pk)
