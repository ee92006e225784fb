"""Assertion status of a problem: a multinomial logistic regression, trained by Spark ML, applied with numpy.

A saved model is one folder: `assertion.json` (`{"format": 1, "features": …, "language": …, "labels": […],
"about": […], "vocabulary": […]}`) and `coefficients.npz` (`coefficients`, one row for each vocabulary entry and one
column for each label; `intercepts`, one for each label). Batches and single texts go through the same function, so
they can't differ.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.linalg import SparseVector
from pyspark.sql import SparkSession

from preannotation.contract import ModelLoadError, TrainingError
from preannotation.spark.assertion_features import (
    FEATURES_VERSION,
    AssertionContext,
    Sentence,
    cropped,
    cut,
    features,
    rule_baseline,
)

__all__ = ["AssertionContext", "AssertionModel", "rule_baseline", "train_assertion"]

FORMAT: Final = 1
DESCRIPTION_FILE: Final = "assertion.json"
COEFFICIENTS_FILE: Final = "coefficients.npz"


class AssertionModel:
    """A loaded model. labels: the statuses that it tells apart, in its own order. about: labels of the chunks that it
    was trained to judge; empty for any."""

    def __init__(
        self,
        labels: Sequence[str],
        about: Sequence[str],
        vocabulary: Sequence[str],
        coefficients: np.ndarray,
        intercepts: np.ndarray,
    ) -> None:
        self.labels: tuple[str, ...] = tuple(labels)
        self.about: frozenset[str] = frozenset(about)
        self._column = {name: number for number, name in enumerate(vocabulary)}
        self._coefficients = coefficients
        self._intercepts = intercepts

    @classmethod
    def load(cls, folder: Path) -> "AssertionModel":
        """Read a saved model; starts no Spark. Raises ModelLoadError."""
        try:
            description = json.loads((folder / DESCRIPTION_FILE).read_text(encoding="utf-8"))
            with np.load(folder / COEFFICIENTS_FILE, allow_pickle=False) as arrays:
                coefficients, intercepts = arrays["coefficients"], arrays["intercepts"]
        except (OSError, ValueError, KeyError) as error:
            raise ModelLoadError(f"The assertion model in {folder} can't be read ({error}). Add it again.") from error
        return cls(*_checked(folder, description), coefficients, intercepts)._fitting(folder)

    def _fitting(self, folder: Path) -> "AssertionModel":
        expected = (len(self._column), len(self.labels))
        if self._coefficients.shape != expected or self._intercepts.shape != expected[1:]:
            raise ModelLoadError(
                f"The assertion model in {folder} is broken: {self._coefficients.shape} coefficients, "
                f"{expected} expected. Train or add it again."
            )
        return self

    def save(self, folder: Path, made_in: str = "") -> None:
        """Write the model into `folder`, which is made where it is missing. made_in: a training, so that its
        files differ from those of any other, as those of the engine's own models do. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / COEFFICIENTS_FILE, coefficients=self._coefficients, intercepts=self._intercepts)
        description = {
            "format": FORMAT,
            "features": FEATURES_VERSION,
            "language": "en",
            "labels": list(self.labels),
            "about": sorted(self.about),
            "vocabulary": list(self._column),
        } | ({"made_in": made_in} if made_in else {})
        (folder / DESCRIPTION_FILE).write_text(json.dumps(description, ensure_ascii=False), encoding="utf-8")

    def judges(self, label: str) -> bool:
        """Whether a chunk of this label has a status: a drug or a dosage is not present or absent as a problem is."""
        return not self.about or label in self.about

    def statuses(self, contexts: Sequence[AssertionContext]) -> list[tuple[str, float]]:
        """(label, confidence 0..1) of each context, in their order."""
        sentences: dict[str, Sentence] = {}
        answers = []
        for context in map(cropped, contexts):
            sentence = sentences.get(context.sentence)
            if sentence is None:
                sentence = sentences[context.sentence] = cut(context.sentence)
            answers.append(self._status(features(context, sentence)))
        return answers

    def _status(self, names: Iterable[str]) -> tuple[str, float]:
        # Sorted, because the order of a set of strings differs between processes and so would the last bits of a sum.
        rows = sorted(self._column[name] for name in names if name in self._column)
        scores = (self._coefficients[rows].sum(axis=0) + self._intercepts).tolist()
        best = max(scores)
        weights = [math.exp(score - best) for score in scores]
        return self.labels[scores.index(best)], 1.0 / sum(weights)


def _checked(folder: Path, description: Any) -> tuple[list[str], list[str], list[str]]:
    """Labels, labels of the chunks it is about, and vocabulary of a description. Raises ModelLoadError."""
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise ModelLoadError(f"{folder / DESCRIPTION_FILE} is no assertion model of format {FORMAT}. Add another.")
    if description.get("features") != FEATURES_VERSION:
        raise ModelLoadError(
            f"The assertion model in {folder} was trained on features version {description.get('features')}, "
            f"this program computes version {FEATURES_VERSION}. Train it again."
        )
    labels, vocabulary = description.get("labels"), description.get("vocabulary")
    about = description.get("about", [])
    if not (isinstance(labels, list) and labels and isinstance(vocabulary, list) and isinstance(about, list)):
        raise ModelLoadError(f"{folder / DESCRIPTION_FILE} names no labels or no vocabulary. Add another model.")
    return labels, about, vocabulary


def train_assertion(
    spark: SparkSession,
    examples: Sequence[tuple[AssertionContext, str]],
    folder: Path,
    *,
    about: Sequence[str] = (),
    made_in: str = "",
    min_count: int = 2,
    strength: float = 0.5,
    balance: float = 0.5,
    iterations: int = 150,
) -> AssertionModel:
    """Train on (context, label) pairs and save into `folder`.

    about: labels of the chunks that were judged, empty for any. made_in: see `AssertionModel.save`. min_count: features
    seen in fewer examples are left out. strength: inverse of the L2 penalty, as for a sum of losses. balance: power of
    the class weights, 0 for none, 1 for classes that weigh the same in all. Raises TrainingError where there are fewer
    than two labels.
    """
    counts = Counter(label for _, label in examples)
    if len(counts) < 2:
        raise TrainingError(f"An assertion model needs examples of two statuses; these show {len(counts)}. Add more.")
    labels = sorted(counts)
    found = [features(cropped(context)) for context, _ in examples]
    seen = Counter(name for names in found for name in names)
    vocabulary = sorted(name for name, count in seen.items() if count >= min_count)
    column = {name: number for number, name in enumerate(vocabulary)}
    weights = {label: (len(examples) / len(counts) / count) ** balance for label, count in counts.items()}
    rows = [
        (
            float(labels.index(label)),
            weights[label],
            SparseVector(len(vocabulary), {column[name]: 1.0 for name in names if name in column}),
        )
        for names, (_, label) in zip(found, examples, strict=True)
    ]
    regression = LogisticRegression(
        labelCol="label",
        featuresCol="features",
        weightCol="weight",
        family="multinomial",
        standardization=False,
        regParam=1.0 / (strength * len(examples)),
        maxIter=iterations,
    )
    # One partition: the sum of the losses, and with it the model, must not depend on the machine's cores.
    fitted = regression.fit(spark.createDataFrame(rows, ["label", "weight", "features"]).coalesce(1))
    model = AssertionModel(
        labels,
        about,
        vocabulary,
        fitted.coefficientMatrix.toArray().T.copy(),
        np.asarray(fitted.interceptVector.toArray()),
    )
    model.save(folder, made_in)
    return model
