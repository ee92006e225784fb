from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo.project import ADMIN, FIRST_RUN, PEOPLE, demo_password, demo_project, people
from demo.sample_models import MODEL_FOLDER, quality_of, train_all
from preannotation import actions, registry
from preannotation.commands import wait_for
from preannotation.contract import EngineError
from preannotation.engine import engine_settings
from preannotation.models import Deployment, PreannotationRun
from preannotation.models.registry import Origin
from projects.models import Task


class Command(BaseCommand):
    help = "Set up the demo: sample models, people of every role, a project with tasks. One line for each step."

    def add_arguments(self, parser: CommandParser) -> None:
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--models-only", action="store_true", help="train the sample models and leave it at that")
        only.add_argument(
            "--first-run", action="store_true", help="deploy and pre-annotate the first tasks; workers must be running"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["first_run"]:
            self._first_run()
            self._logins()
            return
        folders = self._trained()
        if not options["models_only"]:
            self._set_up(folders)

    def _trained(self) -> list[Path]:
        try:
            return train_all(settings.VAR_DIR / "sample-models", engine_settings(), self._say)
        except (EngineError, OSError) as error:
            raise CommandError(f"The sample models could not be trained. {error}") from error

    def _set_up(self, folders: list[Path]) -> None:
        for folder in folders:
            registry.add(folder / MODEL_FOLDER, folder.name, Origin.SAMPLE, quality=quality_of(folder))
        project = demo_project(people(demo_password(settings.VAR_DIR)))
        self._say(f"Registry: {len(folders)} sample models. Demo project {project.pk}: {project.tasks.count()} tasks.")

    def _first_run(self) -> None:
        users = people(demo_password(settings.VAR_DIR))
        project = demo_project(users)
        if PreannotationRun.objects.filter(project=project).exists():
            return
        if not Deployment.objects.ready_in(project):
            deployment = actions.deploy(project, users["manager"])
            wait_for(deployment, lambda row: f"deployment {row.pk}: {row.state}", self.stdout, quiet=False)
            if deployment.failure:
                raise CommandError(deployment.failure)
        first = Task.objects.filter(project=project).order_by("pk").values_list("pk", flat=True)[:FIRST_RUN]
        tasks = Task.objects.filter(pk__in=list(first))
        run = actions.preannotate(project, users["manager"], tasks, f"first {FIRST_RUN} tasks")
        self._say(f"Run {run.pk} pre-annotates the first {FIRST_RUN} tasks.")

    def _logins(self) -> None:
        names = ", ".join([name for name, _ in PEOPLE] + [ADMIN])
        self._say(f"Log in as {names}; the password of each is {demo_password(settings.VAR_DIR)}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
