"""Train Spark NLP models and save them as any Spark NLP program does. Knows no Django and no rows.

Text is cut by the very stages that the prediction pipeline uses, so that a model meets in use what it saw in training.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from pyspark.ml import Pipeline
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr
from pyspark.sql.types import ArrayType, IntegerType, StringType, StructField, StructType
from sparknlp.annotation import Annotation
from sparknlp.annotator import (
    ClassifierDLApproach,
    MultiClassifierDLApproach,
    NerDLApproach,
    SentenceEmbeddings,
    Word2VecApproach,
    Word2VecModel,
)

from preannotation.contract import TrainingError
from preannotation.spark.session import engine_errors
from preannotation.spark.text_stages import text_stages

SEED: Final = 13
# The sizes that Spark NLP's ready-made NerDL graphs exist for.
NER_DIMENSIONS: Final = (100, 128, 256, 300, 384, 512, 768, 1024, 2048, 4096)
_OUTSIDE: Final = "O"


class Token(NamedTuple):
    """begin, end: as the engine counts, UTF-16 units from the text's start, `end` inclusive."""

    begin: int
    end: int
    word: str


@dataclass(frozen=True, slots=True)
class CutSentence:
    """A sentence of text number `text`, with its tokens. begin, end: as in Token."""

    text: int
    begin: int
    end: int
    words: str
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class NerExample:
    """A text and the (start, end, label) spans in it, code points, half-open, not overlapping."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class ClassExample:
    """A text and its classes: exactly one unless the classifier answers several."""

    text: str
    classes: tuple[str, ...]


def cut_sentences(spark: SparkSession, texts: Sequence[str]) -> list[CutSentence]:
    """The texts' sentences and tokens by the prediction pipeline's own stages, in order."""
    stages = text_stages()
    sentence, token = stages[-2].getOutputCol(), stages[-1].getOutputCol()
    with engine_errors("cutting texts into sentences", TrainingError):
        frame = _frame(spark, [(number, text) for number, text in enumerate(texts)], "number int, text string")
        rows = (
            Pipeline(stages=stages)
            .fit(frame)
            .transform(frame)
            .selectExpr(
                "number",
                f"transform({sentence}, s -> struct(s.begin, s.end, s.result)) as sentences",
                f"transform({token}, t -> struct(t.begin, t.end, t.result)) as tokens",
            )
            .collect()
        )
    cut = []
    for row in sorted(rows, key=lambda row: row["number"]):
        tokens = [Token(*token) for token in row["tokens"]]
        for begin, end, words in row["sentences"]:
            inside = tuple(token for token in tokens if begin <= token.begin and token.end <= end)
            cut.append(CutSentence(row["number"], begin, end, words, inside))
    return cut


def utf16_positions(text: str) -> list[int]:
    """UTF-16 index of each code point of `text`, and of its end."""
    positions = [0]
    for character in text:
        positions.append(positions[-1] + (2 if ord(character) > 0xFFFF else 1))
    return positions


def tag(sentences: Iterable[CutSentence], examples: Sequence[NerExample]) -> list[tuple[CutSentence, tuple[str, ...]]]:
    """IOB2 tags of each sentence's tokens; a token belongs to the span that covers its first character."""
    spans = []
    for example in examples:
        position = utf16_positions(example.text)
        spans.append(sorted((position[start], position[end], label) for start, end, label in example.spans))
    return [(sentence, tuple(_tags(sentence, spans[sentence.text]))) for sentence in sentences]


def _tags(sentence: CutSentence, spans: list[tuple[int, int, str]]) -> Iterator[str]:
    previous = None
    for token in sentence.tokens:
        span = next((span for span in spans if span[0] <= token.begin < span[1]), None)
        yield _OUTSIDE if span is None else f"{'I' if span == previous else 'B'}-{span[2]}"
        previous = span


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
    token = text_stages()[-1].getOutputCol()
    frame = _frame(spark, [(text,) for text in texts], "text string").coalesce(1)
    approach = (
        Word2VecApproach()
        .setInputCols([token])
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
    sentences: Sequence[CutSentence] | None = None,
) -> None:
    """Train NerDL (character CNN, BiLSTM, CRF) on saved word vectors and save it in `folder`.

    plain_share: share of the sentences without any span that is kept. word_dropout: share of the tokens that lose their
    vector, so that the model learns to judge a word that has none by its letters and its place (after Iyyer et al.,
    "Deep unordered composition rivals syntactic methods for text classification", ACL 2015). sentences: `cut_sentences` of the examples'
    texts, where the caller has them already. Raises TrainingError.
    """
    sentences = cut_sentences(spark, [example.text for example in examples]) if sentences is None else sentences
    random = Random(seed)
    tagged = [
        (sentence, tags)
        for sentence, tags in tag(sentences, examples)
        if tags and (set(tags) != {_OUTSIDE} or random.random() < plain_share)
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
        .setVerbose(0)
    )
    with engine_errors(f"training an NER model of {', '.join(sorted(labels))}", TrainingError):
        frame = _with_dropped_words(embeddings.transform(_tagged_frame(spark, tagged)), word_dropout, seed)
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
        .setVerbose(0)
    )
    rows = [(example.text, list(example.classes) if multiple else example.classes[0]) for example in examples]
    schema = f"text string, label {'array<string>' if multiple else 'string'}"
    with engine_errors(f"training a classifier of {', '.join(sorted(classes))}", TrainingError):
        frame = _frame(spark, rows, schema).coalesce(1)
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


def _frame(spark: SparkSession, rows: Sequence[tuple[Any, ...]], schema: str | StructType) -> DataFrame:
    return spark.createDataFrame(list(rows), schema)


def _save(model: Any, folder: Path) -> None:
    model.write().overwrite().save(str(folder))


def _annotations(name: str, kind: str) -> StructField:
    # Stages find their inputs by this column metadata, not by the column's name.
    return StructField(name, ArrayType(Annotation.dataType()), False, {"annotatorType": kind})


def _tagged_frame(spark: SparkSession, tagged: Sequence[tuple[CutSentence, tuple[str, ...]]]) -> DataFrame:
    """One row a sentence: text, sentence, token and label columns as the engine's own stages would write them."""
    schema = StructType(
        [
            StructField("number", IntegerType()),
            StructField("text", StringType()),
            _annotations("sentence", "document"),
            _annotations("token", "token"),
            _annotations("label", "named_entity"),
        ]
    )
    rows = []
    for number, (sentence, tags) in enumerate(tagged):
        spot = {"sentence": "0"}
        whole = ("document", 0, sentence.end - sentence.begin, sentence.words, spot, [])
        tokens = [
            ("token", token.begin - sentence.begin, token.end - sentence.begin, token.word, spot, [])
            for token in sentence.tokens
        ]
        labels = [
            ("named_entity", begin, end, name, {**spot, "word": word}, [])
            for (_, begin, end, word, _, _), name in zip(tokens, tags, strict=True)
        ]
        rows.append((number, sentence.words, [whole], tokens, labels))
    return _frame(spark, rows, schema).coalesce(1)
