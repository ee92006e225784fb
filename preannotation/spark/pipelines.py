"""The models of one deployment as one Spark NLP pipeline: tokens and embeddings are computed once for all of them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, Final

from pyspark.ml import Pipeline as Estimator
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession
from sparknlp.annotator import Doc2VecModel, NerConverter, NerCrfModel, SentenceEmbeddings
from sparknlp.base import LightPipeline

from preannotation.contract import (
    ASSERTION,
    CLASSIFICATION,
    EMBEDDINGS,
    NER,
    ModelLoadError,
    ModelSpec,
)
from preannotation.spark import networks
from preannotation.spark.assertion import AssertionModel
from preannotation.spark.inspect import TRANSFORMERS, is_assertion, load_stage, loader_of, read_metadata
from preannotation.spark.json_answers import json_mapper
from preannotation.spark.session import current, engine_errors
from preannotation.spark.shapes import SHAPES, shape_tagger
from preannotation.spark.text_stages import text_stages

DOCUMENT: Final = "document"
SENTENCE: Final = "sentence"
TOKEN: Final = "token"
WORD_EMBEDDINGS: Final = "embeddings"
TEXT_EMBEDDINGS: Final = "sentence_embeddings"

# The network pads the sentences of a call to one length, and padding changes its answers. One sentence a call makes a
# text's findings independent of its neighbours; measured cost: a fifth of the speed of 8 a call.
SENTENCES_PER_CALL: Final = 1
WARM_UP_ROUNDS: Final = 3
# Private characters of Unicode: no embeddings were trained on them.
UNKNOWN_TEXT: Final = "\ue0a7\ue0a8\ue0a9"
WARM_UP_TEXT: Final = "This text was written to warm up the models. It has two sentences."


@dataclass(frozen=True, slots=True)
class Stage:
    """A loaded model that adds `column`. threshold: least confidence of a class, where several may be right."""

    model: Any
    column: str
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class ChunkSource:
    """Column of the chunks that the registry's `name` found."""

    name: str
    column: str


@dataclass(frozen=True, slots=True)
class ClassSource:
    """Column of the classes that the registry's `name` gave. threshold: as in Stage. of_nothing: what the model answers
    where the embeddings know no word of a text, so that all it sees is zeros."""

    name: str
    column: str
    threshold: float | None
    of_nothing: Mapping[str, str]


@dataclass(frozen=True)
class Pipeline:
    """A loaded deployment; made by `load`. May be used from several threads.

    model: the same stages for DataFrames. assertion: registry name and model, applied to the chunks in Python.
    """

    specs: tuple[ModelSpec, ...]
    spark: SparkSession
    model: PipelineModel
    chunks: tuple[ChunkSource, ...]
    classes: tuple[ClassSource, ...]
    assertion: tuple[str, AssertionModel] | None
    light: Any
    mapper: Any
    list_class: Any

    def annotate(self, texts: Sequence[str]) -> list[dict[str, list[dict[str, Any]]]]:
        """The engine's annotations of each text by column: begin, end, result, metadata. Embeddings are left out.

        One JSON string goes into the JVM and one comes out: one annotation at a time would cost more than the models.
        The JVM works on several texts at once. Raises PredictionError, SparkUnavailable.
        """
        with engine_errors(f"predicting {len(texts)} windows of text"):
            given = self.mapper.readValue(json.dumps(texts), self.list_class)
            answer = self.mapper.writeValueAsString(self.light.fullAnnotateJava(given))
        return json.loads(answer)  # type: ignore[no-any-return]

    def warm_up(self) -> None:
        """Run a text through, so that the first real one doesn't wait for the networks to be set up."""
        for _ in range(WARM_UP_ROUNDS):
            self.annotate([WARM_UP_TEXT, WARM_UP_TEXT])


_stages: dict[Path, Stage] = {}
_text_stages: list[Any] = []
_numbers = count()
_loading = Lock()


def prepare() -> None:
    """Set up what all pipelines share, so that the memory that grows afterwards is that of their models.

    Raises ModelLoadError, SparkUnavailable.
    """
    spark = current()
    with _loading:
        shared = _shared_stages(spark)
    with engine_errors("setting up the networks", ModelLoadError):
        LightPipeline(PipelineModel(list(shared)))._lightPipeline.fullAnnotateJava(WARM_UP_TEXT)
        networks.set_up(spark)


