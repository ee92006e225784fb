"""What a model says against what people say: right, or wrong in one of four ways. Pure.

Strict on spans: a finding is right where start, end and label are all equal. Offsets are code points, half-open; the
class of a whole text is a finding from 0 to 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any, Final

from preannotation import metrics
from preannotation.contract import ASSERTION, CLASSIFICATION, NER

MISSED: Final = "missed"
SPURIOUS: Final = "spurious"
BOUNDARY: Final = "boundary"
LABEL: Final = "label"
KINDS: Final = (MISSED, SPURIOUS, BOUNDARY, LABEL)

Span = metrics.Span


@dataclass(frozen=True, slots=True)
class Said:
    """A finding in the project's own labels. confidence: 0..1."""

    start: int
    end: int
    label: str
    confidence: float

    @property
    def span(self) -> Span:
        return self.start, self.end, self.label


@dataclass(frozen=True, slots=True)
class Error:
    """One thing that is wrong. wanted: what people say, None where the model made it up. said: what the model says,
    None where it says nothing. confidence: of what it says, 0..1."""

    task_id: int
    kind: str
    wanted: Span | None
    said: Span | None
    confidence: float | None = None

    @property
    def label(self) -> str:
        """What people call it; where they have nothing there, what the model calls it."""
        span = self.wanted or self.said
        return span[2] if span else ""

    @property
    def place(self) -> tuple[int, int]:
        """The stretch of text that both spans lie in; (0, 0) for the whole text."""
        spans = [span for span in (self.wanted, self.said) if span]
        return min(span[0] for span in spans), max(span[1] for span in spans)

    def row(self) -> list[Any]:
        """Plain JSON, from which `of` makes it again."""
        return list(astuple(self))

    @classmethod
    def of(cls, row: Sequence[Any]) -> Error:
        task_id, kind, wanted, said, confidence = row
        return cls(task_id, kind, _span(wanted), _span(said), confidence)


@dataclass(frozen=True, slots=True)
class Judged:
    """One task: what people say, and what the model says. failure: why the model can say nothing, "" where it can.
    left_out: chunks that people gave no status, of which nobody knows what is right."""

    task_id: int
    wanted: tuple[Span, ...]
    said: tuple[Said, ...]
    failure: str = ""
    left_out: int = 0


def errors_of(judged: Judged) -> list[Error]:
    """The errors in one task, in the order of the text.

    Each region and each finding is in one error at most. What stands at the very place with another label is a label
    error; of what overlaps, most overlap first, the same label makes a boundary error, another a label error.
    """
    right = {finding.span for finding in judged.said} & set(judged.wanted)
    wanted = [span for span in dict.fromkeys(judged.wanted) if span not in right]
    said = [finding for finding in _once(judged.said) if finding.span not in right]
    found: list[Error] = []
    pairs = sorted((_rank(span, finding), span, finding) for span in wanted for finding in _near(span, said))
    open_wanted, open_said = set(wanted), set(said)
    for _, span, finding in pairs:
        if span in open_wanted and finding in open_said:
            open_wanted.remove(span)
            open_said.remove(finding)
            kind = BOUNDARY if span[2] == finding.label else LABEL
            found.append(Error(judged.task_id, kind, span, finding.span, finding.confidence))
    found += [Error(judged.task_id, MISSED, span, None) for span in open_wanted]
    found += [Error(judged.task_id, SPURIOUS, None, said.span, said.confidence) for said in open_said]
    return sorted(found, key=lambda error: (*error.place, error.kind, error.label))


def report(kind: str, judged: Sequence[Judged], data: str) -> dict[str, Any]:
    """Figures by label as `preannotation.metrics` makes them for models of this kind. data: what it was measured on."""
    if kind == NER:
        wanted, said = [one.wanted for one in judged], [[finding.span for finding in one.said] for one in judged]
        return metrics.span_report(wanted, said, data)
    if kind == CLASSIFICATION:
        chosen = [_labels(finding.span for finding in one.said) for one in judged]
        return metrics.class_set_report([_labels(one.wanted) for one in judged], chosen, data)
    if kind == ASSERTION:
        pairs = [pair for one in judged for pair in _statuses(one)]
        return metrics.class_report([wanted for wanted, _ in pairs], [said for _, said in pairs], data, "statuses")
    raise ValueError(f"Models of kind {kind} find nothing that could be right or wrong.")


