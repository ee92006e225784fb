"""What people's completions teach a model: examples, in those to train on and those to test on. Pure.

Offsets are code points, half-open. A task gives one completion: the reviewed one, else the starred, else that which was
submitted last.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Final

from preannotation.contract import CLASSIFICATION, NER

TRAIN: Final = "Train"
TEST: Final = "Test"
LEAST_EXAMPLES: Final = 5
"""With fewer examples than this to train on, a label is named as one that will hardly be learned."""

Region = dict[str, Any]
Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Work:
    """A submitted completion as training sees it."""

    task_id: int
    text: str
    tags: tuple[str, ...]
    result: Sequence[Region]
    submitted_at: datetime
    is_reviewed: bool = False
    is_starred: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be learned. controls: names of the Labels or Choices that count. labels: only these of them, all where
    empty. chunk_labels: for assertion status, the labels whose chunks are judged."""

    kind: str
    controls: frozenset[str]
    labels: frozenset[str] = frozenset()
    chunk_labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Example:
    """One task's text with what is to be learned of it: spans of entities or of chunks with their status, or the
    classes of the whole text."""

    task_id: int
    text: str
    spans: tuple[Span, ...] = ()
    classes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return self.classes or tuple(label for _, _, label in self.spans)


@dataclass
class Look:
    """What a training would see. labels: what is to be learned, as far as that is known before. left_out: why tasks
    give no example, and how many each. overlaps: regions that another, longer one covers: a token can have one label
    only."""

    train: list[Example] = field(default_factory=list)
    test: list[Example] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    overlaps: int = 0
    labels: frozenset[str] = frozenset()

    def counts(self) -> dict[str, tuple[int, int]]:
        """By label: how often in train, and in test; also of those without any, once there are examples at all."""
        train, test = (Counter(name for example in part for name in example.names) for part in (self.train, self.test))
        names = train.keys() | test.keys() | (self.labels if self.train or self.test else set())
        return {name: (train[name], test[name]) for name in sorted(names)}

    def scarce(self) -> list[str]:
        """Labels with too few examples to learn from."""
        return [name for name, (train, _) in self.counts().items() if train < LEAST_EXAMPLES]

    def data(self) -> dict[str, Any]:
        """Exactly what was seen: ids in order, and a hash over ids, texts and labels."""
        digest = hashlib.sha256()
        for part in (self.train, self.test):
            for example in part:
                digest.update(repr((example.task_id, example.text, example.spans, example.classes)).encode())
            digest.update(b"|")
        ids = {"train": [example.task_id for example in self.train], "test": [example.task_id for example in self.test]}
        return {**ids, "sha256": digest.hexdigest()}


def best(works: Iterable[Work]) -> list[Work]:
    """One of each task, in the order of the tasks."""
    chosen: dict[int, Work] = {}
    for work in works:
        held = chosen.get(work.task_id)
        if held is None or _rank(work) > _rank(held):
            chosen[work.task_id] = work
    return [chosen[task] for task in sorted(chosen)]


def _rank(work: Work) -> tuple[bool, bool, datetime]:
    return work.is_reviewed, work.is_starred, work.submitted_at


def look(
    works: Iterable[Work],
    wanted: Wanted,
    *,
    test_share: float,
    seed: int,
    by_tag: bool = False,
    overlapping: bool = False,
) -> Look:
    """Examples of these completions, apart by lot, or by the tags Train and Test.

    test_share: of the tasks, 0..1, where the lot decides: each task draws for itself, so that the same seed gives the
    same parts whatever other tasks come along; of few tasks that all draw the same part, one goes to the other.
    overlapping: keep regions that others cover, which nothing can be taught of, but which a model may find.
    """
    found = Look(labels=wanted.labels)
    drawn: list[tuple[float, Example]] = []
    for work in best(works):
        example, why_not = _example(work, wanted, found, overlapping)
        if example is None or (by_tag and not {TRAIN, TEST} & set(work.tags)):
            found.left_out[why_not or f"it has neither tag, {TRAIN} nor {TEST}"] += 1
        elif by_tag:
            # One with both tags is tested on, never trained on as well.
            (found.test if TEST in work.tags else found.train).append(example)
        else:
            drawn.append((Random(f"{seed} {work.task_id}").random(), example))
    limit = _limit([draw for draw, _ in drawn], test_share)
    for draw, example in drawn:
        (found.test if draw < limit else found.train).append(example)
    return found


def _limit(draws: list[float], share: float) -> float:
    """Tasks that draw below it are tested on: the share itself, moved where it would leave one of the parts empty that
    are both wanted."""
    if share in (0.0, 1.0):
        return share
    if len(draws) < 2:
        return 0.0
    lowest, *_, highest = sorted(draws)
    return highest if share > highest else math.nextafter(lowest, 1.0) if share <= lowest else share


def _example(work: Work, wanted: Wanted, found: Look, overlapping: bool) -> tuple[Example | None, str]:
    """The example of a completion, else why it gives none."""
    if not work.text.strip():
        return None, "its text is empty"
    if wanted.kind == NER:
        given = _spans(work.result, wanted)
        spans, overlaps = (tuple(sorted(set(given))), 0) if overlapping else apart(given)
        found.overlaps += overlaps
        return Example(work.task_id, work.text, spans), ""
    if wanted.kind == CLASSIFICATION:
        classes = _classes(work.result, wanted)
        return (
            (Example(work.task_id, work.text, classes=classes), "") if classes else (None, "nothing was chosen in it")
        )
    statuses = _statuses(work.result, wanted)
    return (Example(work.task_id, work.text, statuses), "") if statuses else (None, "no region in it has a status")


def apart(spans: Collection[Span]) -> tuple[tuple[Span, ...], int]:
    """Spans that don't overlap, in order, and how many were left out: the longest wins, of equal ones the first."""
    kept: list[Span] = []
    for span in sorted(set(spans), key=lambda span: (span[0] - span[1], span)):
        if all(span[1] <= other[0] or other[1] <= span[0] for other in kept):
            kept.append(span)
    return tuple(sorted(kept)), len(spans) - len(kept)


def _spans(result: Sequence[Region], wanted: Wanted) -> list[Span]:
    return [
        (region["value"]["start"], region["value"]["end"], label)
        for region in result
        if region.get("type") == "labels" and region.get("from_name") in wanted.controls
        for label in region["value"]["labels"][:1]
        if not wanted.labels or label in wanted.labels
    ]


def _classes(result: Sequence[Region], wanted: Wanted) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            str(choice[-1] if isinstance(choice, list) else choice)
            for region in result
            if region.get("type") == "choices" and region.get("from_name") in wanted.controls
            if "start" not in region["value"]
            for choice in region["value"]["choices"]
        )
    )


def _statuses(result: Sequence[Region], wanted: Wanted) -> tuple[Span, ...]:
    """(start, end, status) of each chunk that has one; of two statuses of one chunk the first."""
    chunks = {
        (region["value"]["start"], region["value"]["end"])
        for region in result
        if region.get("type") == "labels" and set(region["value"]["labels"]) & wanted.chunk_labels
    }
    found: dict[tuple[int, int], str] = {}
    for start, end, status in _spans(result, wanted):
        if (start, end) in chunks:
            found.setdefault((start, end), status)
    return tuple(sorted((start, end, status) for (start, end), status in found.items()))
