"""The registry's ways in: models are read, tried, copied, and from then on never change."""

from __future__ import annotations

import logging
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import connection, transaction

from preannotation import archive
from preannotation.archive import ArchiveRefused
from preannotation.arriving import figures
from preannotation.contract import (
    ASSERTION,
    CLASSIFICATION,
    NER,
    EngineError,
    ModelFacts,
    ModelLoadError,
    ModelSpec,
    SparkUnavailable,
)
from preannotation.engine import engine_settings
from preannotation.models import NlpModel
from preannotation.models.registry import NAME_PATTERN, Origin
from preannotation.naming import HOW, kind_problem, name_problem
from preannotation.spark import hub, session
from preannotation.spark.checksum import folder_checksum
from preannotation.spark.example import example
from preannotation.spark.inspect import recognise
from preannotation.spark.trial import tried
from projects.models import Project

logger = logging.getLogger(__name__)

DISK_RESERVE = 200 * archive.MIB
# The archive itself, what is unpacked of it, and a copy of that.
DOWNLOAD_SPACE = 4
_LOCK = 0x6D6F64656C73


class RegistryError(Exception):
    """A model was not added; the message says which, why, and what to do."""


@dataclass(frozen=True)
class Entry:
    """What a new row says beside what is read from the model. project: None publishes it to all. facts: what the model
    said of itself where it was tried already, in a process of its own."""

    name: str
    origin: str
    by: AbstractUser | None = None
    project: Project | None = None
    quality: dict[str, Any] = field(default_factory=dict)
    language: str = ""
    facts: ModelFacts | None = None


def add(
    folder: Path,
    name: str,
    origin: str,
    *,
    by: AbstractUser | None = None,
    project: Project | None = None,
    quality: dict[str, Any] | None = None,
    language: str = "",
    facts: ModelFacts | None = None,
    example_text: str = "",
    example_spans: Sequence[tuple[int, int]] = (),
) -> NlpModel:
    """Copy a saved model into the registry as the next version of its name, after it was tried on a sentence. The same
    files again give the row that is there, and mend its copy where that was lost or changed. Raises RegistryError and
    SparkUnavailable, and leaves nothing behind then.

    facts: see Entry; the model isn't loaded then. example_text: a sentence to show the model with; it is run through
    the model now. example_spans: the chunks in it that an assertion model shall judge, code points. A sentence that the
    model fails on leaves it without an example.
    """
    model = _added(folder, Entry(name, origin, by, project, quality or {}, language, facts))
    if quality and "example" in quality:
        _keep_example(model, quality["example"])
    elif example_text:
        _make_example(model, example_text, example_spans)
    return model


def _added(folder: Path, entry: Entry) -> NlpModel:
    name = entry.name
    with _refusing(name, folder):
        # Before anything big is read.
        recognise(folder)
        _refuse_without_space(name, archive.measure(folder))
        there = _of_files(name, folder_checksum(folder)[0], entry.project)
        if there and not _checked(there):
            return there
        with _part() as part:
            shutil.copytree(folder, part)
            return _taken_in(part, entry)


def add_zip(file: Path, name: str, origin: str, *, by: AbstractUser | None = None, example_text: str = "") -> NlpModel:
    """The same with the saved model in a zip file, at its top or one folder deeper. Raises as `add`."""
    with _refusing(name, file), _part() as part:
        archive.unpack(file, part, room=room())
        model = _taken_in(archive.model_folder(part), Entry(name, origin, by, quality=figures.beside(part)))
    if example_text:
        _make_example(model, example_text, ())
    return model


def download(hub_name: str, name: str, language: str, *, by: AbstractUser | None = None) -> NlpModel:
    """The same with a model of the public hub. language: ISO code. Raises as `add`."""
    with _refusing(name, Path(hub_name)):
        session.start(engine_settings())
        found = hub.find(hub_name, language)
        _refuse_without_space(name, DOWNLOAD_SPACE * found.size)
        try:
            return add(found.download(), name, Origin.DOWNLOADED, by=by, language=language)
        finally:
            found.remove()


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


