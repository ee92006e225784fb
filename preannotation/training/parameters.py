"""What can be set of a training, and within which bounds. Pure."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

NER_DL: Final = "NerDL"
NER_CRF: Final = "NerCrf"
CLASSIFIER_DL: Final = "ClassifierDL"
MULTI_CLASSIFIER_DL: Final = "MultiClassifierDL"
ASSERTION_ENGINE: Final = "Assertion"

DIMENSIONS: Final = (100, 128, 256, 300, 384, 512, 768, 1024, 2048, 4096)
"""Sizes of embeddings that Spark NLP's ready-made NerDL graphs exist for."""
MOST_TAGS: Final = 38
"""Tags that the largest of these graphs can tell apart: two for each label, and one for tokens outside."""
MOST_LABELS: Final = (MOST_TAGS - 1) // 2
MOST_CLASSES: Final = 100
"""Classes that the classifiers' networks can tell apart."""
FEW: Final = 300
MANY: Final = 3_000


class Range(NamedTuple):
    """Bounds of a parameter, both allowed. called: its name for people."""

    called: str
    least: float
    most: float
    whole: bool = False


EPOCHS: Final = Range("Epochs", 1, 200, whole=True)
BATCH_SIZE: Final = Range("Batch size", 1, 512, whole=True)
LEARNING_RATE: Final = Range("Learning rate", 0.000001, 0.5)
DROPOUT: Final = Range("Dropout", 0.0, 0.9)

RANGES: Final[dict[str, dict[str, Range]]] = {
    NER_DL: {"epochs": EPOCHS, "batch_size": BATCH_SIZE, "learning_rate": LEARNING_RATE, "dropout": DROPOUT},
    NER_CRF: {"epochs": EPOCHS},
    CLASSIFIER_DL: {"epochs": EPOCHS, "batch_size": BATCH_SIZE, "learning_rate": LEARNING_RATE, "dropout": DROPOUT},
    MULTI_CLASSIFIER_DL: {"epochs": EPOCHS, "batch_size": BATCH_SIZE, "learning_rate": LEARNING_RATE},
    ASSERTION_ENGINE: {},
}
"""The parameters that each engine has, by name."""


def defaults(engine: str, examples: int) -> dict[str, Any]:
    """Values that fit so many examples to train on: the fewer there are, the more often each is seen.

    Raises KeyError where the engine is none of RANGES.
    """
    few, many = examples < FEW, examples >= MANY
    values: dict[str, dict[str, Any]] = {
        NER_DL: {
            "epochs": 20 if few else 6 if many else 12,
            "batch_size": 8 if few else 32 if many else 16,
            "learning_rate": 0.003,
            "dropout": 0.5,
        },
        NER_CRF: {"epochs": 10 if many else 20},
        CLASSIFIER_DL: {
            "epochs": 60 if few else 20 if many else 40,
            "batch_size": 8 if few else 64 if many else 16,
            "learning_rate": 0.005,
            "dropout": 0.3,
        },
        MULTI_CLASSIFIER_DL: {
            "epochs": 60 if few else 20 if many else 40,
            "batch_size": 8 if few else 64 if many else 16,
            "learning_rate": 0.005,
        },
        ASSERTION_ENGINE: {},
    }
    return values[engine]


def problems(engine: str, parameters: dict[str, Any]) -> list[str]:
    """A sentence for each value that can't be used, with what is allowed; empty where all is well."""
    ranges = RANGES.get(engine)
    if ranges is None:
        return [f"There is no engine {engine}. Choose one of {', '.join(RANGES)}."]
    found = [
        f"{engine} has no parameter {name}. It has {', '.join(ranges) or 'none'}."
        for name in parameters
        if name not in ranges
    ]
    for name, value in parameters.items():
        if name in ranges and not _fits(value, ranges[name]):
            found.append(_must_be(ranges[name], value))
    return found


def effective(engine: str, parameters: dict[str, Any], examples: int) -> dict[str, Any]:
    """The given values over the defaults, whole numbers as int."""
    ranges = RANGES[engine]
    merged = defaults(engine, examples) | parameters
    return {name: int(value) if ranges[name].whole else float(value) for name, value in merged.items()}


def graph_problem(engine: str, dimension: int | None, labels: int) -> str:
    """Why there is no network for embeddings of this size and so many labels, as a sentence; else an empty string.

    dimension: None where it isn't known; then only the labels are judged.
    """
    if engine in (CLASSIFIER_DL, MULTI_CLASSIFIER_DL) and labels > MOST_CLASSES:
        return f"{labels} classes are too many for {engine}, which can learn {MOST_CLASSES} at once. Choose fewer."
    if engine != NER_DL:
        return ""
    if dimension is not None and dimension not in DIMENSIONS:
        return (
            f"The embeddings have {dimension} dimensions; NerDL can be trained on {', '.join(map(str, DIMENSIONS))}. "
            f"Choose other embeddings, or train {NER_CRF}."
        )
    if labels > MOST_LABELS:
        return (
            f"{labels} labels are too many for NerDL, which can learn {MOST_LABELS} at once. Choose fewer labels, or "
            f"train {NER_CRF}."
        )
    return ""


def _fits(value: Any, allowed: Range) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    return allowed.least <= value <= allowed.most and (not allowed.whole or value == int(value))


def _must_be(allowed: Range, value: Any) -> str:
    kind = "a whole number" if allowed.whole else "a number"
    given = plain(value) if type(value) in (int, float) and math.isfinite(value) else value
    return f"{allowed.called} must be {kind} from {plain(allowed.least)} to {plain(allowed.most)}, not {given}."


def plain(number: float) -> str:
    """A number as people write it, without powers of ten."""
    return f"{number:.6f}".rstrip("0").rstrip(".") if number != int(number) else str(int(number))
