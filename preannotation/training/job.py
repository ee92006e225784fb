"""One training, from the row to a version in the registry. The engine works in a child process; a cancel kills it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from preannotation import engine_child, publishing, registry
from preannotation.contract import EngineError
from preannotation.engine_child import facts_of
from preannotation.models import NlpModel, Training
from preannotation.models.registry import Origin
from preannotation.naming import vectors_name
from preannotation.training import afterwards, data
from preannotation.training.actions import TrainingRefused, data_problems, problems, summary
from preannotation.training.examples import Look
from preannotation.training.subjects import chunk_names
from projects.beat import Beat
from projects.exchange import Cancelled
from projects.labeling_config import parse
from projects.models import Activity

WORK: Final = "preannotation.spark.train_work:work"
DIMENSION: Final = 100
LOG_LENGTH: Final = 60_000
FAILURE_LENGTH: Final = 1000

logger = logging.getLogger(__name__)


def train_next() -> None:
    """Take the training whose turn it is, and bring it to an end."""
    for pk in Training.objects.queued().values_list("pk", flat=True):
        if training := Training.objects.select_related("project", "embeddings", "created_by").claim(pk):
            _train(training)
            return


class Heard:
    """Writes what the engine says into the figures of a beat, which stores them every second."""

    def __init__(self, beat: Beat) -> None:
        self.beat = beat
        self.history: list[dict[str, Any]] = []
        self.log = ""

    def __call__(self, said: Mapping[str, Any]) -> None:
        if "phase" in said:
            self.beat.figures["phase"] = str(said["phase"])[:120]
            self.note(f"-- {said['phase']}")
        elif "epoch" in said:
            self.history.append(dict(said))
            self.beat.figures["history"] = list(self.history)
        elif "log" in said:
            self.note(str(said["log"]))

    def note(self, line: str) -> None:
        self.log = f"{self.log}{line}\n"[-LOG_LENGTH:]
        self.beat.figures["log"] = self.log


def _train(training: Training) -> None:
    with Beat(training, f"training {training.pk}") as beat:
        try:
            with engine_child.folder_for(f"training-{training.pk}") as folder:
                model = _made(training, folder, beat)
        except Cancelled:
            Training.objects.held(training).end(Training.State.CANCELLED, phase="")
            return
        except (EngineError, registry.RegistryError, TrainingRefused) as refusal:
            _failed(training, str(refusal))
            return
        except Exception as error:
            error_id = secrets.token_hex(4)
            logger.exception("error %s in training %d", error_id, training.pk)
            what = f"Something unexpected went wrong ({type(error).__name__}). Error {error_id} in the log."
            _failed(training, what, error_id)
            return
    afterwards.follow_up(training, model)


def _made(training: Training, folder: Path, beat: Beat) -> NlpModel:
    """The version that came of it."""
    heard = Heard(beat)
    heard({"phase": "reading the completions"})
    found, _ = data.look_at(training)
    beat.go_on(look=summary(found))
    if wrong := [*problems(training), *data_problems(training, found)]:
        raise TrainingRefused(*wrong)
    data.write_examples(found, folder)
    if training.own_embeddings:
        data.write_texts(training.project, folder)
    values = _order(training, folder)
    answer = engine_child.run(folder, WORK, values, heard=heard, go_on=beat.go_on)
    heard({"phase": "taking the model into the registry"})
    beat.go_on()
    made: list[NlpModel] = []
    try:
        for model in _registered(training, folder, answer, found):
            made.append(model)
        return _ended(training, made[-1], answer, found)
    except BaseException:
        # Half of a training is nothing that anybody could use.
        for model in reversed(made):
            if not model.trainings.exists():
                publishing.take_back(model)
        raise


def _order(training: Training, folder: Path) -> dict[str, Any]:
    embeddings = None if training.own_embeddings else training.embeddings
    return {
        "engine": training.engine,
        "name": training.name,
        "embeddings": str(embeddings.path) if embeddings else None,
        "storage_ref": embeddings.storage_ref if embeddings else f"{training.name}-{secrets.token_hex(6)}",
        "dimension": DIMENSION,
        "parameters": training.parameters,
        "seed": training.seed,
        "about": _about(training),
    }


def _about(training: Training) -> list[str]:
    """All names under which the models that find a label's chunks may know it."""
    config = parse(training.project.labeling_config).config
    known = chunk_names(config).items() if config else ()
    names = [name for (_, label), names in known if label in training.chunk_labels for name in names]
    return list(dict.fromkeys([*training.chunk_labels, *names]))


def _registered(training: Training, folder: Path, answer: Mapping[str, Any], found: Look) -> Iterator[NlpModel]:
    """The word vectors that were trained along, if any, then the model."""
    by, project = training.created_by, training.project
    if answer.get("embeddings_facts"):
        name, facts = vectors_name(training.name), facts_of(answer["embeddings_facts"])
        quality = {"training": training.pk}
        yield registry.add(
            folder / "embeddings", name, Origin.TRAINED, by=by, project=project, quality=quality, facts=facts
        )
    quality = {
        **answer["quality"],
        "data_seen": found.data(),
        "parameters": answer["parameters"],
        "seconds": answer["seconds"],
        "best_epoch": answer["best_epoch"],
        "training": training.pk,
    }
    facts = facts_of(answer["facts"])
    yield registry.add(
        folder / "model", training.name, Origin.TRAINED, by=by, project=project, quality=quality, facts=facts
    )


def _ended(training: Training, model: NlpModel, answer: Mapping[str, Any], found: Look) -> NlpModel:
    """Raises Cancelled where that was asked for meanwhile, or another worker has taken the training over."""
    with transaction.atomic():
        values = {"nlp_model": model, "data": found.data(), "parameters": answer["parameters"], "phase": ""}
        wanted = Training.objects.held(training).filter(cancel_asked_at=None)
        if not wanted.end(Training.State.DONE, **values):
            raise Cancelled
        words = f"trained {model} on {len(found.train):,} tasks ({training})"
        by = None if training.is_automatic else training.created_by
        Activity.objects.record(training.project_id, by, Activity.Verb.MODELS, words)
    return model


def _failed(training: Training, failure: str, error_id: str = "") -> None:
    with transaction.atomic():
        ended = Training.objects.held(training).end(
            Training.State.FAILED, failure=failure[:FAILURE_LENGTH], error_id=error_id
        )
        if ended:
            words = f"could not finish {training} of {training.name}: {failure}"
            Activity.objects.record(training.project_id, None, Activity.Verb.MODELS, words)
