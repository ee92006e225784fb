"""What a freshly trained model makes of the examples kept for testing: loaded and used exactly as a deployment does."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from pyspark.sql import SparkSession

from preannotation import metrics
from preannotation.contract import ASSERTION, CLASSIFICATION, NER, ModelSpec
from preannotation.spark.assertion import AssertionModel
from preannotation.spark.examples_file import Given, contexts
from preannotation.spark.pipelines import load
from preannotation.spark.predict import predict

BATCH: Final = 50
"""Texts between two words on how far it is."""


def quality(spark: SparkSession, spec: ModelSpec, given: Sequence[Given], say: Callable[..., None]) -> dict[str, Any]:
    """A report of `preannotation.metrics` with the key `confusion` besides.

    Where no example was kept for testing it has no figures, only `kind`, `examples` 0, `labels` {} and `data`. Raises
    ModelLoadError, PredictionError, SparkUnavailable.
    """
    if spec.kind == CLASSIFICATION:
        given = [example for example in given if example.classes]
    data = f"{len(given)} {'text' if len(given) == 1 else 'texts'} kept for testing"
    if not given:
        kinds = {NER: "spans", ASSERTION: "statuses"}
        return {"kind": kinds.get(spec.kind, "classes"), "labels": {}, "examples": 0, "data": data}
    if spec.kind == ASSERTION:
        return _of_statuses(spark, spec, given, data)
    findings = []
    pipeline = load((spec,))
    for start in range(0, len(given), BATCH):
        say(phase=f"testing on text {start + 1} of {len(given)}")
        findings += predict(pipeline, [example.text for example in given[start : start + BATCH]])
    if spec.kind == NER:
        people = [example.spans for example in given]
        model = [[(chunk.start, chunk.end, chunk.label) for chunk in found.chunks] for found in findings]
        return metrics.span_report(people, model, data) | {"confusion": metrics.span_confusion(people, model)}
    classes = [[found.label for found in answer.classes] for answer in findings]
    if spec.multiple:
        expected = [example.classes for example in given]
        confusion = metrics.class_set_confusion(expected, classes)
        return metrics.class_set_report(expected, classes, data) | {"confusion": confusion}
    single = [example.classes[0] for example in given]
    # A text of which the embeddings know no word gets no class.
    answers = [said[0] if said else metrics.NO_CLASS for said in classes]
    return metrics.class_report(single, answers, data) | {"confusion": metrics.class_confusion(single, answers)}


def _of_statuses(spark: SparkSession, spec: ModelSpec, given: Sequence[Given], data: str) -> dict[str, Any]:
    judged = contexts(spark, given)
    expected = [status for _, status in judged]
    said = [status for status, _ in AssertionModel.load(spec.folder).statuses([context for context, _ in judged])]
    confusion = metrics.class_confusion(expected, said)
    return metrics.class_report(expected, said, data, "statuses") | {"confusion": confusion}
