"""Labelled files of benchmarks as the examples of a training."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from preannotation.contract import NER
from preannotation.metrics import span_report

Example = dict[str, Any]
"""A line of a training child's examples: part, task, text, spans, classes."""
Said = dict[str, list[Any]]
"""What a model says of a text: {"spans": [[start, end, label]…], "classes": [label…]}."""
TEST_SHARE = 0.2
OTHER_NAMES = {"associated_with_someone_else": "someone_else"}


def from_conll(train: Path, test: Path) -> list[Example]:
    """One text for each sentence, its words joined by blanks."""
    return _numbered(
        [
            {"part": part, **_sentence(words)}
            for part, path in (("train", train), ("test", test))
            for words in conll(path)
        ]
    )


def conll(path: Path) -> list[list[tuple[str, str]]]:
    """Sentences of (word, IOB2 tag)."""
    sentences: list[list[tuple[str, str]]] = [[]]
    for line in path.read_text(encoding="utf-8").splitlines():
        columns = line.split()
        if not columns or columns[0] == "-DOCSTART-":
            sentences.append([])
        else:
            sentences[-1].append((columns[0], columns[-1]))
    return [sentence for sentence in sentences if sentence]


def scored(examples: Sequence[Example], said: Sequence[Said], name: str) -> float:
    """F1 of what a model says: of entities, strictly by their characters and label, over all labels together; where one
    answer is right for each text or chunk, the share of right ones, which is the same F1.

    name: `ner`, `classification` or `assertion`. Raises ValueError where the numbers of texts differ.
    """
    if name == NER:
        expected, proposed = _span_sets(examples), _span_sets(said)
        return float(span_report(expected, proposed, name)["f1"])
    right = total = 0
    for example, answer in zip(examples, said, strict=True):
        wanted = {(start, end): label for start, end, label in example["spans"]}
        given = {(start, end): label for start, end, label in answer["spans"]}
        right += sum(given.get(place) == label for place, label in wanted.items())
        right += bool(example["classes"]) and answer["classes"][:1] == example["classes"]
        total += len(wanted) + bool(example["classes"])
    return right / total if total else 0.0


def _span_sets(said: Sequence[Said]) -> list[set[tuple[int, int, str]]]:
    return [{(start, end, label) for start, end, label in each["spans"]} for each in said]


def spans_of(tags: list[str]) -> list[tuple[int, int, str]]:
    """(first word, word after the last, label) of IOB2 tags."""
    spans: list[tuple[int, int, str]] = []
    for place, tag in enumerate([*tags, "O"]):
        if tag == "O":
            continue
        if tag.startswith("I-") and spans and spans[-1][1] == place and spans[-1][2] == tag[2:]:
            spans[-1] = (spans[-1][0], place + 1, tag[2:])
        else:
            spans.append((place, place + 1, tag[2:]))
    return spans


def from_csv(train: Path, test: Path) -> list[Example]:
    """Columns `text` and `label`, one class for each text."""
    examples = []
    for part, path in (("train", train), ("test", test)):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if row["text"].strip():
                    examples.append({"part": part, "text": row["text"], "spans": [], "classes": [row["label"]]})
    return _numbered(examples)


def from_tsv(path: Path, seed: int) -> list[Example]:
    """Tab-separated columns `text`, `start`, `end` and `status`; a fifth of the texts, by lot, is tested on."""
    chunks: defaultdict[str, list[list[Any]]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            status = OTHER_NAMES.get(row["status"], row["status"])
            chunks[row["text"]].append([int(row["start"]), int(row["end"]), status])
    random = Random(seed)
    return _numbered(
        [
            {"part": "test" if random.random() < TEST_SHARE else "train", "text": text, "spans": spans, "classes": []}
            for text, spans in chunks.items()
        ]
    )


def _sentence(words: list[tuple[str, str]]) -> Example:
    starts, position = [], 0
    for word, _ in words:
        starts.append(position)
        position += len(word) + 1
    spans = [
        [starts[first], starts[after - 1] + len(words[after - 1][0]), label]
        for first, after, label in spans_of([tag for _, tag in words])
    ]
    return {"text": " ".join(word for word, _ in words), "spans": spans, "classes": []}


def _numbered(examples: list[Example]) -> list[Example]:
    return [{**example, "task": number} for number, example in enumerate(examples, start=1)]
