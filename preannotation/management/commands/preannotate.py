from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from preannotation import actions
from preannotation.commands import add_project_arguments, answer, run_figures, wait_for
from preannotation.models import PreannotationRun
from projects.commands import project_of, user_of
from projects.models import Task


class Command(BaseCommand):
    help = "Pre-annotate the tasks of a project that have no prediction, with its newest ready deployment."

    def add_arguments(self, parser: CommandParser) -> None:
        add_project_arguments(parser)
        parser.add_argument("--wait", action="store_true", help="return when the run is through")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_of(options["project"])
        tasks = Task.objects.filter(project=project).without_predictions()
        try:
            run = actions.preannotate(
                project, user_of(options["user"], project), tasks, "all tasks without predictions"
            )
        except actions.Refused as refusal:
            raise CommandError("\n".join(str(problem) for problem in refusal.problems)) from refusal
        if options["wait"]:
            wait_for(run, _progress, self.stdout, options["json"])
        answer(self.stdout, options["json"], run_figures(run))
        if run.state == PreannotationRun.State.FAILED:
            raise CommandError(run.failure)


def _progress(run: PreannotationRun) -> str:
    return f"run {run.pk}: {run.state}, {run.answered} of {run.total} tasks"
