"""Which deployments' models this worker process has in memory: within a budget, the least recently used go first.

Only a cache of rows: whatever is missing here is loaded again when it is used.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from preannotation import claims
from preannotation.contract import ModelSpec
from preannotation.engine import engine_settings
from preannotation.models import Deployment
from preannotation.spark import session
from preannotation.spark.pipelines import Pipeline, keep_only, load, prepare

logger = logging.getLogger(__name__)


# Pipelines share what they load from the same folder, so memory is counted by folder. What a folder took is remembered
# when it is unloaded: the next time it may be loaded into memory that is still on its way back to the system.
_held: OrderedDict[int, Pipeline] = OrderedDict()
_taken: dict[Path, int] = {}


def pipeline_of(deployment: Deployment, go_on: Callable[[], None] = lambda: None) -> Pipeline:
    """The deployment's warm pipeline, from memory or loaded now, which takes seconds to minutes.

    go_on: called before each model is loaded; what it raises ends the loading. Raises EngineError.
    """
    forget_stopped()
    if deployment.pk not in _held:
        _held[deployment.pk] = _loaded(deployment, go_on)
        _make_room(0, but=deployment.pk)
        _tell()
    _held.move_to_end(deployment.pk)
    Deployment.objects.filter(pk=deployment.pk).update(last_used_at=timezone.now())
    return _held[deployment.pk]


def holds(pk: int) -> bool:
    """Whether this process has a deployment's models in memory."""
    return pk in _held


def forget_stopped() -> None:
    """Unload what was stopped or deleted since."""
    if not _held:
        return
    alive = Deployment.objects.filter(pk__in=list(_held)).exclude(state=Deployment.State.STOPPED)
    _unload(_held.keys() - set(alive.values_list("pk", flat=True)))


def _loaded(deployment: Deployment, go_on: Callable[[], None]) -> Pipeline:
    again = "loading its models again: " if deployment.ready_at else ""

    def tell(words: str) -> None:
        go_on()
        claims.say(again + words)

    if not session.alive():
        tell("starting Spark")
    session.start(engine_settings())
    specs = deployment.specs()
    _make_room(deployment.memory or sum(map(_file_bytes, _folders(specs))), but=deployment.pk)
    prepare()
    there = _folders(*(pipeline.specs for pipeline in _held.values()))
    before = claims.resident_bytes()
    try:
        pipeline = load(specs, tell)
        tell("warming up")
        pipeline.warm_up()
    except BaseException:
        # Of several models some may be loaded already.
        keep_only(_held.values())
        raise
    session.collect_garbage()
    _note_growth(_folders(specs) - there, claims.resident_bytes() - before)
    memory = _bytes_of([pipeline])
    Deployment.objects.filter(pk=deployment.pk).update(memory=memory)
    claims.say("")
    logger.info("deployment %d is in memory with %d MB", deployment.pk, memory // 2**20)
    return pipeline


def _make_room(needed: int, but: int) -> None:
    """Unload the least recently used ones until `needed` bytes more are within the budget. One that is larger than
    the budget is loaded all the same, alone: the budget says what may lie ready, not what may be used."""
    staying = dict(_held)
    for pk in list(_held):
        if _bytes_of(staying.values()) + needed <= settings.PIPELINE_MEMORY:
            break
        if pk != but:
            del staying[pk]
    _unload(_held.keys() - staying.keys())


def _unload(pks: Collection[int]) -> None:
    if not pks:
        return
    for pk in pks:
        del _held[pk]
    keep_only(_held.values())
    session.collect_garbage()
    _tell()
    logger.info("unloaded the deployments %s", sorted(pks))


def _tell() -> None:
    claims.this_process.deployments = tuple(_held)


def _note_growth(folders: set[Path], growth: int) -> None:
    """Share what the process grew by among the folders that were loaded, by the size of their files; none takes less
    than its files."""
    sizes = {folder: _file_bytes(folder) for folder in folders}
    total = sum(sizes.values()) or 1
    for folder, size in sizes.items():
        _taken[folder] = max(growth * size // total, size, _taken.get(folder, 0))


def _bytes_of(pipelines: Iterable[Pipeline]) -> int:
    return sum(_taken.get(folder, 0) for folder in _folders(*(pipeline.specs for pipeline in pipelines)))


def _folders(*deployed: tuple[ModelSpec, ...]) -> set[Path]:
    folders = (folder for specs in deployed for spec in specs for folder in (spec.folder, spec.embeddings_folder))
    return {folder for folder in folders if folder}


def _file_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