def load(specs: tuple[ModelSpec, ...], tell: Callable[[str], None] = lambda words: None) -> Pipeline:
    """The pipeline of these models; what an earlier one loaded is not loaded again. Starts no session.

    tell: called before each model is loaded, with its name and place in the order; what it raises ends the loading.
    Raises ModelLoadError where a model can't be loaded or doesn't fit the others, SparkUnavailable.
    """
    spark = current()
    _check_kinds(specs)
    numbers = count(1)

    def loaded(spec: ModelSpec) -> Stage:
        tell(f"loading {spec}, model {next(numbers)} of {len(specs)}")
        return _stage(spec.folder, str(spec), spec.version is not None)

    with _loading:
        embeddings = _embeddings_folder(specs)
        if embeddings and embeddings not in _stages:
            tell("loading the embeddings")
        own = [_stage(embeddings, f"The embeddings {specs[0].storage_ref or ''}".strip()).model] if embeddings else []
        stages = [*_shared_stages(spark), *own]
        chunks, classes = [], []
        for spec in specs:
            if spec.kind == NER:
                stage = loaded(spec)
                if isinstance(stage.model, NerCrfModel) and SHAPES not in {made.getOutputCol() for made in stages}:
                    stages.append(shape_tagger(spark))
                stages += [stage.model, _converter(stage.column)]
                chunks.append(ChunkSource(spec.name, _chunk_column(stage.column)))
        if any(spec.kind == CLASSIFICATION for spec in specs) and not isinstance(stages[-1], Doc2VecModel):
            stages.append(_averaged())
        for spec in specs:
            if spec.kind == CLASSIFICATION:
                stage = loaded(spec)
                stages.append(stage.model)
                classes.append(ClassSource(spec.name, stage.column, stage.threshold, {}))
    assertion = next(((spec.name, AssertionModel.load(spec.folder)) for spec in specs if spec.kind == ASSERTION), None)
    wanted = {TOKEN, *(source.column for source in (*chunks, *classes)), *([SENTENCE] if assertion else [])}
    with engine_errors("putting the pipeline together", ModelLoadError):
        model = PipelineModel(stages)
        produced = {stage.getOutputCol() for stage in stages}
        mapper, list_class = json_mapper(spark, produced - wanted)
        light = LightPipeline(model)._lightPipeline
    pipeline = Pipeline(specs, spark, model, tuple(chunks), tuple(classes), assertion, light, mapper, list_class)
    return replace(pipeline, classes=_knowing_nothing(pipeline)) if classes else pipeline


