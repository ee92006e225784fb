"""How good a model is on texts that it has never seen (pure Python).

Every report is plain JSON: {"kind": "spans", "classes" or "statuses", "f1" or "accuracy": 0..1, "labels": {label:
{"precision", "recall", "f1", "support"}}, "examples": n, "data": "what it was measured on"}.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, Final

Span = tuple[int, int, str]

OUTSIDE: Final = "O"
"""In a confusion matrix: no label at that place."""
NO_CLASS: Final = "none"
"""The class or status was not given."""


def _figures(right: int, proposed: int, expected: int) -> dict[str, float | int]:
    precision = right / proposed if proposed else 0.0
    recall = right / expected if expected else 0.0
    both = precision + recall
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / both, 4) if both else 0.0,
        "support": expected,
    }


def _by_label(right: Counter[str], proposed: Counter[str], expected: Counter[str]) -> dict[str, Any]:
    labels = sorted(proposed.keys() | expected.keys())
    return {label: _figures(right[label], proposed[label], expected[label]) for label in labels}


def span_report(
    expected: Sequence[Collection[Span]], proposed: Sequence[Collection[Span]], data: str
) -> dict[str, Any]:
    """Strict precision, recall and F1: a span counts where start, end and label are all equal.

    expected, proposed: for each text its (start, end, label) spans. `f1`, `precision` and `recall` at the top are
    micro averages over all labels. Raises ValueError where the numbers of texts differ.
    """
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    true: Counter[str] = Counter()
    for wanted, given in zip(map(set, expected), map(set, proposed), strict=True):
        right.update(label for _, _, label in wanted & given)
        said.update(label for _, _, label in given)
        true.update(label for _, _, label in wanted)
    overall = _figures(right.total(), said.total(), true.total())
    return {
        "kind": "spans",
        "f1": overall["f1"],
        "precision": overall["precision"],
        "recall": overall["recall"],
        "labels": _by_label(right, said, true),
        "examples": len(expected),
        "data": data,
    }


def class_report(expected: Sequence[str], proposed: Sequence[str], data: str, kind: str = "classes") -> dict[str, Any]:
    """Accuracy, and precision, recall and F1 of each class. kind: `classes` (of texts) or `statuses` (of chunks).

    Raises ValueError where the numbers of answers differ.
    """
    hits = Counter(wanted for wanted, given in zip(expected, proposed, strict=True) if wanted == given)
    return {
        "kind": kind,
        "accuracy": round(hits.total() / len(expected), 4) if expected else 0.0,
        "labels": _by_label(hits, Counter(proposed), Counter(expected)),
        "examples": len(expected),
        "data": data,
    }


def class_set_report(
    expected: Sequence[Collection[str]], proposed: Sequence[Collection[str]], data: str
) -> dict[str, Any]:
    """As `class_report`, where several classes may be right at once: only the whole set counts as right."""
    pairs = [(set(wanted), set(given)) for wanted, given in zip(expected, proposed, strict=True)]
    right = Counter(label for wanted, given in pairs for label in wanted & given)
    said = Counter(label for _, given in pairs for label in given)
    true = Counter(label for wanted, _ in pairs for label in wanted)
    exact = sum(wanted == given for wanted, given in pairs)
    return {
        "kind": "classes",
        "accuracy": round(exact / len(pairs), 4) if pairs else 0.0,
        "f1": _figures(right.total(), said.total(), true.total())["f1"],
        "labels": _by_label(right, said, true),
        "examples": len(pairs),
        "data": data,
    }


def span_confusion(expected: Sequence[Collection[Span]], proposed: Sequence[Collection[Span]]) -> dict[str, Any]:
    """Confusion matrix over places: who labelled the same start and end how. A place that only one of the two labelled
    counts against OUTSIDE.

    {"labels": names, OUTSIDE last, "rows": one for each label that people gave, with one number for each label that the
    model gave}. Raises ValueError where the numbers of texts differ.
    """
    pairs: Counter[tuple[str, str]] = Counter()
    for wanted, given in zip(expected, proposed, strict=True):
        said = {(start, end): label for start, end, label in given}
        true = {(start, end): label for start, end, label in wanted}
        pairs.update((true.get(place, OUTSIDE), said.get(place, OUTSIDE)) for place in true.keys() | said.keys())
    return _matrix(pairs, OUTSIDE)


def class_confusion(expected: Sequence[str], proposed: Sequence[str]) -> dict[str, Any]:
    """As `span_confusion`, for one class or status each, NO_CLASS where the model gave none.

    Raises ValueError where the numbers of answers differ.
    """
    return _matrix(Counter(zip(expected, proposed, strict=True)), NO_CLASS if NO_CLASS in proposed else "")


def class_set_confusion(expected: Sequence[Collection[str]], proposed: Sequence[Collection[str]]) -> dict[str, Any]:
    """As `span_confusion`, where several classes may be right at once: which class the model took for which can't be
    told, so one that was missed or that is too many counts against NO_CLASS."""
    pairs: Counter[tuple[str, str]] = Counter()
    for wanted, given in zip(map(set, expected), map(set, proposed), strict=True):
        pairs.update((label, label) for label in wanted & given)
        pairs.update((label, NO_CLASS) for label in wanted - given)
        pairs.update((NO_CLASS, label) for label in given - wanted)
    return _matrix(pairs, NO_CLASS)


def _matrix(pairs: Counter[tuple[str, str]], last: str) -> dict[str, Any]:
    """last: the name that stands for no label, empty where there is none."""
    names = sorted({name for pair in pairs for name in pair} - {last}) + ([last] if last else [])
    return {"labels": names, "rows": [[pairs[true, said] for said in names] for true in names]}
