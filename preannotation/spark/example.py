"""What a model says of one sentence, for people who choose among models."""

from collections.abc import Sequence
from typing import Any

from preannotation.contract import ASSERTION, EngineSettings, ModelSpec, PredictionError
from preannotation.spark import session
from preannotation.spark.assertion import AssertionContext, AssertionModel
from preannotation.spark.pipelines import keep_only, load
from preannotation.spark.predict import predict_one

DIGITS = 4


def example(spec: ModelSpec, text: str, spans: Sequence[tuple[int, int]], engine: EngineSettings) -> dict[str, Any]:
    """`{"text": …, "regions": [{"label", "confidence", and for a place in the text "start", "end"}]}`.

    spans: code points of the chunks to judge, half-open, for an assertion model only; the text is then one sentence.
    A class of the whole text has no place. Forgets every model that this process has loaded, so it is not for workers.
    Raises EngineError.
    """
    if spec.kind == ASSERTION:
        statuses = AssertionModel.load(spec.folder).statuses([AssertionContext(text, *span) for span in spans])
        return {
            "text": text,
            "regions": [
                {"start": start, "end": end, "label": label, "confidence": round(confidence, DIGITS)}
                for (start, end), (label, confidence) in zip(spans, statuses, strict=True)
            ],
        }
    session.start(engine)
    found = predict_one(load((spec,)), text)
    keep_only(())
    if found.failure:
        raise PredictionError(found.failure)
    chunks = [
        {"start": chunk.start, "end": chunk.end, "label": chunk.label, "confidence": round(chunk.confidence, DIGITS)}
        for chunk in found.chunks
    ]
    best = sorted(found.classes, key=lambda said: -said.confidence)
    classes = [
        {"label": said.label, "confidence": round(said.confidence, DIGITS)}
        for said in (best if spec.multiple else best[:1])
    ]
    return {"text": text, "regions": [*chunks, *classes]}
