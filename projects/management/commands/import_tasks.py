from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from projects.commands import project_of, user_of
from projects.exchange import FileRefused
from projects.imports import at_once
from projects.models import ImportReport

COUNTS = ("imported", "joined", "skipped", "refused", "repaired", "regions_refused", "problem_count")
SHOWN_PROBLEMS = 20


class Command(BaseCommand):
    help = "Import files of tasks (JSON, JSON lines, CSV, TSV, txt, CoNLL, zip) into a project."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="the project's number or exact name")
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--user", metavar="NAME", help="whose name stands in the records (default: the owner's)")
        parser.add_argument("--json", action="store_true", help="one JSON object a file instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_of(options["project"])
        by = user_of(options["user"], project)
        refused = 0
        for path in options["files"]:
            try:
                with path.open("rb") as file:
                    report = at_once(project, file, path.name, by)
                self.show(path, report, options["json"])
            except FileRefused as error:
                refused += 1
                self.say_refused(path, str(error), options["json"])
            except OSError as error:
                refused += 1
                self.say_refused(path, f"It can't be read: {error.strerror}.", options["json"])
        if refused:
            raise CommandError(f"{refused} of {len(options['files'])} files could not be imported.")

    def show(self, path: Path, report: ImportReport, as_json: bool) -> None:
        counts = {name: getattr(report, name) for name in COUNTS}
        if as_json:
            facts = {
                "file": str(path),
                "report": report.pk,
                **counts,
                "followed_by": report.followed_by,
                "problems": report.problems,
            }
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
            return
        self.stdout.write(
            f"{path}: {report.imported} imported, {report.joined} joined, {report.skipped} already there, "
            f"{report.refused} refused; {report.repaired} regions repaired, {report.regions_refused} left out."
        )
        if report.followed_by:
            self.stdout.write(f"  {report.followed_by}")
        for problem in report.problems[:SHOWN_PROBLEMS]:
            self.stdout.write(f"  row {problem['row']}, {problem['what']}: {problem['reason']}")
        if report.problem_count > SHOWN_PROBLEMS:
            self.stdout.write(
                f"  and {report.problem_count - SHOWN_PROBLEMS} more: --json shows the first ones of them."
            )

    def say_refused(self, path: Path, error: str, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"file": str(path), "error": error}, ensure_ascii=False))
        else:
            self.stderr.write(f"{path}: {error}")
