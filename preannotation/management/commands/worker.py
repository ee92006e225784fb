from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from preannotation.queues import QUEUES
from preannotation.workers import WorkerGroup


class Command(BaseCommand):
    help = "Run the workers of one queue, watched by probe jobs. The supervisor starts this; it ends where they fail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue", choices=QUEUES)

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(WorkerGroup(options["queue"], settings.VAR_DIR / "run").run())
