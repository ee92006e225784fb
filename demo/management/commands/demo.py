from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from demo.project import FIRST_RUN, PEOPLE, demo_password, demo_project, people
from demo.sample_models import train_all
from preannotation import actions, registry
from preannotation.contract import EngineSettings
from preannotation.models import Deployment, PreannotationRun
from preannotation.models.registry import Origin
from projects.models import Task


class Command(BaseCommand):
    help = (
        "Set up the demo: sample models, people of every role, a project with tasks. Says what it does, line by line."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--first-run", action="store_true", help="deploy and pre-annotate the first tasks; workers must be running"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["first_run"]:
            self._first_run()
        else:
            self._set_up()

    def _set_up(self) -> None:
        for folder in self._trained():
            quality = json.loads((folder / "quality.json").read_text())
            registry.add(folder / "model", name=folder.name, origin=Origin.SAMPLE, quality=quality)
        users = people(demo_password(settings.VAR_DIR))
        project = demo_project(users)
        self.stdout.write(
            f"Demo project {project.pk} is there with {project.tasks.count()} tasks and {len(PEOPLE)} people."
        )

    def _trained(self) -> list[Path]:
        return train_all(settings.VAR_DIR / "sample-models", engine_settings(), self.stdout.write)

    def _first_run(self) -> None:
        users = people(demo_password(settings.VAR_DIR))
        project = demo_project(users)
        if PreannotationRun.objects.filter(project=project).exists():
            self.stdout.write("The demo's first run has been made.")
            return
        if not Deployment.objects.ready_in(project):
            call_command("deploy", str(project.pk), "--wait", "--user", "manager", stdout=self.stdout)
        first = Task.objects.filter(project=project).order_by("pk").values_list("pk", flat=True)[:FIRST_RUN]
        tasks = Task.objects.filter(pk__in=list(first))
        run = actions.preannotate(project, users["manager"], tasks, f"first {FIRST_RUN} tasks")
        self.stdout.write(f"Run {run.pk} pre-annotates the first {FIRST_RUN} tasks.")


def engine_settings() -> EngineSettings:
    return EngineSettings(
        jars=settings.SPARK_JARS_DIR,
        scratch=settings.SPARK_SCRATCH_DIR,
        memory=settings.SPARK_MEMORY,
        threads=settings.SPARK_THREADS,
    )
