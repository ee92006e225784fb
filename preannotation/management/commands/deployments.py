from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from preannotation import actions
from preannotation.commands import add_project_arguments, answer, answer_rows, count
from preannotation.models import Deployment
from preannotation.waiting import SparkWorkers
from projects.commands import project_of, user_of


class Command(BaseCommand):
    help = "List deployments, newest first; or stop one."

    def add_arguments(self, parser: CommandParser) -> None:
        add_project_arguments(parser, required=False)
        parser.add_argument("--limit", type=count, default=20, help="how many at most")
        parser.add_argument("--stop", type=int, metavar="ID", help="stop this one and the older ones of its project")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["stop"] is not None:
            self._stop(options["stop"], options["user"], options["json"])
            return
        in_memory = SparkWorkers.read().in_memory
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
                "memory": deployment.memory,
                "in_memory": deployment.pk in in_memory,
                "failure": deployment.failure,
            }
            for deployment in deployments[: options["limit"]]
        ]
        answer_rows(self.stdout, options["json"], rows)

    def _stop(self, pk: int, user: str | None, as_json: bool) -> None:
        deployment = Deployment.objects.select_related("project").filter(pk=pk).first()
        if deployment is None:
            raise CommandError(f"There is no deployment {pk}.")
        if not Deployment.objects.alive().filter(pk=pk).exists():
            state = deployment.get_state_display().lower()
            raise CommandError(f"Deployment {pk} is {state}. Only queued, loading and ready ones can be stopped.")
        runs = actions.stop(deployment, user_of(user, deployment.project))
        answer(
            self.stdout, as_json, {"deployment": pk, "state": Deployment.State.STOPPED.value, "runs_cancelled": runs}
        )
