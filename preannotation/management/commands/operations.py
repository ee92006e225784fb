from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from preannotation import operations
from preannotation.commands import answer, answer_rows


class Command(BaseCommand):
    help = "Show workers, queues, runs, imports, deployments, database and disk: what the operators' page shows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON; sizes in bytes, times in seconds")

    def handle(self, *args: Any, **options: Any) -> None:
        figures = operations.everything()
        if options["json"]:
            self.stdout.write(json.dumps(figures, cls=DjangoJSONEncoder))
            return
        database, disk = figures.pop("database"), figures.pop("disk")
        memory = figures.pop("memory")
        tables, parts = database.pop("tables"), disk.pop("parts")
        sections = figures | {"tables": tables, "disk": parts}
        for name, rows in sections.items():
            self.stdout.write(f"{name}:")
            answer_rows(self.stdout, False, rows)
        answer(self.stdout, False, {f"database {name}": value for name, value in database.items()})
        answer(self.stdout, False, {f"disk {name}": value for name, value in disk.items()})
        answer(self.stdout, False, {f"memory {name}": value for name, value in memory.items()})
