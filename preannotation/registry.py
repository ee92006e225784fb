"""The registry's ways in: models are read, copied, and from then on never change."""

from __future__ import annotations

import logging
import re
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import connection, transaction

from preannotation.contract import EMBEDDINGS, EngineError, ModelFacts, ModelLoadError
from preannotation.engine import engine_settings
from preannotation.models import NlpModel
from preannotation.spark import session
from preannotation.spark.checksum import folder_checksum
from preannotation.spark.example import example
from preannotation.spark.inspect import is_assertion, read_facts, read_metadata
from projects.models import Project

logger = logging.getLogger(__name__)

NAME_PATTERN = r"[a-z0-9][a-z0-9_.-]{0,99}"
DISK_RESERVE = 200 * 1024 * 1024
_LOCK = 0x6D6F64656C73


class RegistryError(Exception):
    """A model was not added; the message says which, why, and what to do."""


def add(
    folder: Path,
    name: str,
    origin: str,
    *,
    by: AbstractUser | None = None,
    project: Project | None = None,
    quality: dict[str, Any] | None = None,
    example_text: str = "",
    example_spans: Sequence[tuple[int, int]] = (),
) -> NlpModel:
    """Copy a saved model into the registry as the next version of its name. The same files again give the row that
    is there, and mend its copy where that was lost or changed. Raises RegistryError, and leaves nothing behind then.

    example_text: a sentence to show the model with; it is run through the model now. example_spans: the chunks in it
    that an assertion model shall judge, code points. A sentence that the model fails on leaves it without an example.
    """
    model = _added(folder, name, origin, by, project, quality or {})
    if quality and "example" in quality:
        _keep_example(model, quality["example"])
    elif example_text:
        _make_example(model, example_text, example_spans)
    return model


def _added(
    folder: Path, name: str, origin: str, by: AbstractUser | None, project: Project | None, quality: dict[str, Any]
) -> NlpModel:
    if not re.fullmatch(NAME_PATTERN, name):
        raise RegistryError(
            f"\"{name}\" can't be a model's name. Use lower case letters and digits, with _ . - between them, "
            "100 characters at most."
        )
    try:
        checksum, size = folder_checksum(folder)
        there = _of_files(name, checksum)
        if there and not _checked(there):
            return there
        facts = _facts(folder)
    except ModelLoadError as error:
        raise RegistryError(f"{name} was not added. {error}") from error
    _refuse_without_space(name, size)
    part = Path(settings.MODELS_DIR) / f".part-{secrets.token_hex(6)}"
    try:
        shutil.copytree(folder, part)
        return _registered(part, name, origin, facts, checksum, size, by, project, quality)
    except OSError as error:
        reason = error.strerror or "some files could not be copied"
        raise RegistryError(
            f"{name} was not added: copying {folder} to {part.parent} failed ({reason}). Mend that, then add it again."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def verify() -> list[tuple[NlpModel, str]]:
    """Compare every model's files with its checksum: (model, what is wrong or ""). What changed is marked broken, and
    ready again once the files are."""
    findings = []
    for model in NlpModel.objects.order_by("name", "version"):
        findings.append((model, _checked(model)))
    return findings


def _make_example(model: NlpModel, text: str, spans: Sequence[tuple[int, int]]) -> None:
    try:
        made = example(model.spec(model.provider()), text, spans, engine_settings())
    except EngineError as error:
        logger.warning("%s has no example: %s", model, error)
    else:
        _keep_example(model, made)


def _keep_example(model: NlpModel, made: dict[str, Any]) -> None:
    if model.quality.get("example") != made:
        model.quality = model.quality | {"example": made}
        model.save(update_fields=["quality"])


def _facts(folder: Path) -> ModelFacts:
    if not is_assertion(folder):
        read_metadata(folder)
        session.start(engine_settings())
    return read_facts(folder)


def _refuse_without_space(name: str, size: int) -> None:
    models = Path(settings.MODELS_DIR)
    models.mkdir(parents=True, exist_ok=True)
    available = shutil.disk_usage(models).free
    if available < size + DISK_RESERVE:
        raise RegistryError(
            f"{name} was not added: it needs {size // 1024**2} MB, and {models} has {available // 1024**2} MB free. "
            "Make room, then add it again."
        )


def _registered(
    part: Path,
    name: str,
    origin: str,
    facts: ModelFacts,
    checksum: str,
    size: int,
    by: AbstractUser | None,
    project: Project | None,
    quality: dict[str, Any],
) -> NlpModel:
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Two adders at once would both take the same next version.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        there = _of_files(name, checksum)
        if there:
            _put(part, there.path)
            _checked(there)
            return there
        last = NlpModel.objects.filter(name=name).order_by("-version").first()
        version = last.version + 1 if last else 1
        model = NlpModel(
            name=name,
            version=version,
            kind=facts.kind,
            engine_class=facts.engine_class,
            labels=list(facts.labels),
            multiple=facts.multiple,
            language=facts.language,
            storage_ref=facts.storage_ref or "",
            dimension=facts.dimension,
            origin=origin,
            project=project,
            folder=f"{name}/{version}",
            checksum=checksum,
            size=size,
            quality=quality,
            created_by=by,
        )
        if facts.kind != EMBEDDINGS and not facts.dimension and (provider := model.provider()):
            model.dimension = provider.dimension
        model.save(force_insert=True)
        _put(part, model.path)
    return model


def _of_files(name: str, checksum: str) -> NlpModel | None:
    return NlpModel.objects.filter(name=name, checksum=checksum).order_by("-version").first()


def _put(part: Path, path: Path) -> None:
    """Whatever stands there is broken, or was left without a row by an interrupted add."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(path, ignore_errors=True)
    part.replace(path)


def _checked(model: NlpModel) -> str:
    """What is wrong with a model's files, or "", now also in its row."""
    wrong = _what_is_wrong(model)
    state = NlpModel.State.BROKEN if wrong else NlpModel.State.READY
    if (model.state, model.failure) != (state, wrong):
        NlpModel.objects.filter(pk=model.pk).update(state=state, failure=wrong)
        model.state, model.failure = state, wrong
    return wrong


def _what_is_wrong(model: NlpModel) -> str:
    try:
        checksum, _ = folder_checksum(model.path)
    except ModelLoadError:
        return "its files are missing"
    return "" if checksum == model.checksum else "its files have changed since it was added"
