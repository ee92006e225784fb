"""Train Spark NLP models and save them as any Spark NLP program does. Knows no Django and no rows.

Text is cut by the very stages that the prediction pipeline uses, so that a model meets in use what it saw in training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from pyspark.ml import Pipeline
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr
from sparknlp.annotator import (
    ClassifierDLApproach,
    MultiClassifierDLApproach,
    NerDLApproach,
    SentenceEmbeddings,
    Word2VecApproach,
    Word2VecModel,
)

from preannotation.contract import TrainingError
from preannotation.spark.offsets import engine_text
from preannotation.spark.session import engine_errors
from preannotation.spark.tagging import OUTSIDE, NerExample, cut_sentences, tag, tagged_frame
from preannotation.spark.text_stages import text_stages

SEED: Final = 13
# Of Spark NLP's levels of verbosity 0 is the most talkative: the JVM would print every epoch on our terminal.
SILENT: Final = 4
# The sizes that Spark NLP's ready-made NerDL graphs exist for.
NER_DIMENSIONS: Final = (100, 128, 256, 300, 384, 512, 768, 1024, 2048, 4096)


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
        _save(model, folder)


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
    seed: int = SEED,
) -> None:
    """Train NerDL (character CNN, BiLSTM, CRF) on saved word vectors and save it in `folder`.

    plain_share: share of the sentences without any span that is kept. word_dropout: share of the tokens that lose
    their vector, so that the model learns to judge a word that has none by its letters and its place (word dropout:
    Iyyer et al., "Deep unordered composition rivals syntactic methods for text classification", ACL 2015). Raises
    TrainingError.
    """
    sentences = cut_sentences(spark, [example.text for example in examples])
    random = Random(seed)
    tagged = [
        (sentence, tags)
        for sentence, tags in tag(sentences, examples)
        if tags and (set(tags) != {OUTSIDE} or random.random() < plain_share)
    ]
    labels = {tag[2:] for _, tags in tagged for tag in tags} - {""}
    if not labels:
        raise TrainingError("No example shows a labelled span. Label some regions before training.")
    embeddings = _embeddings(embeddings_folder)
    _check_dimension(embeddings, embeddings_folder)
    random.shuffle(tagged)
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
        .setEnableOutputLogs(False)
        .setVerbose(SILENT)
    )
    with engine_errors(f"training an NER model of {', '.join(sorted(labels))}", TrainingError):
        frame = _with_dropped_words(embeddings.transform(tagged_frame(spark, tagged)), word_dropout, seed)
        _save(approach.fit(frame), folder)


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
    seed: int = SEED,
) -> None:
    """Train a classifier of whole texts on their averaged word vectors and save it in `folder`.

    multiple: several classes may be right at once (MultiClassifierDL, else ClassifierDL). Raises TrainingError.
    """
    classes = {name for example in examples for name in example.classes}
    if len(classes) < 2:
        raise TrainingError(f"A classifier needs examples of two classes; these show {len(classes)}. Add more.")
    if not multiple and (wrong := sum(len(example.classes) != 1 for example in examples)):
        raise TrainingError(f"{wrong} of {len(examples)} texts don't have exactly one class. Choose one for each.")
    embeddings = _embeddings(embeddings_folder)
    averaged = (
        SentenceEmbeddings()
        .setInputCols(["document", "embeddings"])
        .setOutputCol("sentence_embeddings")
        .setPoolingStrategy("AVERAGE")
    )
    approach = MultiClassifierDLApproach() if multiple else ClassifierDLApproach().setDropout(dropout)
    approach = (
        approach.setInputCols(["sentence_embeddings"])
        .setOutputCol("class")
        .setLabelColumn("label")
        .setMaxEpochs(epochs)
        .setBatchSize(batch_size)
        .setLr(learning_rate)
        .setRandomSeed(seed)
        .setEnableOutputLogs(False)
        .setVerbose(SILENT)
    )
    rows = [
        (engine_text(example.text), list(example.classes) if multiple else example.classes[0]) for example in examples
    ]
    schema = f"text string, label {'array<string>' if multiple else 'string'}"
    with engine_errors(f"training a classifier of {', '.join(sorted(classes))}", TrainingError):
        frame = spark.createDataFrame(rows, schema).coalesce(1)
        fitted = Pipeline(stages=[*text_stages(), embeddings, averaged, approach]).fit(frame)
        _save(fitted.stages[-1], folder)


def _embeddings(folder: Path) -> Word2VecModel:
    with engine_errors(f"loading the embeddings in {folder.name}", TrainingError):
        model = Word2VecModel.load(str(folder))
    return model.setInputCols(["token"]).setOutputCol("embeddings")


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


def _check_dimension(embeddings: Word2VecModel, folder: Path) -> None:
    dimension = int(embeddings.getVectorSize())
    if dimension not in NER_DIMENSIONS:
        raise TrainingError(
            f"The embeddings in {folder.name} have {dimension} dimensions; an NER model can be trained on "
            f"{', '.join(map(str, NER_DIMENSIONS))}. Take other embeddings."
        )


def _save(model: Any, folder: Path) -> None:
    model.write().overwrite().save(str(folder))
