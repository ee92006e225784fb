"""One model on its way in, from a file, a folder or the hub to a version in the registry."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from preannotation import archive, engine_child, publishing, registry
from preannotation.arriving import figures
from preannotation.arriving.actions import record
from preannotation.contract import EngineError
from preannotation.engine_child import facts_of
from preannotation.models import Arrival, NlpModel
from preannotation.models.registry import Origin
from projects import uploads
from projects.beat import Beat
from projects.exchange import Cancelled

WORK: Final = "preannotation.spark.arrive_work:work"
FAILURE_LENGTH: Final = 1000
WAS_THERE: Final = "its files were in the registry already"
GIVEN: Final = "given"
"""Where a zip is unpacked."""
ORIGINS: Final = {Arrival.Way.FOLDER: Origin.FOLDER, Arrival.Way.HUB: Origin.DOWNLOADED}
# What the engine does with what came: the rest are saved models.
AS: Final = {Arrival.Way.HUB: "hub", Arrival.Way.VECTORS: "vectors", Arrival.Way.ONNX: "onnx"}

logger = logging.getLogger(__name__)


def run(pk: int) -> None:
    """Bring one in, if it waits; nothing of it stays where that fails."""
    arrival = Arrival.objects.select_related("project", "created_by").claim(pk)
    if arrival is None:
        return
    with Beat(arrival, f"arrival {pk}") as beat:
        try:
            with engine_child.folder_for(f"arrival-{pk}") as folder:
                _bring_in(arrival, folder, beat)
        except Cancelled:
            Arrival.objects.held(arrival).end(Arrival.State.CANCELLED, phase="")
        except (EngineError, registry.RegistryError, archive.ArchiveRefused) as refusal:
            _failed(arrival, _without_paths(str(refusal), arrival))
        except OSError as error:
            _failed(arrival, f"Its files could not be read or written ({error.strerror or type(error).__name__}).")
        except Exception as error:
            error_id = secrets.token_hex(4)
            logger.exception("error %s in arrival %d", error_id, pk)
            what = f"Something unexpected went wrong ({type(error).__name__}). Error {error_id} in the log."
            _failed(arrival, what, error_id)
    uploads.remove(arrival.file)


def _bring_in(arrival: Arrival, folder: Path, beat: Beat) -> None:
    source = _source(arrival, folder, beat)
    values = {
        "way": AS.get(Arrival.Way(arrival.way), "saved"),
        "source": source,
        "name": arrival.name,
        "language": arrival.language,
        "storage_ref": f"{arrival.name}-{secrets.token_hex(6)}",
        "room": registry.room(),
        "embeddings": _embeddings(arrival),
    }
    answer = engine_child.run(folder, WORK, values, heard=lambda said: _heard(said, beat), go_on=beat.go_on)
    beat.go_on(phase="copying it into the registry")
    model = registry.add(
        Path(answer["folder"]),
        arrival.name,
        ORIGINS.get(Arrival.Way(arrival.way), Origin.UPLOADED),
        by=arrival.created_by,
        project=arrival.project,
        language=arrival.language if arrival.way == Arrival.Way.HUB else "",
        quality=figures.beside(folder / GIVEN),
        facts=facts_of(answer["facts"]),
    )
    was_there = not arrival.started_at or model.created_at < arrival.started_at or model.arrivals.exists()
    if was_there and model.retired_at:
        raise registry.RegistryError(
            f"{model} has these very files already, and is retired. Staff can bring it back on its page."
        )
    with transaction.atomic():
        wanted = Arrival.objects.held(arrival).filter(cancel_asked_at=None)
        if wanted.end(Arrival.State.DONE, nlp_model=model, phase=WAS_THERE if was_there else ""):
            record(arrival, arrival.created_by, f"brought in {model} ({arrival.get_way_display()}: {arrival.source})")
            return
    if not was_there:
        publishing.take_back(model)
    raise Cancelled


def _source(arrival: Arrival, folder: Path, beat: Beat) -> str:
    """Where what came lies, unpacked where it was a zip."""
    if arrival.way == Arrival.Way.HUB:
        return arrival.source
    file = uploads.path_of(arrival.file) if arrival.file else Path(arrival.source)
    if arrival.way == Arrival.Way.VECTORS:
        return str(file)
    if file.is_dir():
        return _recognised(arrival, file)
    unpacked = folder / GIVEN

    def tell(done: int, total: int) -> None:
        beat.go_on(phase="unpacking", done=done, total=total)

    archive.unpack(file, unpacked, registry.room(), tell)
    if arrival.way == Arrival.Way.ONNX:
        return str(next((path.parent for path in sorted(unpacked.rglob("model.onnx"))), unpacked))
    return _recognised(arrival, archive.model_folder(unpacked))


def _recognised(arrival: Arrival, folder: Path) -> str:
    """What is no model, or misses its embeddings, is refused before the engine is started for it."""
    if arrival.way != Arrival.Way.ONNX:
        registry.recognised(folder, arrival.name, arrival.project)
    return str(folder)


def _embeddings(arrival: Arrival) -> dict[str, str]:
    """Folder of each embeddings entry that the model may need, by its storage ref."""
    found: dict[str, str] = {}
    for model in NlpModel.objects.usable_in(arrival.project).providers():
        found.setdefault(model.storage_ref, str(model.path))
    return found


def _heard(said: Mapping[str, Any], beat: Beat) -> None:
    if "phase" in said:
        beat.figures["phase"] = str(said["phase"])[:120]


def _without_paths(words: str, arrival: Arrival) -> str:
    """A folder of ours, gone by now, tells nobody anything; nor does the name of an upload among the uploads."""
    ours = Path(settings.ENGINE_CHILDREN_DIR) / f"arrival-{arrival.pk}"
    upload = str(uploads.path_of(arrival.file)) if arrival.file else arrival.source
    return re.sub(rf"{re.escape(str(ours))}[^\s,;:)]*", lambda _: arrival.source, words).replace(upload, arrival.source)


def _failed(arrival: Arrival, failure: str, error_id: str = "") -> None:
    with transaction.atomic():
        ended = Arrival.objects.held(arrival).end(
            Arrival.State.FAILED, failure=failure[:FAILURE_LENGTH], error_id=error_id, phase=""
        )
        if ended:
            record(arrival, None, f"could not bring in {arrival.name}: {failure}")
