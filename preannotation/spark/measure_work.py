"""How good models are on the same examples, each alone: work of a child process (`preannotation.spark.child`)."""

import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from preannotation.contract import ASSERTION, CLASSIFICATION, EngineSettings, Findings, ModelSpec, PredictionError
from preannotation.metrics import class_report, class_set_report, span_report
from preannotation.spark import pipelines, session
from preannotation.spark.assertion import AssertionContext, AssertionModel
from preannotation.spark.offsets import CodePoints, engine_text
from preannotation.spark.pipelines import SENTENCE, Pipeline
from preannotation.spark.predict import predict
from preannotation.spark.windows import is_blank, windows

EXAMPLES_FILE: Final = "examples.jsonl"
NONE: Final = "none"
DATA: Final = "the held-out tasks of this project"
TEXTS_AT_ONCE: Final = 50

Example = dict[str, Any]
Report = dict[str, Any]
Say = Callable[..., None]


def work(engine: EngineSettings, values: dict[str, Any], folder: Path, say: Say) -> dict[str, Report]:
    """A report of `preannotation.metrics` for each model.

    values: {"models": {any name: ModelSpec as a dict}, "labels": what is learned, "multiple": a text may have several
    classes}. In the folder `examples.jsonl`: {"text", "spans": [[start, end, label]…], "classes"} a line, for assertion
    the label of a span is its status. What a model finds beside `labels` doesn't count: nobody was asked about it.
    Raises ModelLoadError, PredictionError, SparkUnavailable.
    """
    with (folder / EXAMPLES_FILE).open(encoding="utf-8") as file:
        examples = [json.loads(line) for line in file]
    session.start(engine)
    reports = {}
    for name, fields in values["models"].items():
        spec = _spec(fields)
        say(phase=f"measuring {spec} on {len(examples)} tasks")
        reports[name] = measured(spec, examples, frozenset(values["labels"]), values["multiple"])
    return reports


def measured(spec: ModelSpec, examples: Sequence[Example], labels: frozenset[str], multiple: bool = False) -> Report:
    """One model's report; as in `work`. Needs the session."""
    pipeline = pipelines.load((spec,))
    if spec.kind == ASSERTION:
        return _of_statuses(pipeline, AssertionModel.load(spec.folder), examples)
    findings = _findings(pipeline, [example["text"] for example in examples])
    if spec.kind == CLASSIFICATION:
        return _of_classes(examples, findings, multiple)
    said = [
        [(chunk.start, chunk.end, chunk.label) for chunk in each.chunks if chunk.label in labels] for each in findings
    ]
    return span_report([_spans(example) for example in examples], said, DATA)


def _spec(fields: dict[str, Any]) -> ModelSpec:
    embeddings = fields["embeddings_folder"]
    return ModelSpec(
        **fields
        | {
            "folder": Path(fields["folder"]),
            "labels": tuple(fields["labels"]),
            "embeddings_folder": Path(embeddings) if embeddings else None,
        }
    )


def _spans(example: Example) -> list[tuple[int, int, str]]:
    return [(start, end, label) for start, end, label in example["spans"]]


def _findings(pipeline: Pipeline, texts: Sequence[str]) -> list[Findings]:
    found: list[Findings] = []
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        found += predict(pipeline, texts[start : start + TEXTS_AT_ONCE])
    return found


def _of_classes(examples: Sequence[Example], findings: Sequence[Findings], multiple: bool) -> Report:
    expected = [example["classes"] for example in examples]
    said = [[found.label for found in each.classes] for each in findings]
    if multiple:
        return class_set_report(expected, said, DATA)
    return class_report([_first(each) for each in expected], [_first(each) for each in said], DATA)


def _first(classes: Sequence[str]) -> str:
    return classes[0] if classes else NONE


def _of_statuses(pipeline: Pipeline, model: AssertionModel, examples: Sequence[Example]) -> Report:
    """Of the chunks that people marked: which entities a text has is another model's affair."""
    contexts: list[AssertionContext] = []
    for example in examples:
        sentences = _sentences(pipeline, example["text"])
        contexts += [_context(example["text"], sentences, start, end) for start, end, _ in example["spans"]]
    expected = [label for example in examples for _, _, label in example["spans"]]
    return class_report(expected, [label for label, _ in model.statuses(contexts)], DATA, "statuses")


def _sentences(pipeline: Pipeline, text: str) -> list[tuple[int, int]]:
    """Where sentences stand, in order, as predicting sees them: window by window."""
    found = []
    for window in windows(text):
        given = engine_text(text[window.start : window.end])
        if is_blank(given):
            continue
        points = CodePoints(given)
        (answer,) = pipeline.annotate([given])
        spans = (points.span(each["begin"], each["end"]) for each in answer[SENTENCE])
        found += [(span[0] + window.start, span[1] + window.start) for span in spans if span]
    return sorted(found)


def _context(text: str, sentences: Sequence[tuple[int, int]], start: int, end: int) -> AssertionContext:
    """The chunk in its sentence; one that no sentence holds, in the whole of its window."""
    number = bisect_right(sentences, (start, len(text) + 1)) - 1
    if number >= 0 and end <= sentences[number][1]:
        first, last = sentences[number]
    else:
        window = next((each for each in windows(text) if each.start <= start < each.end), None)
        if window is None:
            raise PredictionError(f"A region from {start} to {end} lies outside of its text of {len(text)} characters.")
        first, last = window.start, max(window.end, end)
    return AssertionContext(engine_text(text[first:last]), start - first, end - first)
