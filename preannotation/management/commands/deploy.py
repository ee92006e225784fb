from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from preannotation import actions
from preannotation.commands import add_project_arguments, answer, wait_for
from preannotation.models import Deployment
from projects.commands import project_of, user_of


class Command(BaseCommand):
    help = "Deploy the models that a project's Labeling Config names."

    def add_arguments(self, parser: CommandParser) -> None:
        add_project_arguments(parser)
        parser.add_argument("--wait", action="store_true", help="return when the deployment is ready or has failed")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_of(options["project"])
        try:
            deployment = actions.deploy(project, user_of(options["user"], project))
        except actions.Refused as refusal:
            raise CommandError("\n".join(str(problem) for problem in refusal.problems)) from refusal
        if options["wait"]:
            wait_for(deployment, lambda row: f"deployment {row.pk}: {row.state}", self.stdout, options["json"])
        figures = {
            "deployment": deployment.pk,
            "project": project.pk,
            "state": deployment.state,
            "models": [str(model) for model in deployment.nlp_models.order_by("name")],
            "failure": deployment.failure,
        }
        answer(self.stdout, options["json"], figures)
        if options["wait"] and deployment.state != Deployment.State.READY:
            raise CommandError(deployment.failure or f"Deployment {deployment.pk} was stopped before it was ready.")
