from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from preannotation import actions, roll_back_steps, run_actions
from preannotation.commands import add_project_arguments, answer, answer_rows, count, run_figures
from preannotation.models import PreannotationRun
from projects.commands import project_of, user_of


class Command(BaseCommand):
    help = "List pre-annotation runs, newest first; cancel one, or roll one back."

    def add_arguments(self, parser: CommandParser) -> None:
        add_project_arguments(parser, required=False)
        parser.add_argument("--limit", type=count, default=20, help="how many at most")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--cancel", type=int, metavar="ID", help="cancel this run; what it stored stays")
        which.add_argument("--roll-back", type=int, metavar="ID", help="remove what this run stored")

    def handle(self, *args: Any, **options: Any) -> None:
        runs = PreannotationRun.objects.select_related("created_by", "project")
        if options["project"]:
            runs = runs.filter(project=project_of(options["project"]))
        wanted = options["cancel"] or options["roll_back"]
        if not wanted:
            answer_rows(self.stdout, options["json"], [run_figures(run) for run in runs[: options["limit"]]])
            return
        run = runs.filter(pk=wanted).first()
        if not run:
            raise CommandError(f"There is no run {wanted}{' in this project' if options['project'] else ''}.")
        self._change(run, options)
        run.refresh_from_db()
        answer(self.stdout, options["json"], run_figures(run))

    def _change(self, run: PreannotationRun, options: dict[str, Any]) -> None:
        by = user_of(options["user"], run.project)
        if options["cancel"]:
            actions.cancel(run, by)
            return
        try:
            run_actions.roll_back(run, by)
        except actions.Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        # At once, so that the command ends when it is done; the queued job then finds nothing to do.
        roll_back_steps.roll_back(run.pk)
