from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from preannotation.queues import QUEUES
from preannotation.readiness import wait_for_workers


class Command(BaseCommand):
    help = "Wait until the workers of every queue have taken a probe job or are busy."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--patience", type=float, default=90, help="seconds to wait (90)")

    def handle(self, *args: Any, **options: Any) -> None:
        answers = wait_for_workers(QUEUES, "workers_ready", options["patience"])
        for queue, answer in answers.items():
            if answer is None:
                raise CommandError(
                    f"No worker of the queue {queue} took a job within {options['patience']:.0f} seconds. "
                    f"Its log is var/log/worker-{queue}.log; start again with: make run"
                )
            self.stdout.write(f"workers of {queue}: {answer}")
