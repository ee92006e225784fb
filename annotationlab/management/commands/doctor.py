from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from annotationlab import doctor
from preannotation.queues import QUEUES
from preannotation.readiness import wait_for_workers


class Command(BaseCommand):
    help = "Check this machine, database, models and workers, and say how to mend what is wrong. Exit code 1 if any is."
    # The checks themselves must be able to say that the database is away.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="a list of objects: name, ok, found, mend")
        parser.add_argument("--patience", type=float, default=30, help="seconds to wait for the workers (30)")

    def handle(self, *args: Any, **options: Any) -> None:
        checks = doctor.machine(settings.ENV)
        if all(check.ok for check in checks if check.name in ("database", "migrations")):
            answers = wait_for_workers(QUEUES, "doctor", options["patience"])
            checks += [doctor.queue(name, answer) for name, answer in answers.items()]
        else:
            checks += [
                doctor.Check(f"queue {name}", False, "not checked", "Mend the database first") for name in QUEUES
            ]
        if options["json"]:
            self.stdout.write(json.dumps([asdict(check) for check in checks], indent=2))
        else:
            self._write_lines(checks)
        sys.exit(0 if all(check.ok for check in checks) else 1)

    def _write_lines(self, checks: list[doctor.Check]) -> None:
        for check in checks:
            self.stdout.write(f"{'ok   ' if check.ok else 'WRONG'} {check.name}: {check.found}")
            if check.mend:
                self.stdout.write(f"      -> {check.mend}")
