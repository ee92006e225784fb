"""From the engine's annotations of a text's windows to its findings."""

import logging
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from preannotation.contract import Chunk, DocumentClass, Findings, Status
from preannotation.spark.assertion import AssertionContext, AssertionModel
from preannotation.spark.offsets import CodePoints, engine_text, utf16_length
from preannotation.spark.pipelines import SENTENCE, TOKEN, ClassSource, Pipeline, class_confidences
from preannotation.spark.windows import Window

log = logging.getLogger(__name__)

Annotations = Mapping[str, Sequence[Mapping[str, Any]]]

ROUNDING: Final = 0.01
# What the engine takes for white space or trims from a sentence.
_BLANKS: Final = re.compile(r"[\x00-\x20]+")


def findings_of(
    pipeline: Pipeline, text: str, windows: Sequence[Window], annotations: Sequence[Annotations]
) -> Findings:
    """What the models say of `text`, whose non-blank windows were annotated one by one.

    A class's confidence in a text of several windows is the mean over them, weighted by their lengths. Windows of which
    the embeddings know no word say nothing about classes.
    """
    chunks: list[Chunk] = []
    misplaced = 0
    for window, found in zip(windows, annotations, strict=True):
        dropped = _dropped(engine_text(text[window.start : window.end]), found[TOKEN])
        if dropped:
            return Findings(
                failure=f"The engine passed over {dropped} characters between {window.start} and {window.end}, so "
                "nothing reliable can be said of this text. Look at that place, correct it, and run it again."
            )
        kept, wrong = _chunks(pipeline, text, window, found)
        chunks += kept
        misplaced += wrong
    chunks.sort(key=lambda chunk: (chunk.start, chunk.end, chunk.model))
    classes = [found for source in pipeline.classes for found in _classes(source, windows, annotations)]
    return Findings(tuple(chunks), tuple(classes), misplaced=misplaced)


def _dropped(given: str, tokens: Sequence[Mapping[str, Any]]) -> int:
    """UTF-16 units of `given` that are neither blank nor in a token."""
    wanted = utf16_length(_BLANKS.sub("", given))
    return max(0, wanted - sum(token["end"] - token["begin"] + 1 for token in tokens))


def _chunks(pipeline: Pipeline, text: str, window: Window, found: Annotations) -> tuple[list[Chunk], int]:
    """(chunks, number of those left out because their offsets don't fit)."""
    stored = text[window.start : window.end]
    given = engine_text(stored)
    points = CodePoints(given)
    chunks = []
    misplaced = 0
    for source in pipeline.chunks:
        for annotation in found[source.column]:
            span = points.span(annotation["begin"], annotation["end"])
            if span is None or given[slice(*span)] != annotation["result"]:
                misplaced += 1
                continue
            metadata = annotation["metadata"]
            confidence = _confidence(metadata["confidence"])
            chunks.append(Chunk(*span, stored[slice(*span)], metadata["entity"], confidence, source.name))
    if misplaced:
        # Never searched for elsewhere in the text: the same words at another place may mean something else.
        log.warning("%d chunks left out: the engine's offsets don't fit its own text", misplaced)
    if pipeline.assertion and chunks:
        chunks = with_statuses(*pipeline.assertion, chunks, given, points, found[SENTENCE])
    return [
        replace(chunk, start=chunk.start + window.start, end=chunk.end + window.start) for chunk in chunks
    ], misplaced


def with_statuses(
    name: str,
    model: AssertionModel,
    chunks: Sequence[Chunk],
    given: str,
    points: CodePoints,
    sentences: Sequence[Mapping[str, Any]],
) -> list[Chunk]:
    """The chunks of one window, those that the assertion model judges with their status.

    name: of the model in the registry. given: the window's text as the engine got it; chunks are placed in it.
    sentences: the engine's annotations of it.
    """
    spans = sorted(filter(None, (points.span(sentence["begin"], sentence["end"]) for sentence in sentences)))
    starts = [start for start, _ in spans]
    contexts = []
    judged = [chunk for chunk in chunks if model.judges(chunk.label)]
    for chunk in judged:
        number = bisect_right(starts, chunk.start) - 1
        # A chunk that no sentence holds is judged by the whole window.
        start, end = spans[number] if number >= 0 and chunk.end <= spans[number][1] else (0, len(given))
        contexts.append(AssertionContext(given[start:end], chunk.start - start, chunk.end - start))
    answers = iter(model.statuses(contexts))
    return [
        replace(chunk, status=Status(*next(answers), name)) if model.judges(chunk.label) else chunk for chunk in chunks
    ]


def _classes(source: ClassSource, windows: Sequence[Window], annotations: Sequence[Annotations]) -> list[DocumentClass]:
    total: dict[str, float] = {}
    length = 0
    for window, found in zip(windows, annotations, strict=True):
        # Each annotation carries the confidences of all classes, under their names.
        confidences = class_confidences(found[source.column])
        if confidences == source.of_nothing:
            continue
        length += window.end - window.start
        for label, confidence in confidences.items():
            total[label] = total.get(label, 0.0) + _confidence(confidence) * (window.end - window.start)
    ranked = sorted(((weight / length, label) for label, weight in total.items()), key=lambda pair: (-pair[0], pair[1]))
    chosen = ranked[:1] if source.threshold is None else [pair for pair in ranked if pair[0] >= source.threshold]
    return [DocumentClass(label, confidence, source.name) for confidence, label in chosen]


def _confidence(written: str) -> float:
    """0..1, also where the engine's rounding went over it; anything else is left for the mapping to refuse."""
    value = float(written)
    return min(1.0, max(0.0, value)) if -ROUNDING <= value <= 1 + ROUNDING else value
