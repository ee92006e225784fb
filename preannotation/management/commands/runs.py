from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from preannotation.commands import add_project_arguments, answer_rows, run_figures
from preannotation.models import PreannotationRun
from projects.commands import project_of


class Command(BaseCommand):
    help = "List pre-annotation runs, newest first."

    def add_arguments(self, parser: CommandParser) -> None:
        add_project_arguments(parser, required=False, user=False)
        parser.add_argument("--limit", type=int, default=20)

    def handle(self, *args: Any, **options: Any) -> None:
        runs = PreannotationRun.objects.select_related("created_by", "project")
        if options["project"]:
            runs = runs.filter(project=project_of(options["project"]))
        answer_rows(self.stdout, options["json"], [run_figures(run) for run in runs[: options["limit"]]])
