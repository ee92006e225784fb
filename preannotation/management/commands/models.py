from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.core.management.base import BaseCommand, CommandError, CommandParser

from preannotation import publishing, registry
from preannotation.commands import answer, answer_rows
from preannotation.contract import EngineError
from preannotation.models import NlpModel
from preannotation.models.registry import Origin
from projects.commands import named_user

REFERENCE = "NAME, or NAME@VERSION"


class Command(BaseCommand):
    help = "The model registry: what it holds, what comes in, and to whom it is offered."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="every version of every model")
        adding = verbs.add_parser("add", help="add the saved Spark NLP model in a folder or a zip file")
        adding.add_argument("source", type=Path, metavar="FOLDER_OR_ZIP")
        adding.add_argument(
            "--example", default="", metavar="TEXT", help="a sentence to show the model with in the widget"
        )
        downloading = verbs.add_parser("download", help="add a model from Spark NLP's public hub")
        downloading.add_argument("hub_name", metavar="NAME", help="as the hub writes it")
        downloading.add_argument("--lang", default="en", help="language of the model (en)")
        for verb in (adding, downloading):
            verb.add_argument("--name", help="name in the registry; that of its source where it is left out")
        publishing_ = verbs.add_parser("publish", help="offer a project's own model to all projects")
        publishing_.add_argument("reference", metavar="MODEL", help=f"{REFERENCE}; NAME means its newest version")
        retiring = verbs.add_parser("retire", help="new deployments no longer use it; what is deployed goes on")
        retiring.add_argument("reference", metavar="MODEL", help=f"{REFERENCE}; NAME means all of its versions")
        retiring.add_argument("--undo", action="store_true", help="bring it back")
        deleting = verbs.add_parser("delete", help="remove a version that nothing uses, and its files")
        deleting.add_argument("reference", metavar="MODEL", help=f"{REFERENCE}, where it has only one")
        verbs.add_parser("verify", help="compare all files with their checksums")
        for verb in (adding, downloading, publishing_, retiring, deleting):
            verb.add_argument("--user", help="whose name stands in the record")
        for verb in verbs.choices.values():
            verb.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['verb']}")(options)
        except (registry.RegistryError, publishing.NotInRegistry, publishing.InUse, EngineError) as error:
            raise CommandError(str(error)) from error

    def _list(self, options: dict[str, Any]) -> None:
        models = NlpModel.objects.order_by("kind", "name", "-version").select_related("created_by")
        self._answer_models(options, list(models))

    def _add(self, options: dict[str, Any]) -> None:
        source = options["source"].resolve()
        by = _user(options)
        if source.is_dir():
            model = registry.add(
                source, options["name"] or source.name, Origin.FOLDER, by=by, example_text=options["example"]
            )
        elif source.is_file():
            model = registry.add_zip(
                source, options["name"] or source.stem, Origin.UPLOADED, by=by, example_text=options["example"]
            )
        else:
            raise CommandError(f"There is no folder and no file {source}.")
        answer(self.stdout, options["json"], _figures(model))

    def _download(self, options: dict[str, Any]) -> None:
        name = options["name"] or options["hub_name"]
        model = registry.download(options["hub_name"], name, options["lang"], by=_user(options))
        answer(self.stdout, options["json"], _figures(model))

    def _publish(self, options: dict[str, Any]) -> None:
        newest = publishing.versions_of(options["reference"])[:1]
        publishing.publish(newest, _user(options))
        self._answer_models(options, newest)

    def _retire(self, options: dict[str, Any]) -> None:
        models = publishing.versions_of(options["reference"])
        (publishing.bring_back if options["undo"] else publishing.retire)(models, _user(options))
        named = ", ".join(f"{project.pk}" for project in publishing.projects_naming(models[0].name))
        self._answer_models(options, models, {"projects_naming_it": named})

    def _delete(self, options: dict[str, Any]) -> None:
        models = publishing.versions_of(options["reference"])
        if len(models) > 1:
            raise CommandError(f"{models[0].name} has {len(models)} versions. Say which, as {models[0].name}@1.")
        figures = _figures(models[0])
        publishing.delete(models[0], _user(options))
        answer(self.stdout, options["json"], figures | {"state": "deleted"})

    def _verify(self, options: dict[str, Any]) -> None:
        findings = registry.verify()
        rows = [_figures(model) | {"wrong": wrong} for model, wrong in findings]
        answer_rows(self.stdout, options["json"], rows)
        broken = [f"{model}: {wrong}" for model, wrong in findings if wrong]
        if broken:
            raise CommandError("Broken: " + "; ".join(broken) + ". Add these models again from their sources.")

    def _answer_models(
        self, options: dict[str, Any], models: Sequence[NlpModel], more: dict[str, Any] | None = None
    ) -> None:
        answer_rows(self.stdout, options["json"], [_figures(model) | (more or {}) for model in models])


def _user(options: dict[str, Any]) -> AbstractUser | None:
    return named_user(options["user"]) if options["user"] else None


def _figures(model: NlpModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "version": model.version,
        "kind": model.kind,
        "state": "retired" if model.retired_at else model.state,
        "project": model.project_id,
        "labels": ", ".join(model.labels),
        "language": model.language,
        "embeddings": model.storage_ref,
        "dimension": model.dimension,
        "origin": model.origin,
        "by": str(model.created_by or ""),
        "megabytes": round(model.size / 1024**2, 1),
        "checksum": model.checksum[:12],
    }
