from __future__ import annotations

import json
import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict

from projects import exports
from projects.commands import project_of, user_of
from projects.exchange import ANNOTATION_LAB, FORMATS, ONLY, ExportMismatch, Wanted, write_checked
from projects.task_filter import TaskFilter


class Command(BaseCommand):
    help = "Export a project's tasks with their completions and predictions, read back and compared first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="the project's number or exact name")
        parser.add_argument("--format", "--dialect", choices=sorted(FORMATS), default=ANNOTATION_LAB)
        parser.add_argument("--filter", default="", help='which tasks, as the list\'s address has it: "state=failed"')
        parser.add_argument("--only", choices=[name for name in ONLY if name], default="", help="which completions")
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
        parser.add_argument("--without-predictions", action="store_true")
        parser.add_argument("--without-completions", action="store_true")
        parser.add_argument("--user", metavar="NAME", help="whose name stands in the log (default: the owner's)")
        parser.add_argument("--json", action="store_true", help="with --output: print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_of(options["project"])
        if options["filter"] and not TaskFilter.of(QueryDict(options["filter"])).query:
            raise CommandError(f'--filter "{options["filter"]}" means nothing. Copy it from the address of the list.')
        wanted = Wanted(
            options["format"], not options["without_predictions"], not options["without_completions"], options["only"]
        )
        by = user_of(options["user"], project)
        with TemporaryFile() as file:
            try:
                written = write_checked(file, exports.tasks_of(project, options["filter"]), wanted, lambda count: None)
            except ExportMismatch as error:
                raise CommandError(f"{error} Nothing was written.") from error
            exports.record(project, by, wanted, written.tasks, TaskFilter.of(QueryDict(options["filter"])).words)
            if options["output"] is None:
                shutil.copyfileobj(file, sys.stdout.buffer)
                return
            try:
                with options["output"].open("wb") as output:
                    shutil.copyfileobj(file, output)
            except OSError as error:
                raise CommandError(f"{options['output']} can't be written: {error.strerror}.") from error
        figures = {"file": str(options["output"]), "tasks": written.tasks, "regions_left_out": written.left_out}
        why = "as they overlap others or hold only blanks"
        as_text = f"{figures['file']}: {written.tasks} tasks; {written.left_out} regions left out, {why}."
        self.stdout.write(json.dumps(figures) if options["json"] else as_text)