@contextmanager
def _refusing(name: str, source: Path) -> Iterator[None]:
    """Checks the name, and turns what goes wrong with one source into RegistryError."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise RegistryError(f"\"{name}\" can't be a model's name. {HOW}")
    try:
        yield
    except ArchiveRefused as error:
        raise RegistryError(f"{name} was not added from {source}. {error}") from error
    except SparkUnavailable:
        raise
    except EngineError as error:
        # A folder of ours that is gone by now would tell nobody anything.
        reason = re.sub(rf"{re.escape(str(Path(settings.MODELS_DIR)))}/\.part-[^\s,;:)]*", str(source), str(error))
        raise RegistryError(f"{name} was not added. {reason}") from error
    except OSError as error:
        reason = error.strerror or "some files could not be copied"
        raise RegistryError(
            f"{name} was not added: copying {source} to {settings.MODELS_DIR} failed ({reason}). Mend that, then add "
            "it again."
        ) from error


@contextmanager
def _part() -> Iterator[Path]:
    """A folder to be, beside the models, that is gone afterwards."""
    part = Path(settings.MODELS_DIR) / f".part-{secrets.token_hex(6)}"
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _taken_in(part: Path, entry: Entry) -> NlpModel:
    """Register the model in `part`, which is moved. Raises ModelLoadError, PredictionError, SparkUnavailable."""
    checksum, size = folder_checksum(part)
    there = _of_files(entry.name, checksum, entry.project)
    if there and not _checked(there):
        return there
    model, provider = recognised(part, entry.name, entry.project)
    model.checksum, model.size = checksum, size
    facts = entry.facts or _tried(replace(model.spec(provider), folder=part))
    model.engine_class, model.labels, model.multiple = facts.engine_class, list(facts.labels), facts.multiple
    model.dimension = provider.dimension if provider else facts.dimension
    model.language = entry.language or facts.language
    model.origin, model.quality, model.created_by = entry.origin, entry.quality, entry.by
    return _registered(part, model)


def recognised(folder: Path, name: str, project: Project | None) -> tuple[NlpModel, NlpModel | None]:
    """An unsaved row of the model in `folder`, as far as it can be told without the engine, and the embeddings that it
    needs. Raises ModelLoadError where it can't come in under this name, or its embeddings are missing."""
    kind, storage_ref = recognise(folder)
    if wrong := kind_problem(name, kind):
        raise ModelLoadError(wrong)
    model = NlpModel(name=name, kind=kind, storage_ref=storage_ref or "", project=project)
    provider = model.provider()
    if kind in (NER, CLASSIFICATION) and not provider:
        raise ModelLoadError(
            f'It needs the embeddings "{storage_ref}", which the registry does not have. Add them first.'
            if storage_ref
            else "It does not say which embeddings it was trained on, so it can't be used. Save it with its storageRef."
        )
    return model, provider


def _tried(spec: ModelSpec) -> ModelFacts:
    if spec.kind != ASSERTION:
        session.start(engine_settings())
    return tried(spec)


def room() -> int:
    """Bytes that may be taken in, with a reserve left on the disk."""
    return max(0, _free() - DISK_RESERVE)


def _free() -> int:
    models = Path(settings.MODELS_DIR)
    models.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(models).free


def _refuse_without_space(name: str, size: int) -> None:
    available = _free()
    if available < size + DISK_RESERVE:
        raise RegistryError(
            f"{name} was not added: it needs {size // archive.MIB} MB, and {settings.MODELS_DIR} has "
            f"{available // archive.MIB} MB free. Make room, then add it again."
        )


def _registered(part: Path, model: NlpModel) -> NlpModel:
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Two adders at once would both take the same next version.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        there = _of_files(model.name, model.checksum, model.project)
        if there:
            _put(part, there.path)
            _checked(there)
            return there
        last = NlpModel.objects.filter(name=model.name).order_by("-version").first()
        model.version = last.version + 1 if last else 1
        model.folder = f"{model.name}/{model.version}"
        model.save(force_insert=True)
        _put(part, model.path)
    return model


def _of_files(name: str, checksum: str, project: Project | None) -> NlpModel | None:
    """The version that these files are already. Raises ModelLoadError where the name is another project's: one that was
    free when it was asked for may be taken by now."""
    if taken := name_problem(name, project):
        raise ModelLoadError(taken)
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
