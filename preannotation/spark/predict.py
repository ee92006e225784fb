"""Texts in, findings out: the same way for one text and for a batch, so that their answers can't differ."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from pyspark.sql import Observation
from pyspark.sql.functions import expr

from preannotation.contract import Findings
from preannotation.spark.findings import Annotations, findings_of
from preannotation.spark.offsets import engine_text
from preannotation.spark.pipelines import Pipeline
from preannotation.spark.session import engine_errors
from preannotation.spark.windows import Window, is_blank, windows

CALL_LENGTH: Final = 20_000
"""Code points that go into one call of the engine, which can't be interrupted: a few seconds of work."""


def predict(pipeline: Pipeline, texts: Sequence[str], between: Callable[[], None] = lambda: None) -> list[Findings]:
    """Findings of each text, in their order. May be called from several threads.

    between: called before every call of the engine but the first, for a heartbeat; what it raises ends the work.
    A blank text has no findings and no failure. Raises PredictionError, after which a smaller batch may succeed, and
    SparkUnavailable.
    """
    cut = [_filled_windows(text) for text in texts]
    annotated = _annotated(pipeline, _given(texts, cut), between)
    return [
        findings_of(pipeline, text, text_windows, [annotated[given] for given in _given([text], [text_windows])])
        for text, text_windows in zip(texts, cut, strict=True)
    ]


def predict_one(pipeline: Pipeline, text: str) -> Findings:
    """Findings of one text. Raises PredictionError, SparkUnavailable."""
    return predict(pipeline, [text])[0]


def bare(pipeline: Pipeline, texts: Sequence[str]) -> int:
    """Run the same stages on the same windows as one DataFrame into a sink that keeps nothing; the number of chunks.

    What the engine alone needs, for benchmarks. Raises PredictionError, SparkUnavailable.
    """
    rows = [(given,) for given in _given(texts, [_filled_windows(text) for text in texts])]
    with engine_errors(f"running {len(rows)} windows of text through the bare pipeline"):
        counted = Observation()
        found = " + ".join(f"size({source.column})" for source in pipeline.chunks) or "0"
        frame = pipeline.model.transform(pipeline.spark.createDataFrame(rows, "text string"))
        frame.observe(counted, expr(f"sum({found})").alias("chunks")).write.format("noop").mode("overwrite").save()
        return int(counted.get["chunks"] or 0)


def _filled_windows(text: str) -> list[Window]:
    return [window for window in windows(text) if not is_blank(text[window.start : window.end])]


def _given(texts: Sequence[str], cut: Sequence[Sequence[Window]]) -> list[str]:
    return [
        engine_text(text[window.start : window.end])
        for text, text_windows in zip(texts, cut, strict=True)
        for window in text_windows
    ]


def _annotated(pipeline: Pipeline, given: Sequence[str], between: Callable[[], None]) -> dict[str, Annotations]:
    """Annotations by the window's text: what stands in the batch twice is computed once."""
    annotated: dict[str, Annotations] = {}
    for number, part in enumerate(_parts(list(dict.fromkeys(given)))):
        if number:
            between()
        annotated.update(zip(part, pipeline.annotate(part), strict=True))
    return annotated


def _parts(given: Sequence[str]) -> Iterator[list[str]]:
    part: list[str] = []
    length = 0
    for text in given:
        if part and length + len(text) > CALL_LENGTH:
            yield part
            part, length = [], 0
        part.append(text)
        length += len(text)
    if part:
        yield part
