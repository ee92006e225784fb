"""Train the demo's sample models once, measure each on notes that no training has seen, and keep them in a folder."""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any, Final

from demo.examples import EXAMPLES
from demo.measuring import quality
from demo.names import HELDOUT, TRAIN
from demo.notes import Note, generate
from demo.recipes import HELDOUT_NOTES, HELDOUT_SEED, SAMPLE_MODELS, SEED, VERSION, Recipe
from demo.training_data import class_examples, ner_examples, status_examples
from preannotation.contract import ASSERTION, CLASSIFICATION, EMBEDDINGS, EngineSettings, ModelSpec
from preannotation.spark.assertion import train_assertion
from preannotation.spark.assertion_features import FEATURES_VERSION
from preannotation.spark.example import example
from preannotation.spark.session import SparkSession, start
from preannotation.spark.training import train_classifier, train_ner, train_word_vectors

__all__ = ["MODEL_FOLDER", "SAMPLE_MODELS", "demo_notes", "quality_of", "train_all"]

MODEL_FOLDER: Final = "model"
QUALITY_FILE: Final = "quality.json"
"""Written last: a model whose folder has none was interrupted and is trained again."""
EXAMPLE_FILE: Final = "example.json"
"""What the trained model says of its sentence in `demo.examples`; made anew where that has changed."""
_FINGERPRINT_FILE: Final = "recipe.sha256"
_LOCK_FILE: Final = ".lock"
_DEMO_SEED: Final = 3


def demo_notes(count: int) -> list[Note]:
    """Notes for the demo project, all different, of patterns and names that no training has seen."""
    return generate(count, _DEMO_SEED, HELDOUT)


def train_all(target: Path, engine: EngineSettings, progress: Callable[[str], None]) -> list[Path]:
    """Train what is missing or out of date; answer the models' folders, embeddings before what needs them.

    Each folder `target/<name>` has the saved model in `model` and its figures in `quality.json`. progress: called with
    one line for each model. Raises EngineError (SparkUnavailable, TrainingError) and OSError.
    """
    training, heldout = _corpora()
    folders = []
    target.mkdir(parents=True, exist_ok=True)
    with (target / _LOCK_FILE).open("w") as lock:
        # A second start while the first one still trains must wait for its models, not write over them.
        fcntl.flock(lock, fcntl.LOCK_EX)
        for number, recipe in enumerate(SAMPLE_MODELS, 1):
            folder = target / recipe.name
            folders.append(folder)
            fingerprint = _fingerprint(recipe, training, heldout)
            if _finished(folder, fingerprint):
                _exemplify(recipe, target, engine)
                continue
            began = monotonic()
            _train_and_measure(start(engine), recipe, target, training, heldout)
            (folder / _FINGERPRINT_FILE).write_text(fingerprint, encoding="utf-8")
            _exemplify(recipe, target, engine)
            progress(
                f"Sample model {number} of {len(SAMPLE_MODELS)}: {recipe.name}, {_headline(folder)}, "
                f"{monotonic() - began:.0f} s"
            )
    return folders


def quality_of(folder: Path) -> dict[str, Any]:
    """A sample model's figures with its example, as the registry keeps them. Raises OSError, ValueError."""
    figures: dict[str, Any] = json.loads((folder / QUALITY_FILE).read_text(encoding="utf-8"))
    written = folder / EXAMPLE_FILE
    return figures | ({"example": json.loads(written.read_text(encoding="utf-8"))} if written.is_file() else {})


def _corpora() -> tuple[list[Note], list[Note]]:
    most = max(recipe.notes for recipe in SAMPLE_MODELS)
    return generate(most, SEED, TRAIN), generate(HELDOUT_NOTES, HELDOUT_SEED, HELDOUT)


def _train_and_measure(
    spark: SparkSession, recipe: Recipe, target: Path, training: list[Note], heldout: list[Note]
) -> None:
    folder = target / recipe.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _train(spark, recipe, target, training[: recipe.notes])
    figures = quality(spark, recipe, folder / MODEL_FOLDER, _embeddings(recipe, target), heldout)
    unfinished = folder / f"{QUALITY_FILE}.part"
    unfinished.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    unfinished.rename(folder / QUALITY_FILE)


def _exemplify(recipe: Recipe, target: Path, engine: EngineSettings) -> None:
    """Let the model speak of its sentence, unless it has."""
    if recipe.name not in EXAMPLES:
        return
    text, words = EXAMPLES[recipe.name]
    folder = target / recipe.name
    written = folder / EXAMPLE_FILE
    if written.is_file() and json.loads(written.read_text(encoding="utf-8"))["text"] == text:
        return
    spans = [(text.index(word), text.index(word) + len(word)) for word in words]
    model, embeddings = folder / MODEL_FOLDER, _embeddings(recipe, target)
    spec = ModelSpec(recipe.name, 1, recipe.kind, model, recipe.labels, recipe.embeddings, embeddings)
    unfinished = folder / f"{EXAMPLE_FILE}.part"
    unfinished.write_text(json.dumps(example(spec, text, spans, engine)), encoding="utf-8")
    unfinished.rename(written)


def _train(spark: SparkSession, recipe: Recipe, target: Path, notes: Sequence[Note]) -> None:
    folder = target / recipe.name / MODEL_FOLDER
    settings: dict[str, Any] = dict(recipe.settings)
    embeddings = _embeddings(recipe, target)
    if recipe.kind == EMBEDDINGS:
        train_word_vectors(spark, [note.text for note in notes], folder, recipe.name, **settings)
    elif recipe.kind == ASSERTION:
        train_assertion(spark, status_examples(spark, notes), folder, **settings)
    elif embeddings is None:
        raise ValueError(f"The recipe {recipe.name} names no embeddings.")
    elif recipe.kind == CLASSIFICATION:
        train_classifier(spark, class_examples(notes, recipe.target), embeddings, folder, **settings)
    else:
        train_ner(spark, ner_examples(notes, recipe.target, recipe.labels), embeddings, folder, **settings)


def _embeddings(recipe: Recipe, target: Path) -> Path | None:
    return target / recipe.embeddings / MODEL_FOLDER if recipe.embeddings else None


def _fingerprint(recipe: Recipe, training: Sequence[Note], heldout: Sequence[Note]) -> str:
    """Changes with the recipe, its embeddings' recipe, and every note that it learns from or is measured on."""
    parts = [r for r in SAMPLE_MODELS if r.name in (recipe.name, recipe.embeddings)]
    digest = hashlib.sha256(f"{VERSION} {FEATURES_VERSION} {[asdict(part) for part in parts]}".encode())
    for note in [*training[: max(part.notes for part in parts)], *heldout]:
        digest.update(repr(note).encode())
    return digest.hexdigest()


def _finished(folder: Path, fingerprint: str) -> bool:
    written = folder / _FINGERPRINT_FILE
    return (folder / QUALITY_FILE).is_file() and written.is_file() and written.read_text() == fingerprint


def _headline(folder: Path) -> str:
    figures = json.loads((folder / QUALITY_FILE).read_text(encoding="utf-8"))
    name = next((name for name in ("f1", "accuracy") if name in figures), None)
    return f"{name} {figures[name]:.2f} on {figures['data']}" if name else "trained"
