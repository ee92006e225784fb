"""What active learning goes by: when a training is due, what two models are measured on, which of them is better. Pure.

Scores are F1, or accuracy where a report has no F1: 0..1, with four decimals.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from preannotation.training.examples import Example

LEAST_HELD_OUT: Final = 3
"""On fewer tasks than this, chance decides which model is better."""
DECIMALS: Final = 4

Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Count:
    """submitted: completions now. counted: those when it last trained. every: how many new ones set off a training."""

    submitted: int
    counted: int
    every: int

    @property
    def base(self) -> int:
        """What new ones are counted from: where completions were deleted since, from what is left."""
        return min(self.counted, self.submitted)

    @property
    def new(self) -> int:
        return self.submitted - self.base

    @property
    def missing(self) -> int:
        return max(0, self.every - self.new)

    @property
    def is_due(self) -> bool:
        return self.missing == 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """is_better: the new model is to be deployed. is_worse: it was measured and is to be held back; neither where
    nothing could be told. words: why, with the figures."""

    is_better: bool
    is_worse: bool
    words: str


def held_out(tested: Sequence[Example], new_test: Collection[int], old_train: Collection[int]) -> list[Example]:
    """Those examples that neither model has learned from.

    tested: what would be tested on now. new_test: tasks that were held out when the new model was trained; what came or
    moved there later may have taught it. old_train: tasks that taught the older model, as with another seed.
    """
    fresh, taught = set(new_test), set(old_train)
    return [example for example in tested if example.task_id in fresh and example.task_id not in taught]


def score(report: Report) -> float:
    return round(float(report.get("f1", report.get("accuracy", 0.0))), DECIMALS)


def score_name(report: Report) -> str:
    return "F1" if "f1" in report else "accuracy"


def verdict(old: Report | None, new: Report, margin: float, examples: int) -> Verdict:
    """Whether the new model is better by the margin. Both reports are about the same examples; old: None where there is
    no older model, and any that finds something is better than none."""
    if examples < LEAST_HELD_OUT:
        return Verdict(False, False, too_few(examples))
    name, after = score_name(new), score(new)
    on = f"on {_counted(examples, 'held-out task')}"
    if old is None:
        found = after > 0
        words = f"{name} {after:.3f} {on}; there was no older model" + ("" if found else ", and it got nothing right")
        return Verdict(found, not found, words)
    before = score(old)
    gain = round(after - before, DECIMALS)
    is_better = gain > 0 and gain >= round(margin, DECIMALS)
    wanted = f"{margin:+.3f}" if round(margin, DECIMALS) else "more than 0"
    words = f"{name} {before:.3f} before, {after:.3f} now {on} ({gain:+.3f}, wanted {wanted})"
    return Verdict(is_better, not is_better, words)


def too_few(examples: int) -> str:
    return (
        f"only {_counted(examples, 'held-out task')} that neither model has learned from, at least {LEAST_HELD_OUT} "
        "are needed. Tag more submitted tasks Test, or raise the share of the split"
    )


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
