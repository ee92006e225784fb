"""The examples that a training child is given, in windows as a deployment cuts its texts: a model meets in use what it
saw in training, and no text can keep the engine busy for ever."""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyspark.sql import SparkSession

from preannotation.contract import TrainingError
from preannotation.spark.assertion_features import AssertionContext
from preannotation.spark.offsets import CodePoints, engine_text
from preannotation.spark.tagging import NerExample, cut_sentences
from preannotation.spark.training import ClassExample
from preannotation.spark.windows import is_blank, windows

EXAMPLES_FILE: Final = "examples.jsonl"
TEXTS_FILE: Final = "texts.jsonl"
MOST_CHARACTERS: Final = 40_000_000
"""Code points that word vectors are trained on at most: what fits into the JVM's memory."""

Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Given:
    """One task's text and what people said of it, as the line in the file. spans: code points, half-open."""

    text: str
    spans: tuple[Span, ...]
    classes: tuple[str, ...]


def read_examples(folder: Path) -> tuple[list[Given], list[Given]]:
    """(those to train on, those to test on). Raises TrainingError where there is nothing to train on."""
    parts: dict[str, list[Given]] = {"train": [], "test": []}
    with (folder / EXAMPLES_FILE).open(encoding="utf-8") as lines:
        for line in lines:
            said = json.loads(line)
            spans = tuple((int(start), int(end), str(label)) for start, end, label in said.get("spans", ()))
            parts[said["part"]].append(Given(said["text"], spans, tuple(said.get("classes", ()))))
    if not parts["train"]:
        raise TrainingError("There are no examples to train on. Submit some completions, or lower the share for tests.")
    return parts["train"], parts["test"]


def read_texts(folder: Path) -> Iterator[str]:
    """The project's texts in windows, up to MOST_CHARACTERS in all."""
    length = 0
    with (folder / TEXTS_FILE).open(encoding="utf-8") as lines:
        for line in lines:
            text = json.loads(line)
            for window in windows(text):
                length += window.end - window.start
                if length > MOST_CHARACTERS:
                    return
                if not is_blank(text[window.start : window.end]):
                    yield text[window.start : window.end]


def ner_examples(given: Iterable[Given]) -> list[NerExample]:
    """Windows with the spans that lie in them whole."""
    return [
        NerExample(text, tuple((begin - start, end - start, label) for begin, end, label in spans))
        for text, start, spans in _windows(given)
    ]


def class_examples(given: Iterable[Given]) -> list[ClassExample]:
    """Windows, each with the classes of its whole text; texts without a class are left out."""
    return [
        ClassExample(text, example.classes)
        for example in given
        if example.classes
        for text, _, _ in _windows([example])
    ]


def contexts(spark: SparkSession, given: Sequence[Given]) -> list[tuple[AssertionContext, str]]:
    """Each chunk in its sentence, or in its window where no sentence holds it, with its status."""
    found = [window for window in _windows(given) if window[2]]
    sentences: list[list[tuple[int, int]]] = [[] for _ in found]
    for sentence in cut_sentences(spark, [text for text, _, _ in found]):
        span = CodePoints(engine_text(found[sentence.text][0])).span(sentence.begin, sentence.end)
        if span:
            sentences[sentence.text].append(span)
    judged = []
    for (text, offset, spans), held in zip(found, sentences, strict=True):
        starts = [start for start, _ in held]
        for begin, end, status in spans:
            number = bisect_right(starts, begin - offset) - 1
            start, stop = held[number] if number >= 0 and end - offset <= held[number][1] else (0, len(text))
            words = engine_text(text)[start:stop]
            judged.append((AssertionContext(words, begin - offset - start, end - offset - start), status))
    return judged


def _windows(given: Iterable[Given]) -> Iterator[tuple[str, int, list[Span]]]:
    """(text of the window, its start, the spans in it) of each window that isn't blank."""
    for example in given:
        for start, end in windows(example.text):
            if not is_blank(example.text[start:end]):
                inside = [span for span in example.spans if start <= span[0] and span[1] <= end]
                yield example.text[start:end], start, inside
