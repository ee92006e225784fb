"""Small models on made-up sentences, trained once and kept in var/: what they find matters less than where."""

import fcntl
import itertools
import shutil
from pathlib import Path
from typing import Final

from pyspark.sql import SparkSession

from preannotation.contract import ASSERTION, CLASSIFICATION, NER, ModelSpec
from preannotation.spark.assertion import train_assertion
from preannotation.spark.assertion_features import AssertionContext
from preannotation.spark.tagging import NerExample
from preannotation.spark.training import ClassExample, train_classifier, train_ner, train_word_vectors

VERSION: Final = "4"
"""Another one where what is trained below changes."""
STORAGE_REF: Final = "tiny_vectors"
DRUGS: Final = ("aspirin", "ibuprofen", "metformin", "lisinopril", "warfarin", "insulin")
PROBLEMS: Final = ("fever", "cough", "nausea", "chest pain", "headache", "diabetes")
# The threads of a training add up in another order each time. Of what no sentence shows, such as a word without
# letters at the start, each model thinks what it likes.
PATTERNS: Final = (
    "The patient takes {drug} for {problem}.",
    "She has {problem} and was given {drug} today.",
    "No {problem} was found. Stop {drug} tomorrow.",
    "He denies {problem}, but {drug} was continued.",
    "😀 No {problem} was found.\r\nStop {drug} tomorrow.",
)
SPECS: Final = (
    ("tiny_drugs", NER),
    ("tiny_problems", NER),
    ("tiny_kind", CLASSIFICATION),
    ("tiny_topics", CLASSIFICATION),
    ("tiny_status", ASSERTION),
)


def spec(root: Path, name: str) -> ModelSpec:
    """The tiny model `name` as a deployment names it."""
    kind = dict(SPECS)[name]
    embeddings = None if kind == ASSERTION else root / "vectors"
    return ModelSpec(
        name=name,
        version=1,
        kind=kind,
        folder=root / name,
        labels=(),
        storage_ref=embeddings and STORAGE_REF,
        embeddings_folder=embeddings,
        multiple=name == "tiny_topics",
    )


def trained(spark: SparkSession, parent: Path) -> Path:
    """The folder with `vectors` and one folder for each of SPECS."""
    root = parent / VERSION
    parent.mkdir(parents=True, exist_ok=True)
    with (parent / "lock").open("w") as lock:
        # Another run of the tests may train them at this moment.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            unfinished = parent / f"{VERSION}.part"
            shutil.rmtree(unfinished, ignore_errors=True)
            _train(spark, unfinished)
            unfinished.rename(root)
    return root


def _train(spark: SparkSession, root: Path) -> None:
    words = [(drug, problem) for drug, problem in itertools.product(DRUGS, PROBLEMS)]
    other = itertools.cycle(PATTERNS)
    made = [(pattern, *pair) for pair in words for pattern in (next(other), PATTERNS[0])]
    texts = [(pattern.format(drug=drug, problem=problem), drug, problem) for pattern, drug, problem in made]
    vectors = root / "vectors"
    train_word_vectors(spark, [text for text, _, _ in texts], vectors, STORAGE_REF, dimension=100, min_count=1)
    for name, label, place in (("tiny_drugs", "DRUG", 1), ("tiny_problems", "PROBLEM", 2)):
        examples = [NerExample(made[0], (_span(made[0], made[place], label),)) for made in texts]
        train_ner(spark, examples, vectors, root / name, epochs=16, batch_size=8, learning_rate=0.01)
    kinds = [ClassExample(text, ("order" if "takes" in text else "visit",)) for text, _, _ in texts]
    train_classifier(spark, kinds, vectors, root / "tiny_kind", epochs=10)
    topics = [ClassExample(text, ("drug", "illness") if "takes" in text else ("illness",)) for text, _, _ in texts]
    train_classifier(spark, topics, vectors, root / "tiny_topics", multiple=True, epochs=10)
    statuses = [
        (
            AssertionContext(text, *_span(text, problem, "")[:2]),
            "absent" if "No " in text or "denies" in text else "present",
        )
        for text, _, problem in texts
    ]
    train_assertion(spark, statuses, root / "tiny_status", about=("PROBLEM",))


def _span(text: str, words: str, label: str) -> tuple[int, int, str]:
    return text.index(words), text.index(words) + len(words), label
