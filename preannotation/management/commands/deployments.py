from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from preannotation.commands import add_project_arguments, answer_rows
from preannotation.models import Deployment
from projects.commands import project_of


class Command(BaseCommand):
    help = "List deployments, newest first."

    def add_arguments(self, parser: CommandParser) -> None:
        add_project_arguments(parser, required=False, user=False)
        parser.add_argument("--limit", type=int, default=20)

    def handle(self, *args: Any, **options: Any) -> None:
        deployments = Deployment.objects.with_models()
        if options["project"]:
            deployments = deployments.filter(project=project_of(options["project"]))
        rows = [
            {
                "deployment": deployment.pk,
                "project": deployment.project_id,
                "state": deployment.state,
                "models": ", ".join(str(model) for model in deployment.nlp_models.all()),
                "by": str(deployment.created_by or ""),
                "created_at": deployment.created_at.isoformat(timespec="seconds"),
                "failure": deployment.failure,
            }
            for deployment in deployments[: options["limit"]]
        ]
        answer_rows(self.stdout, options["json"], rows)
