"""Whether a model really works, found out before anybody is offered it."""

from dataclasses import replace
from typing import Final

from pyspark.sql.functions import expr

from preannotation.contract import ASSERTION, EMBEDDINGS, ModelFacts, ModelLoadError, ModelSpec
from preannotation.spark.assertion import AssertionContext, AssertionModel
from preannotation.spark.inspect import read_facts
from preannotation.spark.pipelines import embeddings_pipeline, load, take_out
from preannotation.spark.predict import predict_one
from preannotation.spark.session import current, engine_errors

SENTENCE: Final = "The patient was given aspirin 100 mg daily for chest pain."
_PROBLEM: Final = (47, 57)


def tried(spec: ModelSpec) -> ModelFacts:
    """What the model in the spec's folder says of itself, once it has said something of one sentence.

    spec: name, kind, folder and embeddings; its labels are not looked at. Loads the model once. Needs the session,
    but for an assertion model. Raises ModelLoadError, PredictionError, SparkUnavailable.
    """
    if spec.kind == ASSERTION:
        AssertionModel.load(spec.folder).statuses([AssertionContext(SENTENCE, *_PROBLEM)])
        return read_facts(spec.folder)
    if spec.kind == EMBEDDINGS:
        return _tried_embeddings(spec)
    try:
        findings = predict_one(load((spec,)), SENTENCE)
    finally:
        model = take_out(spec.folder)
    if findings.failure:
        raise ModelLoadError(f"{spec.name} fails on a plain sentence. {findings.failure}")
    return read_facts(spec.folder, model)


def _tried_embeddings(spec: ModelSpec) -> ModelFacts:
    """With the length of the vectors that they really give the words, or the whole, of the sentence."""
    pipeline = embeddings_pipeline(spec.folder)
    model = pipeline.stages[-1]
    column = model.getOutputCol()  # type: ignore[attr-defined]
    with engine_errors(f"trying the embeddings in {spec.folder} on a sentence", ModelLoadError):
        frame = pipeline.transform(current().createDataFrame([(SENTENCE,)], "text string"))
        found = frame.select(expr(f"array_distinct(transform({column}, vector -> size(vector.embeddings)))")).first()
    lengths = found[0] if found else []
    if len(lengths) != 1 or not lengths[0]:
        raise ModelLoadError(f"The embeddings in {spec.folder} give a plain sentence no vectors. Add others.")
    return replace(read_facts(spec.folder, model), dimension=int(lengths[0]))