def class_confidences(answers: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Confidence of every class, as the engine wrote it, from a classifier's annotations of one window."""
    return {label: value for label, value in answers[0]["metadata"].items() if label != SENTENCE} if answers else {}


def _knowing_nothing(pipeline: Pipeline) -> tuple[ClassSource, ...]:
    (answer,) = pipeline.annotate([UNKNOWN_TEXT])
    return tuple(replace(source, of_nothing=class_confidences(answer[source.column])) for source in pipeline.classes)


def keep_only(pipelines: Iterable[Pipeline]) -> None:
    """Forget the loaded models that none of these pipelines uses, and free what their networks hold.

    A pipeline that is not among them must not be used again. Whatever a dead JVM held is free already.
    """
    used = {
        folder for pipeline in pipelines for spec in pipeline.specs for folder in (spec.folder, spec.embeddings_folder)
    }
    with _loading:
        for folder in _stages.keys() - used:
            networks.free(_stages.pop(folder).model)


def take_out(folder: Path) -> Any:
    """The model that was loaded from this folder, None where none was; the next one to ask loads what stands there."""
    with _loading:
        stage = _stages.pop(folder, None)
    return stage and stage.model


def _check_kinds(specs: tuple[ModelSpec, ...]) -> None:
    if not specs:
        raise ModelLoadError("A deployment without models can't be loaded. Name a model in the Labeling Config.")
    assertions = [spec.name for spec in specs if spec.kind == ASSERTION]
    if len(assertions) > 1:
        raise ModelLoadError(f"Two assertion models can't work together: {', '.join(assertions)}. Keep one of them.")
    for spec in specs:
        with _named(str(spec), spec.version is not None):
            kind = ASSERTION if is_assertion(spec.folder) else loader_of(read_metadata(spec.folder), spec.folder).kind
        if kind != spec.kind or kind == EMBEDDINGS:
            raise ModelLoadError(f"{spec} is registered as {spec.kind}, its folder holds {kind}.")


def _embeddings_folder(specs: tuple[ModelSpec, ...]) -> Path | None:
    """The one folder of embeddings that all models need. Raises ModelLoadError."""
    needing = [spec for spec in specs if spec.kind in (NER, CLASSIFICATION)]
    needed = {spec: read_metadata(spec.folder).storage_ref for spec in needing}
    if len(set(needed.values())) > 1:
        each = ", ".join(f"{spec} needs {ref}" for spec, ref in needed.items())
        raise ModelLoadError(f"The models need different embeddings: {each}. Deploy models with the same ones.")
    for spec, storage_ref in needed.items():
        if spec.embeddings_folder is None:
            raise ModelLoadError(f"{spec} needs the embeddings {storage_ref}. Add them first.")
        with _named(f"The embeddings {storage_ref}"):
            metadata = read_metadata(spec.embeddings_folder)
        if loader_of(metadata, spec.embeddings_folder).kind != EMBEDDINGS or metadata.storage_ref != storage_ref:
            raise ModelLoadError(
                f"{spec} needs the embeddings {storage_ref}, and {spec.embeddings_folder} holds "
                f"{metadata.engine_class} {metadata.storage_ref}. Add the right ones."
            )
        if spec.kind == NER and metadata.engine_class == Doc2VecModel.__name__:
            raise ModelLoadError(f"{spec} needs vectors of words; {storage_ref} gives one a text.")
    return needing[0].embeddings_folder if needing else None


def embeddings_pipeline(folder: Path) -> PipelineModel:
    """The stages up to the embeddings in `folder`, which are not kept. Raises ModelLoadError, SparkUnavailable."""
    spark = current()
    stage = _with_columns(load_stage(folder), read_metadata(folder).engine_class, folder)
    with _loading, engine_errors(f"putting the embeddings in {folder} into a pipeline", ModelLoadError):
        return PipelineModel([*_shared_stages(spark), stage.model])


def _shared_stages(spark: SparkSession) -> list[Any]:
    if not _text_stages:
        with engine_errors("setting up sentences and tokens", ModelLoadError):
            nothing = spark.createDataFrame([("",)], "text string")
            _text_stages.extend(Estimator(stages=text_stages()).fit(nothing).stages)
    return _text_stages


def _stage(folder: Path, called: str, is_registered: bool = True) -> Stage:
    """called: whose folder it is, for the error's first words."""
    if folder not in _stages:
        with _named(called, is_registered):
            _stages[folder] = _with_columns(load_stage(folder), read_metadata(folder).engine_class, folder)
    return _stages[folder]


@contextmanager
def _named(called: str, is_registered: bool = True) -> Iterator[None]:
    """An error about files begins with whose files they are: of five models, people must know which one. Only those of
    the registry have a checksum that they can be held against."""
    advice = " Whether its files are whole tells: manage.py models verify." if is_registered else ""
    try:
        yield
    except ModelLoadError as error:
        raise ModelLoadError(f"{called} could not be loaded. {error}{advice}") from error


def _with_columns(model: Any, engine_class: str, folder: Path) -> Stage:
    # A column for each loaded model: pipelines share loaded models, and a registry name may be no column name.
    column = f"model_{next(_numbers)}"
    threshold = None
    with engine_errors(f"setting up the model in {folder}", ModelLoadError):
        if engine_class == "NerDLModel":
            model.setInputCols([SENTENCE, TOKEN, WORD_EMBEDDINGS]).setOutputCol(column)
            model.setIncludeConfidence(True).setBatchSize(SENTENCES_PER_CALL)
        elif engine_class == "NerCrfModel":
            model.setInputCols([SENTENCE, TOKEN, SHAPES, WORD_EMBEDDINGS]).setOutputCol(column)
            model.setIncludeConfidence(True)
        elif engine_class in ("ClassifierDLModel", "MultiClassifierDLModel"):
            model.setInputCols([TEXT_EMBEDDINGS]).setOutputCol(column)
            if engine_class == "MultiClassifierDLModel":
                # The model hides what is below its threshold, but a text of several windows needs every confidence.
                threshold = float(model.getThreshold())
                model.setThreshold(0.0)
        elif engine_class == "Doc2VecModel":
            model.setInputCols([TOKEN]).setOutputCol(TEXT_EMBEDDINGS)
        elif engine_class == "WordEmbeddingsModel" or engine_class in TRANSFORMERS:
            model.setInputCols([DOCUMENT, TOKEN]).setOutputCol(WORD_EMBEDDINGS)
        else:
            model.setInputCols([TOKEN]).setOutputCol(WORD_EMBEDDINGS)
    return Stage(model, column, threshold)


def _converter(tags: str) -> NerConverter:
    return NerConverter().setInputCols([SENTENCE, TOKEN, tags]).setOutputCol(_chunk_column(tags))


def _chunk_column(tags: str) -> str:
    return f"{tags}_chunks"


def _averaged() -> SentenceEmbeddings:
    inputs = [DOCUMENT, WORD_EMBEDDINGS]
    return SentenceEmbeddings().setInputCols(inputs).setOutputCol(TEXT_EMBEDDINGS).setPoolingStrategy("AVERAGE")
