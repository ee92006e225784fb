"""Quality of a sample model on notes that no training has seen, by the very code that predicts for the users."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from demo.notes import Note
from demo.recipes import Recipe
from demo.training_data import class_of, spans, status_examples
from preannotation.contract import ASSERTION, EMBEDDINGS, NER, Findings, ModelSpec
from preannotation.metrics import class_report, span_report
from preannotation.spark.assertion import AssertionModel
from preannotation.spark.pipelines import keep_only, load
from preannotation.spark.predict import predict
from preannotation.spark.session import SparkSession


def quality(
    spark: SparkSession, recipe: Recipe, folder: Path, embeddings: Path | None, notes: Sequence[Note]
) -> dict[str, Any]:
    """A report as `preannotation.metrics` makes them; for embeddings `{}`, for there is nothing to count.

    Statuses are measured on the problems that really stand in the notes, so that the figures are the assertion
    model's own. Raises EngineError.
    """
    data = f"{len(notes)} held-out notes"
    if recipe.kind == EMBEDDINGS:
        return {}
    if recipe.kind == ASSERTION:
        examples = status_examples(spark, notes)
        said = AssertionModel.load(folder).statuses([context for context, _ in examples])
        return class_report([status for _, status in examples], [label for label, _ in said], data, "statuses")
    findings = _findings(recipe, folder, embeddings, [note.text for note in notes])
    if recipe.kind == NER:
        expected = [spans(note, recipe.target, recipe.labels) for note in notes]
        return span_report(expected, [[(c.start, c.end, c.label) for c in found.chunks] for found in findings], data)
    best = [max(found.classes, key=lambda said: said.confidence).label for found in findings]
    return class_report([class_of(note, recipe.target) for note in notes], best, data)


def _findings(recipe: Recipe, folder: Path, embeddings: Path | None, texts: Sequence[str]) -> list[Findings]:
    spec = ModelSpec(recipe.name, 1, recipe.kind, folder, recipe.labels, recipe.embeddings, embeddings)
    findings = predict(load((spec,)), texts)
    keep_only(())
    return findings
