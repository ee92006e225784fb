from __future__ import annotations

import json
import os
import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from projects import exports
from projects.commands import filter_of, project_of, user_of
from projects.exchange import ANNOTATION_LAB, FORMATS, ONLY, ExportMismatch, Wanted, write_checked
from projects.models import Task
from projects.task_filter import TaskFilter


class Command(BaseCommand):
    help = "Export a project's tasks with their completions and predictions, read back and compared first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="the project's number or exact name")
        parser.add_argument("--format", "--dialect", choices=sorted(FORMATS), default=ANNOTATION_LAB)
        parser.add_argument("--filter", help='which tasks, as the list\'s address has it: "state=failed"')
        parser.add_argument("--only", choices=[name for name in ONLY if name], default="", help="which completions")
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
        parser.add_argument("--without-predictions", action="store_true")
        parser.add_argument("--without-completions", action="store_true")
        parser.add_argument("--user", metavar="NAME", help="whose name stands in the log (default: the owner's)")
        parser.add_argument("--json", action="store_true", help="with --output: print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_of(options["project"])
        given = TaskFilter() if options["filter"] is None else filter_of(options["filter"])
        wanted = Wanted(
            options["format"], not options["without_predictions"], not options["without_completions"], options["only"]
        )
        by = user_of(options["user"], project)
        with TemporaryFile() as file:
            try:
                written = write_checked(file, given.apply(Task.objects.in_project(project)), wanted, lambda count: None)
            except ExportMismatch as error:
                raise CommandError(f"{error} Nothing was written.") from error
            _hand_out(file, options["output"])
        exports.record(project, by, wanted, written.tasks, given.words)
        if options["output"] is None:
            return
        figures = {"file": str(options["output"]), "tasks": written.tasks, "regions_left_out": written.left_out}
        why = "as they overlap others or hold only blanks"
        as_text = f"{figures['file']}: {written.tasks} tasks; {written.left_out} regions left out, {why}."
        self.stdout.write(json.dumps(figures) if options["json"] else as_text)


def _hand_out(file: BinaryIO, path: Path | None) -> None:
    """Into the file of that path, or to standard output. Raises CommandError."""
    if path is None:
        _print(file)
        return
    try:
        with path.open("wb") as output:
            shutil.copyfileobj(file, output)
    except OSError as error:
        raise CommandError(f"{path} can't be written: {error.strerror}.") from error


def _print(file: BinaryIO) -> None:
    """Whoever reads the first lines only, as `head` does, has what was asked for."""
    try:
        shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes what is left once more as it ends, and would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
