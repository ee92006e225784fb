"""Which deployments' models this worker process has in memory: within a budget, the least recently used go first.

Only a cache of rows: whatever is missing here is loaded again when it is used.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from preannotation import claims
from preannotation.contract import ModelSpec
from preannotation.engine import engine_settings
from preannotation.models import Deployment
from preannotation.spark import session
from preannotation.spark.pipelines import Pipeline, keep_only, load, prepare

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Held:
    """memory: bytes by which the process grew for it, and never less than its files have."""

    pipeline: Pipeline
    memory: int


_held: OrderedDict[int, Held] = OrderedDict()


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
    return _held[deployment.pk].pipeline


def forget_stopped() -> None:
    """Unload what was stopped or deleted since."""
    if not _held:
        return
    alive = Deployment.objects.filter(pk__in=list(_held)).exclude(state=Deployment.State.STOPPED)
    _unload(_held.keys() - set(alive.values_list("pk", flat=True)))


def held_bytes() -> int:
    """What the deployments in memory take together."""
    return sum(held.memory for held in _held.values())


def _loaded(deployment: Deployment, go_on: Callable[[], None]) -> Held:
    again = "loading its models again: " if deployment.ready_at else ""

    def tell(words: str) -> None:
        go_on()
        claims.say(again + words)

    if not session.alive():
        tell("starting Spark")
    session.start(engine_settings())
    specs = deployment.specs()
    least = _files_size(specs)
    _make_room(max(deployment.memory or 0, least), but=deployment.pk)
    prepare()
    before = claims.resident_bytes()
    try:
        pipeline = load(specs, tell)
        tell("warming up")
        pipeline.warm_up()
    except BaseException:
        # Of several models some may be loaded already.
        keep_only(held.pipeline for held in _held.values())
        raise
    session.collect_garbage()
    # Loading may begin while memory of unloaded models is still on its way back, so the largest growth seen counts.
    memory = max(claims.resident_bytes() - before, least, deployment.memory or 0)
    Deployment.objects.filter(pk=deployment.pk).update(memory=memory)
    claims.say("")
    logger.info("deployment %d is in memory with %d MB", deployment.pk, memory // 2**20)
    return Held(pipeline, memory)


def _make_room(needed: int, but: int) -> None:
    """Unload the least recently used ones until `needed` bytes more are within the budget. One that is larger than
    the budget is loaded all the same, alone: the budget says what may lie ready, not what may be used."""
    going = []
    left = held_bytes()
    for pk, held in _held.items():
        if left + needed <= settings.PIPELINE_MEMORY:
            break
        if pk != but:
            going.append(pk)
            left -= held.memory
    _unload(going)


def _unload(pks: set[int] | list[int]) -> None:
    if not pks:
        return
    for pk in pks:
        del _held[pk]
    keep_only([held.pipeline for held in _held.values()])
    session.collect_garbage()
    _tell()
    logger.info("unloaded the deployments %s", sorted(pks))


def _tell() -> None:
    claims.this_process.deployments = tuple(_held)


def _files_size(specs: tuple[ModelSpec, ...]) -> int:
    folders = {folder for spec in specs for folder in (spec.folder, spec.embeddings_folder) if folder}
    return sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
