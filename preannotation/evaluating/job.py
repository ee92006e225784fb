"""An evaluation in the "default" queue: the models speak in a child process, here they are judged."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from preannotation import engine_child
from preannotation.contract import EngineError
from preannotation.evaluating import actions, data, figures
from preannotation.evaluating.reading import Reading, chunks
from preannotation.models import Evaluation, NlpModel
from preannotation.training.examples import Work
from preannotation.training.subjects import chunk_names
from projects.beat import Beat
from projects.exchange import Cancelled
from projects.labeling_config import LabelingConfig
from projects.models.background import SILENCE
from projects.models.project import ConfigRefused

WORK: Final = "preannotation.spark.evaluate_work:work"
TEXTS_FILE: Final = "texts.jsonl"
PHASE_LENGTH: Final = 120

logger = logging.getLogger(__name__)


def run(pk: int) -> None:
    """Work out a queued evaluation. Of several only one runs at a time: each has a JVM of its own."""
    if _another_runs(pk):
        return
    evaluation = Evaluation.objects.select_related("project", "created_by").claim(pk)
    if evaluation is None:
        return
    try:
        with Beat(evaluation, f"evaluation {pk}") as beat:
            _run(evaluation, beat)
    finally:
        waiting = Evaluation.objects.filter(state=Evaluation.State.QUEUED, cancel_asked_at=None).order_by("pk")
        following = waiting.values_list("pk", flat=True).first()
        if following:
            actions.enqueue(following)


def _another_runs(pk: int) -> bool:
    alive = Evaluation.objects.filter(state=Evaluation.State.RUNNING, beat_at__gte=timezone.now() - SILENCE)
    return alive.exclude(pk=pk).exists()


def _run(evaluation: Evaluation, beat: Beat) -> None:
    try:
        found = _figures(evaluation, beat)
        beat.go_on()
        _store(evaluation, found)
    except Cancelled:
        Evaluation.objects.held(evaluation).end(Evaluation.State.CANCELLED)
    except EngineError as error:
        _fail(evaluation, str(error))
    except ConfigRefused:
        _fail(evaluation, "The Labeling Config can't be read any more. Mend it on the setup page, then evaluate again.")
    except Exception as error:
        error_id = secrets.token_hex(4)
        logger.exception("error %s in evaluation %d", error_id, evaluation.pk)
        _fail(
            evaluation,
            f"Something unforeseen happened ({type(error).__name__}). Error {error_id} in the log.",
            error_id,
        )


def _figures(evaluation: Evaluation, beat: Beat) -> dict[str, Any]:
    """By id of the model. Raises EngineError where nothing can be said of any of them."""
    works = data.works(evaluation.tasks)
    models = list(evaluation.nlp_models.order_by("name", "version"))
    if not works:
        raise EngineError(actions.NO_TASKS)
    config = evaluation.project.parsed_config()
    with engine_child.folder_for(f"evaluation-{evaluation.pk}") as folder:
        _write_texts(folder / TEXTS_FILE, works, config)
        values = {"models": [_spec(model) for model in models], "texts_file": str(folder / TEXTS_FILE)}

        def heard(said: dict[str, Any]) -> None:
            beat.figures["phase"] = _phase(said)[:PHASE_LENGTH]

        answer = engine_child.run(folder, WORK, values, heard=heard, go_on=beat.go_on)
        beat.go_on(phase="judging what the models said")
        readings = [actions.reading_of(evaluation.project, config, model) for model in models]
        found = dict(_judged(Path(answer["findings_file"]), models, readings, works, beat))
    failures = [one["failure"] for one in found.values() if "failure" in one]
    if len(failures) == len(models):
        raise EngineError(" ".join(failures))
    return found


def _write_texts(path: Path, works: list[Work], config: LabelingConfig) -> None:
    names = chunk_names(config)
    with path.open("w", encoding="utf-8") as file:
        for work in works:
            file.write(json.dumps({"text": work.text, "chunks": chunks(work.result, names)}) + "\n")


def _spec(model: NlpModel) -> dict[str, Any]:
    spec = asdict(model.spec(model.provider()))
    folders = {name: spec[name] and str(spec[name]) for name in ("folder", "embeddings_folder")}
    return {**spec, **folders, "labels": list(spec["labels"])}


def _phase(said: dict[str, Any]) -> str:
    words = str(said.get("phase", ""))
    return f"{words}: {said['done']:,} of {said['of']:,} texts" if "done" in said else words


def _judged(
    path: Path, models: list[NlpModel], readings: list[Reading | None], works: list[Work], beat: Beat
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The file holds one model's lines after the other's."""
    lines = _lines(path)
    line = next(lines, None)
    for place, (model, reading) in enumerate(zip(models, readings, strict=True)):
        own: dict[int, dict[str, Any]] = {}
        refused = ""
        while line is not None and line["model"] == place:
            beat.go_on()
            if "refused" in line:
                refused = line["refused"]
            else:
                own[works[line["text"]].task_id] = line
            line = next(lines, None)
        yield str(model.pk), _of_model(model, reading, refused, own, works)


def _of_model(
    model: NlpModel, reading: Reading | None, refused: str, lines: dict[int, dict[str, Any]], works: list[Work]
) -> dict[str, Any]:
    if refused:
        return {"failure": refused}
    if reading is None:
        return {"failure": f"The project has none of the labels that {model} predicts any more."}
    judged = [reading.judged(example, lines.get(example.task_id, {})) for example in reading.examples(works)]
    if not judged:
        return {"failure": f"No reviewed task tagged Test says anything of what {model} is asked."}
    data = f"{len(judged):,} reviewed task{'' if len(judged) == 1 else 's'} tagged Test"
    return figures.made(model.kind, judged, data, reading.asked)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _store(evaluation: Evaluation, found: dict[str, Any]) -> None:
    with transaction.atomic():
        held = Evaluation.objects.held(evaluation)
        if not held.end(Evaluation.State.DONE, figures=found, phase=""):
            raise Cancelled
        each = [_words(model, found[str(model.pk)]) for model in evaluation.nlp_models.order_by("name", "version")]
        actions.record(evaluation, None, f"finished evaluation {evaluation.pk}: {'; '.join(each)}")


def _words(model: NlpModel, stored: dict[str, Any]) -> str:
    shown = figures.Figures(stored)
    return f"{model} failed" if shown.main is None else f"{model} {shown.main_name} {shown.main:.3f}"


def _fail(evaluation: Evaluation, failure: str, error_id: str = "") -> None:
    with transaction.atomic():
        values = {"failure": failure[:1000], "error_id": error_id, "phase": ""}
        if Evaluation.objects.held(evaluation).end(Evaluation.State.FAILED, **values):
            actions.record(evaluation, None, f"gave up evaluation {evaluation.pk}: {failure}")
