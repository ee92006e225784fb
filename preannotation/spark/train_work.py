"""One training in a process of its own (see `preannotation.spark.child`): from a file of examples to a saved model and
what it is worth."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from pyspark.sql import SparkSession

from preannotation.contract import EngineSettings, ModelSpec, TrainingError
from preannotation.spark import session
from preannotation.spark.assertion import train_assertion
from preannotation.spark.epoch_log import best_epoch, following
from preannotation.spark.examples_file import (
    Given,
    class_examples,
    contexts,
    ner_examples,
    read_examples,
    read_texts,
)
from preannotation.spark.inspect import read_facts
from preannotation.spark.train_quality import quality
from preannotation.spark.training import train_classifier, train_crf, train_ner, train_word_vectors
from preannotation.training.parameters import (
    ASSERTION_ENGINE,
    MULTI_CLASSIFIER_DL,
    NER_CRF,
    NER_DL,
    RANGES,
    effective,
    problems,
)

MODEL_FOLDER: Final = "model"
EMBEDDINGS_FOLDER: Final = "embeddings"
LOG_FOLDER: Final = "epochs"
FEW: Final = 20
"""With fewer texts than this none is spared to find the best epoch with."""
MANY: Final = 200
# Of few texts every word counts; of many, a word that is seen but now and then would only get a poor vector.
RARE_WORDS: Final = ((2_000_000, 5), (200_000, 3), (20_000, 2), (0, 1))
ROUNDS: Final = ((2_000_000, 4), (200_000, 8), (0, 15))
DIMENSION: Final = 100

Say = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be trained. parameters: the effective ones. about: labels of chunks, for assertion. validation: share
    of the examples that the best epoch is found with, 0 for none."""

    engine: str
    examples: Sequence[Given]
    embeddings: Path | None
    parameters: dict[str, Any]
    seed: int
    about: Sequence[str]
    made_in: str
    validation: float


def work(engine: EngineSettings, values: dict[str, Any], folder: Path, say: Say) -> dict[str, Any]:
    """Train what `values` asks for on `folder`/examples.jsonl, into `folder`/model.

    values: engine (of `training.parameters.RANGES`), name, embeddings (folder, None for new word vectors from
    `folder`/texts.jsonl), storage_ref, dimension, parameters, seed, about. Answers facts, embeddings_facts, quality,
    seconds, best_epoch, epochs and parameters. Raises EngineError with a sentence.
    """
    given, test = read_examples(folder)
    parameters = _checked(values, len(given))
    say(phase="starting the engine")
    spark = session.start(engine)
    trains_vectors = values["engine"] != ASSERTION_ENGINE and not values.get("embeddings")
    if trains_vectors:
        say(phase="training word vectors on the project's texts")
        _train_vectors(spark, values, folder, say)
    order = Order(
        engine=values["engine"],
        examples=given,
        embeddings=_embeddings(values, folder),
        parameters=parameters,
        seed=int(values.get("seed", 13)),
        about=tuple(values.get("about") or ()),
        made_in=str(values.get("storage_ref") or ""),
        validation=0.0 if len(given) < FEW else 0.1 if len(given) >= MANY else 0.2,
    )
    say(phase=f"training on {len(given)} {'text' if len(given) == 1 else 'texts'}")
    began = time.monotonic()
    best, epochs = _train(spark, order, folder, say)
    seconds = time.monotonic() - began
    model = folder / MODEL_FOLDER
    say(phase="loading the trained model")
    facts = read_facts(model)
    spec = ModelSpec(
        name=values["name"],
        version=1,
        kind=facts.kind,
        folder=model,
        labels=facts.labels,
        storage_ref=facts.storage_ref,
        embeddings_folder=order.embeddings,
        multiple=facts.multiple,
    )
    return {
        "facts": asdict(facts),
        "embeddings_facts": asdict(read_facts(folder / EMBEDDINGS_FOLDER)) if trains_vectors else None,
        "quality": quality(spark, spec, test, say),
        "seconds": round(seconds, 3),
        "best_epoch": best,
        "epochs": epochs,
        "parameters": parameters,
    }


def _checked(values: dict[str, Any], examples: int) -> dict[str, Any]:
    """The effective parameters. Raises TrainingError."""
    given = values.get("parameters") or {}
    if wrong := problems(values["engine"], given):
        raise TrainingError(" ".join(wrong))
    return effective(values["engine"], given, examples)


def _embeddings(values: dict[str, Any], folder: Path) -> Path | None:
    if values["engine"] == ASSERTION_ENGINE:
        return None
    return Path(values["embeddings"]) if values.get("embeddings") else folder / EMBEDDINGS_FOLDER


def _train_vectors(spark: SparkSession, values: dict[str, Any], folder: Path, say: Say) -> None:
    texts = list(read_texts(folder))
    size = sum(map(len, texts))
    min_count = next(count for least, count in RARE_WORDS if size >= least)
    rounds = next(number for least, number in ROUNDS if size >= least)
    train_word_vectors(
        spark,
        texts,
        folder / EMBEDDINGS_FOLDER,
        values["storage_ref"],
        dimension=int(values.get("dimension") or DIMENSION),
        min_count=min_count,
        iterations=rounds,
        seed=int(values.get("seed", 13)),
    )
    say(log=f"Word vectors from {size} characters; words seen less than {min_count} times have none.")


def _train(spark: SparkSession, order: Order, folder: Path, say: Say) -> tuple[int | None, int]:
    """(best epoch, epochs that there were), None and 0 where the engine has no such thing. Raises TrainingError."""
    if order.engine == ASSERTION_ENGINE:
        train_assertion(
            spark, contexts(spark, order.examples), folder / MODEL_FOLDER, about=order.about, made_in=order.made_in
        )
        return None, 0
    validated = bool(order.validation) and order.engine != NER_CRF
    log = folder / LOG_FOLDER
    with following(log, order.parameters["epochs"], validated, say) as epochs:
        _fit(spark, order, folder / MODEL_FOLDER, log)
    best = best_epoch(epochs)
    if best is not None:
        say(log=f"Epoch {best} of {len(epochs)} was the best on the examples kept aside for that, and is kept.")
    return best, len(epochs)


def _fit(spark: SparkSession, order: Order, model: Path, log: Path) -> None:
    assert order.embeddings is not None and order.engine in RANGES
    if order.engine == NER_DL:
        examples = ner_examples(order.examples)
        train_ner(
            spark,
            examples,
            order.embeddings,
            model,
            **order.parameters,
            plain_share=1.0,
            word_dropout=0.0,
            validation=order.validation,
            log=log,
            seed=order.seed,
        )
    elif order.engine == NER_CRF:
        examples = ner_examples(order.examples)
        train_crf(spark, examples, order.embeddings, model, **order.parameters, log=log, seed=order.seed)
    else:
        train_classifier(
            spark,
            class_examples(order.examples),
            order.embeddings,
            model,
            multiple=order.engine == MULTI_CLASSIFIER_DL,
            **order.parameters,
            validation=order.validation,
            log=log,
            seed=order.seed,
        )
