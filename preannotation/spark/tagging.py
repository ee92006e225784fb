"""Texts with labelled spans as sentences of tagged tokens, which is what NER training needs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final, NamedTuple

from pyspark.ml import Pipeline
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import ArrayType, IntegerType, StringType, StructField, StructType
from sparknlp.annotation import Annotation

from preannotation.contract import TrainingError
from preannotation.spark.offsets import engine_text
from preannotation.spark.session import engine_errors
from preannotation.spark.text_stages import text_stages

OUTSIDE: Final = "O"
MOST_CHARACTERS: Final = 100
"""Characters that a model learns one by one; a NerDL graph has room for 120 at least."""
_RARE: Final = "\u00a4"


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


def cut_sentences(spark: SparkSession, texts: Sequence[str]) -> list[CutSentence]:
    """The texts' sentences and tokens by the prediction pipeline's own stages, in order."""
    with engine_errors("cutting texts into sentences", TrainingError):
        frame = spark.createDataFrame(
            [(number, engine_text(text)) for number, text in enumerate(texts)], "number int, text string"
        )
        rows = (
            Pipeline(stages=text_stages())
            .fit(frame)
            .transform(frame)
            .selectExpr(
                "number",
                "transform(sentence, s -> struct(s.begin, s.end, s.result)) as sentences",
                "transform(token, t -> struct(t.begin, t.end, t.result)) as tokens",
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


def tagged_sentences(
    spark: SparkSession, examples: Sequence[NerExample], *, plain_share: float, seed: int
) -> list[tuple[CutSentence, tuple[str, ...]]]:
    """The examples' sentences with IOB2 tags, shuffled. Raises TrainingError where none shows a span.

    plain_share: share of the sentences without any span that is kept.
    """
    random = Random(seed)
    tagged = [
        (sentence, tags)
        for sentence, tags in tag(cut_sentences(spark, [example.text for example in examples]), examples)
        if tags and (set(tags) != {OUTSIDE} or random.random() < plain_share)
    ]
    if all(set(tags) == {OUTSIDE} for _, tags in tagged):
        raise TrainingError(
            "No labelled region begins where a word begins, and whole words are what a model learns. Label whole words."
            if any(example.spans for example in examples)
            else "No example shows a labelled span. Label some regions before training."
        )
    random.shuffle(tagged)
    return with_few_characters(tagged)


def labels_of(tagged: Iterable[tuple[CutSentence, tuple[str, ...]]]) -> list[str]:
    """The labels in these tags, in order."""
    return sorted({tag[2:] for _, tags in tagged for tag in tags} - {""})


def with_few_characters(
    tagged: Sequence[tuple[CutSentence, tuple[str, ...]]], most: int = MOST_CHARACTERS
) -> list[tuple[CutSentence, tuple[str, ...]]]:
    """The same with all but the `most` frequent characters of the words replaced by one: texts in many scripts would
    have more than any network has room for. Where there are no more than that, nothing changes."""
    counts = Counter(character for sentence, _ in tagged for token in sentence.tokens for character in token.word)
    if len(counts) <= most:
        return list(tagged)
    kept = {character for character, _ in counts.most_common(most)}
    table = {ord(character): _RARE for character in counts.keys() - kept}
    return [
        (
            replace(
                sentence, tokens=tuple(token._replace(word=token.word.translate(table)) for token in sentence.tokens)
            ),
            tags,
        )
        for sentence, tags in tagged
    ]


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
        yield OUTSIDE if span is None else f"{'I' if span == previous else 'B'}-{span[2]}"
        previous = span


def _annotations(name: str, kind: str) -> StructField:
    # Stages find their inputs by this column metadata, not by the column's name.
    return StructField(name, ArrayType(Annotation.dataType()), False, {"annotatorType": kind})


def tagged_frame(spark: SparkSession, tagged: Sequence[tuple[CutSentence, tuple[str, ...]]]) -> DataFrame:
    """One row a sentence: text, document, sentence, token and label, as the engine's own stages would write them."""
    schema = StructType(
        [
            StructField("number", IntegerType()),
            StructField("text", StringType()),
            _annotations("document", "document"),
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
        rows.append((number, sentence.words, [whole], [whole], tokens, labels))
    return spark.createDataFrame(rows, schema).coalesce(1)