def counts(errors: Iterable[Error]) -> dict[str, dict[str, int]]:
    """How many errors by kind, and by label in it, the most frequent first; every kind is there."""
    counted: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    for error in errors:
        counted[error.kind][error.label] += 1
    return {kind: dict(labels.most_common()) for kind, labels in counted.items()}


def pairs_of(judged: Iterable[Judged]) -> Iterable[tuple[str, float, bool]]:
    """(label, confidence, whether it is right) of each finding."""
    for one in judged:
        wanted = set(one.wanted)
        for finding in _once(one.said):
            yield finding.label, finding.confidence, finding.span in wanted


@dataclass(frozen=True, slots=True)
class Change:
    """What the right model does otherwise than the left one at one place. is_gain: the left one was wrong there.
    left, right: their errors there, None where the model is right."""

    is_gain: bool
    left: Error | None
    right: Error | None

    @property
    def error(self) -> Error:
        return self.left or self.right  # type: ignore[return-value]


def compared(left: Iterable[Error], right: Iterable[Error]) -> list[Change]:
    """What the right model gains over the left one, and what it breaks, by task and place.

    A region of people counts where only one of both finds it; a finding that people don't have where only one of both
    makes it. Where both are wrong, nothing changes.
    """
    before, now = list(left), list(right)
    lost, now_lost = _by_wanted(before), _by_wanted(now)
    made, now_made = _by_made(before), _by_made(now)
    changes = [Change(True, lost[key], None) for key in lost.keys() - now_lost.keys()]
    changes += [Change(False, None, now_lost[key]) for key in now_lost.keys() - lost.keys()]
    changes += [Change(True, made[key], None) for key in made.keys() - _said_in(now)]
    changes += [Change(False, None, now_made[key]) for key in now_made.keys() - _said_in(before)]
    return sorted(changes, key=lambda change: (change.error.task_id, *change.error.place, change.error.label))


def within(errors: Iterable[Error], labels: Collection[str]) -> list[Error]:
    """What is left of errors where only these labels are looked at. A label error with one of them on one side is a
    missed region, or a finding too many."""
    found = []
    for error in errors:
        wanted = error.wanted if error.wanted and error.wanted[2] in labels else None
        said = error.said if error.said and error.said[2] in labels else None
        if wanted and said:
            found.append(error)
        elif wanted:
            found.append(Error(error.task_id, MISSED, wanted, None))
        elif said:
            found.append(Error(error.task_id, SPURIOUS, None, said, error.confidence))
    return found


def _by_wanted(errors: Iterable[Error]) -> dict[tuple[int, Span], Error]:
    return {(error.task_id, error.wanted): error for error in errors if error.wanted}


def _by_made(errors: Iterable[Error]) -> dict[tuple[int, Span], Error]:
    return {(error.task_id, error.said): error for error in errors if error.said and not error.wanted}


def _said_in(errors: Iterable[Error]) -> set[tuple[int, Span]]:
    """Wrong findings, also those that stand for a region of people."""
    return {(error.task_id, error.said) for error in errors if error.said}


def _near(span: Span, said: Iterable[Said]) -> list[Said]:
    """Those at the span's place, or that overlap it; classes of a text all stand at one place."""
    start, end, _ = span
    return [one for one in said if (one.start, one.end) == (start, end) or (one.start < end and start < one.end)]


def _rank(span: Span, finding: Said) -> tuple[bool, bool, int, tuple[Any, ...]]:
    """Sorts what fits best to the front."""
    start, end, label = span
    overlap = min(end, finding.end) - max(start, finding.start)
    same_place = (start, end) == (finding.start, finding.end)
    return not same_place, label != finding.label, -overlap, (*span, *finding.span)


def _once(said: Iterable[Said]) -> list[Said]:
    """Of several findings of one label at one place the surest."""
    surest: dict[Span, Said] = {}
    for finding in said:
        held = surest.get(finding.span)
        if held is None or finding.confidence > held.confidence:
            surest[finding.span] = finding
    return list(surest.values())


def _labels(spans: Iterable[Span]) -> set[str]:
    return {label for _, _, label in spans}


def _statuses(judged: Judged) -> list[tuple[str, str]]:
    """(what people say, what the model says) of each chunk; NO_CLASS where the model says nothing."""
    said = {(finding.start, finding.end): finding.label for finding in judged.said}
    return [(label, said.get((start, end), metrics.NO_CLASS)) for start, end, label in judged.wanted]


def _span(given: Collection[Any] | None) -> Span | None:
    if given is None:
        return None
    start, end, label = given
    return start, end, label
