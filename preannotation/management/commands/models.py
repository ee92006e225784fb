from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from preannotation import registry
from preannotation.commands import answer, answer_rows
from preannotation.contract import EngineError
from preannotation.models import NlpModel
from preannotation.models.registry import Origin
from projects.commands import named_user


class Command(BaseCommand):
    help = "The model registry: list its models, add one from a folder, verify all files."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list", help="every version of every model")
        adding = verbs.add_parser("add", help="add the saved Spark NLP model in a folder")
        adding.add_argument("folder", type=Path)
        adding.add_argument("--name", help="name in the registry; the folder's own name where it is left out")
        adding.add_argument("--user", help="whose name stands in the record")
        verifying = verbs.add_parser("verify", help="compare all files with their checksums")
        for verb in (listing, adding, verifying):
            verb.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['verb']}")(options)

    def _list(self, options: dict[str, Any]) -> None:
        models = NlpModel.objects.order_by("kind", "name", "-version")
        answer_rows(self.stdout, options["json"], [_figures(model) for model in models])

    def _add(self, options: dict[str, Any]) -> None:
        folder = options["folder"].resolve()
        by = named_user(options["user"]) if options["user"] else None
        try:
            model = registry.add(folder, options["name"] or folder.name, Origin.FOLDER, by=by)
        except (registry.RegistryError, EngineError) as error:
            raise CommandError(str(error)) from error
        answer(self.stdout, options["json"], _figures(model))

    def _verify(self, options: dict[str, Any]) -> None:
        findings = registry.verify()
        rows = [_figures(model) | {"wrong": wrong} for model, wrong in findings]
        answer_rows(self.stdout, options["json"], rows)
        broken = [f"{model}: {wrong}" for model, wrong in findings if wrong]
        if broken:
            raise CommandError("Broken: " + "; ".join(broken) + ". Add these models again from their sources.")


def _figures(model: NlpModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "version": model.version,
        "kind": model.kind,
        "state": "retired" if model.retired_at else model.state,
        "labels": ", ".join(model.labels),
        "embeddings": model.storage_ref,
        "dimension": model.dimension,
        "origin": model.origin,
        "megabytes": round(model.size / 1024**2, 1),
        "checksum": model.checksum[:12],
    }
