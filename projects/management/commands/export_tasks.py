from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from projects.commands import project_of
from projects.exchange import ANNOTATION_LAB, DIALECTS, ExportMismatch, checked_export
from projects.models import Task


class Command(BaseCommand):
    help = "Export a project's tasks with their completions and predictions as JSON, read back and compared first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="the project's number or exact name")
        parser.add_argument("--dialect", choices=sorted(DIALECTS), default=ANNOTATION_LAB)
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
        parser.add_argument("--without-predictions", action="store_true")
        parser.add_argument("--without-completions", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_of(options["project"])
        try:
            export = checked_export(
                Task.objects.filter(project=project),
                options["dialect"],
                predictions=not options["without_predictions"],
                completions=not options["without_completions"],
            )
        except ExportMismatch as error:
            raise CommandError(f"{error} Nothing was written.") from error
        with export:
            if options["output"] is None:
                shutil.copyfileobj(export, sys.stdout.buffer)
                return
            try:
                with options["output"].open("wb") as file:
                    shutil.copyfileobj(export, file)
            except OSError as error:
                raise CommandError(f"{options['output']} can't be written: {error.strerror}.") from error
