"""Train Spark NLP models and save them as any Spark NLP program does. Knows no Django and no rows.

Text is cut by the very stages that the prediction pipeline uses, so that a model meets in use what it saw in training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyspark.ml import Pipeline, PipelineModel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr
from sparknlp.annotator import (
    ClassifierDLApproach,
    Doc2VecModel,
    MultiClassifierDLApproach,
    NerCrfApproach,
    NerDLApproach,
    SentenceEmbeddings,
    Word2VecApproach,
)

from preannotation.contract import TrainingError
from preannotation.spark.epoch_log import best_epoch, log_crf, read_epochs
from preannotation.spark.inspect import read_metadata
from preannotation.spark.offsets import engine_text
from preannotation.spark.pipelines import embeddings_pipeline
from preannotation.spark.session import engine_errors
from preannotation.spark.shapes import SHAPES, shape_tagger
from preannotation.spark.tagging import NerExample, labels_of, tagged_frame, tagged_sentences
from preannotation.spark.text_stages import text_stages
from preannotation.training.parameters import CLASSIFIER_DL, MULTI_CLASSIFIER_DL, NER_DL, graph_problem

SEED: Final = 13
# Of Spark NLP's levels of verbosity 0 is the most talkative: the JVM would print every epoch on our terminal.
SILENT: Final = 4
EVERY_EPOCH: Final = 0
# NerCrf's step is sentences / (2 * c0): with its own c0 it grows with the sentences, and few of them teach it nothing.
# This keeps it at 0.005.
CRF_DELAY: Final = 100
# Of NerDL's measures the one over all labels together, on the validation part.
BEST_BY: Final = "val_micro_f1"


@dataclass(frozen=True, slots=True)
class ClassExample:
    """A text and its classes: exactly one unless the classifier answers several."""

    text: str
    classes: tuple[str, ...]


def train_word_vectors(
    spark: SparkSession,
    texts: Sequence[str],
    folder: Path,
    storage_ref: str,
    *,
    dimension: int = 100,
    min_count: int = 5,
    iterations: int = 4,
    seed: int = SEED,
) -> None:
    """Train Word2Vec on the texts' tokens and save it in `folder`.

    min_count: rarer words get no vector, so that the models on top learn to cope with words that have none. Raises
    TrainingError.
    """
    if not texts:
        raise TrainingError("There is no text to train word vectors on. Give some.")
    frame = spark.createDataFrame([(engine_text(text),) for text in texts], "text string").coalesce(1)
    approach = (
        Word2VecApproach()
        .setInputCols(["token"])
        .setOutputCol("embeddings")
        .setVectorSize(dimension)
        .setMinCount(min_count)
        .setMaxIter(iterations)
        .setSeed(seed)
        .setStorageRef(storage_ref)
    )
    with engine_errors(f"training the word vectors {storage_ref}", TrainingError):
        model = Pipeline(stages=[*text_stages(), approach]).fit(frame).stages[-1]
        save(model, folder)


def train_ner(
    spark: SparkSession,
    examples: Sequence[NerExample],
    embeddings_folder: Path,
    folder: Path,
    *,
    epochs: int = 8,
    batch_size: int = 8,
    learning_rate: float = 0.003,
    decay: float = 0.005,
    dropout: float = 0.5,
    plain_share: float = 0.25,
    word_dropout: float = 0.15,
    validation: float = 0.0,
    log: Path | None = None,
    seed: int = SEED,
) -> None:
    """Train NerDL (character CNN, BiLSTM, CRF) on saved word vectors and save it in `folder`.

    plain_share: share of the sentences without any span that is kept. word_dropout: share of the tokens that lose
    their vector, so that the model learns to judge a word that has none by its letters and its place (word dropout:
    Iyyer et al., "Deep unordered composition rivals syntactic methods for text classification", ACL 2015). validation:
    share of the sentences that is kept out to score each epoch on; then the best epoch is saved, else the last. log:
    folder for the engine's log of its epochs. Raises TrainingError.
    """
    tagged = tagged_sentences(spark, examples, plain_share=plain_share, seed=seed)
    labels = labels_of(tagged)
    embeddings = embeddings_stage(embeddings_folder)
    if problem := graph_problem(NER_DL, _dimension(embeddings_folder), len(labels)):
        raise TrainingError(problem)
    approach = (
        NerDLApproach()
        .setInputCols(["sentence", "token", "embeddings"])
        .setOutputCol("ner")
        .setLabelColumn("label")
        .setMaxEpochs(epochs)
        .setBatchSize(batch_size)
        .setLr(learning_rate)
        .setPo(decay)
        .setDropout(dropout)
        .setRandomSeed(seed)
        .setIncludeConfidence(True)
        .setVerbose(SILENT)
    )
    if validation:
        approach = approach.setValidationSplit(validation).setUseBestModel(True).setBestModelMetric(BEST_BY)
    with engine_errors(f"training an NER model of {', '.join(labels)}", TrainingError):
        frame = embeddings.transform(tagged_frame(spark, tagged))
        frame = _with_dropped_words(frame, word_dropout, seed) if word_dropout else frame
        save(_logging(approach, log).fit(frame), folder)


def train_crf(
    spark: SparkSession,
    examples: Sequence[NerExample],
    embeddings_folder: Path,
    folder: Path,
    *,
    epochs: int = 20,
    plain_share: float = 1.0,
    log: Path | None = None,
    seed: int = SEED,
) -> None:
    """Train NerCrf (a conditional random field on letters, neighbours, shapes and vectors) and save it in `folder`.

    plain_share, log: as in `train_ner`. Raises TrainingError.
    """
    tagged = tagged_sentences(spark, examples, plain_share=plain_share, seed=seed)
    stages = [embeddings_stage(embeddings_folder), shape_tagger(spark)]
    approach = (
        NerCrfApproach()
        .setInputCols(["sentence", "token", SHAPES, "embeddings"])
        .setOutputCol("ner")
        .setLabelColumn("label")
        .setMinEpochs(epochs)
        .setMaxEpochs(epochs)
        .setC0(CRF_DELAY * len(tagged))
        .setRandomSeed(seed)
        .setIncludeConfidence(True)
        .setVerbose(EVERY_EPOCH if log else SILENT)
    )
    with engine_errors(f"training an NER model of {', '.join(labels_of(tagged))}", TrainingError):
        if log:
            log_crf(spark, log)
        frame = PipelineModel(stages).transform(tagged_frame(spark, tagged))
        save(approach.fit(frame), folder)


def train_classifier(
    spark: SparkSession,
    examples: Sequence[ClassExample],
    embeddings_folder: Path,
    folder: Path,
    *,
    multiple: bool = False,
    epochs: int = 30,
    batch_size: int = 16,
    learning_rate: float = 0.005,
    dropout: float = 0.3,
    validation: float = 0.0,
    log: Path | None = None,
    seed: int = SEED,
) -> None:
    """Train a classifier of whole texts on their averaged word vectors and save it in `folder`.

    multiple: several classes may be right at once (MultiClassifierDL, else ClassifierDL). validation: share of the
    texts that is kept out to score each epoch on; then it is trained once more, on all texts and up to the best epoch.
    log: folder for the engine's log of its epochs, where there is a validation part. Raises TrainingError.
    """
    classes = {name for example in examples for name in example.classes}
    if len(classes) < 2:
        raise TrainingError(f"A classifier needs examples of two classes; these show {len(classes)}. Add more.")
    if problem := graph_problem(MULTI_CLASSIFIER_DL if multiple else CLASSIFIER_DL, None, len(classes)):
        raise TrainingError(problem)
    if not multiple and (wrong := sum(len(example.classes) != 1 for example in examples)):
        raise TrainingError(f"{wrong} of {len(examples)} texts don't have exactly one class. Choose one for each.")
    schema = f"text string, label {'array<string>' if multiple else 'string'}"
    rows = [
        (engine_text(example.text), list(example.classes) if multiple else example.classes[0]) for example in examples
    ]
    approach = MultiClassifierDLApproach() if multiple else ClassifierDLApproach().setDropout(dropout)
    approach = (
        approach.setInputCols(["sentence_embeddings"])
        .setOutputCol("class")
        .setLabelColumn("label")
        .setMaxEpochs(epochs)
        .setBatchSize(batch_size)
        .setLr(learning_rate)
        .setRandomSeed(seed)
        .setVerbose(SILENT)
    )
    stages = [*text_stages(), *_text_vectors(embeddings_folder)]
    with engine_errors(f"training a classifier of {', '.join(sorted(classes))}", TrainingError):
        frame = spark.createDataFrame(rows, schema).coalesce(1)
        frame = Pipeline(stages=stages).fit(frame).transform(frame)
        if validation and log:
            # Two trainings see it, and its vectors are most of the work.
            frame = frame.persist()
            approach = _up_to_the_best(approach, frame, validation, log)
        else:
            approach = _logging(approach, log)
        save(approach.fit(frame), folder)
        frame.unpersist()


def _up_to_the_best(approach: Any, frame: DataFrame, validation: float, log: Path) -> Any:
    """The approach with as many epochs as were best for a training on all but the validation part."""
    _logging(approach.setValidationSplit(validation), log).fit(frame)
    best = best_epoch(read_epochs(log, validated=True))
    if best is not None:
        approach = approach.setMaxEpochs(best)
    return approach.setValidationSplit(0.0).setEnableOutputLogs(False)


def embeddings_stage(folder: Path) -> Any:
    """The saved embeddings in `folder` as the stage that a deployment uses. Raises ModelLoadError."""
    return embeddings_pipeline(folder).stages[-1]


def _text_vectors(folder: Path) -> list[Any]:
    stage = embeddings_stage(folder)
    if isinstance(stage, Doc2VecModel):
        return [stage]
    averaged = (
        SentenceEmbeddings()
        .setInputCols(["document", "embeddings"])
        .setOutputCol("sentence_embeddings")
        .setPoolingStrategy("AVERAGE")
    )
    return [stage, averaged]


def _logging(approach: Any, log: Path | None) -> Any:
    """The approach with its epochs written into the folder `log`, or kept to itself."""
    return approach.setEnableOutputLogs(log is not None).setOutputLogsPath(str(log or ""))


def _with_dropped_words(frame: DataFrame, share: float, seed: int) -> DataFrame:
    """Zero the vector of a share of the tokens, always the same ones for a seed."""
    dropped = f"pmod(xxhash64({seed}, number, place), 1000) < {round(share * 1000)}"
    vector = "transform(word.embeddings, value -> cast(0 as float))"
    blanked = frame.withColumn(
        "embeddings",
        expr(
            f"transform(embeddings, (word, place) -> if({dropped}, named_struct('annotatorType', word.annotatorType, "
            "'begin', word.begin, 'end', word.end, 'result', word.result, 'metadata', word.metadata, "
            f"'embeddings', {vector}), word))"
        ),
    )
    return blanked.withMetadata("embeddings", frame.schema["embeddings"].metadata)


def _dimension(folder: Path) -> int | None:
    parameters = read_metadata(folder).parameters
    dimension = parameters.get("dimension", parameters.get("vectorSize"))
    return int(dimension) if dimension else None


def save(model: Any, folder: Path) -> None:
    """Write a fitted model into `folder`, in place of what stands there."""
    model.write().overwrite().save(str(folder))
