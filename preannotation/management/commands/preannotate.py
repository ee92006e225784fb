from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.core.management.base import BaseCommand, CommandError, CommandParser

from preannotation import actions, run_actions, scopes
from preannotation.actions import RunOptions
from preannotation.commands import add_project_arguments, answer, run_figures, wait_for
from preannotation.models import Deployment, PreannotationRun
from preannotation.scopes import Choice
from projects.commands import filter_of, project_of, user_of
from projects.models import Project
from projects.task_filter import TaskFilter

ALL = "all"


class Command(BaseCommand):
    help = "Pre-annotate tasks of a project (those without a prediction, unless told otherwise) with its newest ready "
    help += "deployment."

    def add_arguments(self, parser: CommandParser) -> None:
        add_project_arguments(parser)
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--filter", help='tasks that match, as the task list\'s address has it: "state=failed"')
        which.add_argument("--scope", choices=[scopes.WITHOUT, scopes.STALE, ALL], default=scopes.WITHOUT)
        which.add_argument("--retry", type=int, metavar="RUN", help="only the tasks that failed in this run")
        parser.add_argument(
            "--threshold",
            action="append",
            default=[],
            metavar="MODEL=CONFIDENCE",
            help="leave out what this model is less sure of (0 to 1); may be given several times",
        )
        parser.add_argument("--replace", action="store_true", help="hide older predictions of these tasks by models")
        parser.add_argument("--wait", action="store_true", help="return when the run is through")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_of(options["project"])
        try:
            run = _started(project, user_of(options["user"], project), options)
        except actions.Refused as refusal:
            raise CommandError("\n".join(str(problem) for problem in refusal.problems)) from refusal
        if options["wait"]:
            wait_for(run, _progress, self.stdout, options["json"])
        answer(self.stdout, options["json"], run_figures(run))
        if options["wait"] and run.state != PreannotationRun.State.DONE:
            raise CommandError(
                run.failure or f"Run {run.pk} was cancelled, with {run.answered} of {run.total} tasks done."
            )


def _started(project: Project, by: AbstractUser | None, options: dict[str, Any]) -> PreannotationRun:
    if options["retry"]:
        if options["threshold"] or options["replace"]:
            raise CommandError("A retry works as the run that it repeats: give no --threshold and no --replace.")
        run = PreannotationRun.objects.filter(project=project, pk=options["retry"]).first()
        if not run:
            raise CommandError(f"Project {project.pk} has no run {options['retry']}.")
        return run_actions.retry_failed(run, by)
    choice = _choice(project, options)
    given = RunOptions(replace=options["replace"], thresholds=_thresholds(project, options["threshold"]))
    return actions.preannotate(project, by, choice.tasks, choice.title, given)


def _choice(project: Project, options: dict[str, Any]) -> Choice:
    if options["filter"] is not None:
        return scopes.matching(project, filter_of(options["filter"]))
    if options["scope"] == scopes.STALE:
        return scopes.stale(project)
    return scopes.matching(project, TaskFilter()) if options["scope"] == ALL else scopes.without_predictions(project)


def _thresholds(project: Project, values: Sequence[str]) -> dict[str, float]:
    """By the models' names. Raises CommandError."""
    deployment = Deployment.objects.ready_in(project)
    names = list(deployment.nlp_models.order_by("name").values_list("name", flat=True)) if deployment else []
    thresholds = {}
    for value in values:
        model, _, lowest = value.rpartition("=")
        try:
            thresholds[model] = float(lowest)
        except ValueError:
            thresholds[model] = -1.0
        if not model or not 0 <= thresholds[model] <= 1:
            raise CommandError(f'"{value}" is no threshold. Give it as MODEL=CONFIDENCE, such as ner_drug=0.8.')
        if deployment and model not in names:
            raise CommandError(
                f'"{value}" names no model of deployment {deployment.pk}. Its models are {", ".join(names)}.'
            )
    return thresholds


def _progress(run: PreannotationRun) -> str:
    return f"run {run.pk}: {run.state}, {run.answered} of {run.total} tasks"
