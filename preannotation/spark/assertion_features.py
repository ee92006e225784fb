"""What a chunk's sentence says of its status, as plain feature names (pure Python, no Spark).

Words left, right and inside of the chunk with side and distance, word pairs, the sentence's bag of words, and triggers
with scope in the spirit of NegEx (Chapman et al. 2001) and ConText (Harkema et al. 2009); see `assertion_cues`.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from preannotation.spark.assertion_cues import (
    ABSENT,
    AFTER,
    BEFORE,
    HYPOTHETICAL,
    PAST,
    POSSIBLE,
    PRESENT,
    PSEUDO,
    SOMEONE_ELSE,
    TERMINATORS,
)

FEATURES_VERSION: Final = 1
"""Written into every saved model: weights fit only the features that they were trained on."""

_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’/][^\W\d_]+)*|[^\w\s]")
_NEAR: Final = 6
_SCOPE: Final = 12
# A list of warnings or of old illnesses runs long, so only a negation is held to a short reach.
_REACH: Final = {ABSENT: 12, POSSIBLE: 12, HYPOTHETICAL: 60, PAST: 40, SOMEONE_ELSE: 30}
_BAG: Final = 60
_LONGEST: Final = 2000  # code points of a sentence that are looked at around a chunk
# Which cue decides when several are in scope: who it is about, then whether it is real, then when.
_PRECEDENCE: Final = (SOMEONE_ELSE, HYPOTHETICAL, ABSENT, POSSIBLE, PAST)
_PSEUDO_CATEGORY: Final = "pseudo"


@dataclass(frozen=True, slots=True)
class AssertionContext:
    """A chunk in its sentence. start, end: code points into `sentence`, half-open."""

    sentence: str
    start: int
    end: int


class Cue(NamedTuple):
    """A trigger found at tokens [start, end)."""

    start: int
    end: int
    category: str
    phrase: str


class Sentence(NamedTuple):
    """A sentence cut once for all its chunks. words: lower case, digits as `0`; spans: code points of each word."""

    words: list[str]
    starts: list[int]
    ends: list[int]
    before: list[Cue]
    after: list[Cue]


def _words(text: str) -> list[str]:
    return [match.group().lower() for match in _TOKEN.finditer(text)]


def _index(table: dict[str, str]) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """First word -> (phrase's words, category), longest phrase first."""
    index: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for category, phrases in [*table.items(), (_PSEUDO_CATEGORY, PSEUDO)]:
        for phrase in phrases.split("|"):
            words = tuple(_words(phrase))
            index.setdefault(words[0], []).append((words, category))
    for candidates in index.values():
        candidates.sort(key=lambda candidate: -len(candidate[0]))
    return index


_BEFORE_INDEX = _index(BEFORE)
_AFTER_INDEX = _index(AFTER)


def _cues(words: list[str], index: dict[str, list[tuple[tuple[str, ...], str]]]) -> list[Cue]:
    found: list[Cue] = []
    taken = 0
    for position, word in enumerate(words):
        if position < taken or word not in index:
            continue
        for phrase, category in index[word]:
            end = position + len(phrase)
            if tuple(words[position:end]) == phrase:
                if category != _PSEUDO_CATEGORY:
                    found.append(Cue(position, end, category, " ".join(phrase)))
                taken = end
                break
    return found


def cropped(context: AssertionContext) -> AssertionContext:
    """The context itself, or the surroundings of its chunk where a "sentence" is a page without a full stop."""
    if len(context.sentence) <= _LONGEST:
        return context
    first = max(0, context.start - _LONGEST // 2)
    end = min(context.end, context.start + _LONGEST // 2)
    return AssertionContext(context.sentence[first : end + _LONGEST // 2], context.start - first, end - first)


def cut(sentence: str) -> Sentence:
    """The sentence's words and cues, shared by all chunks in it."""
    matches = list(_TOKEN.finditer(sentence))
    words = ["0" if match.group().isdigit() else match.group().lower().replace("’", "'") for match in matches]
    return Sentence(
        words,
        [match.start() for match in matches],
        [match.end() for match in matches],
        _cues(words, _BEFORE_INDEX),
        _cues(words, _AFTER_INDEX),
    )


def _chunk_tokens(sentence: Sentence, context: AssertionContext) -> tuple[int, int]:
    """Token range [first, last) of the chunk; empty where no token touches it."""
    first = bisect_right(sentence.ends, context.start)
    return first, max(first, bisect_left(sentence.starts, context.end))


def _in_scope(sentence: Sentence, first: int, last: int) -> Iterator[tuple[Cue, str, int]]:
    """Cues that reach the chunk: (cue, side, words between)."""
    words = sentence.words
    for cue in sentence.before:
        gap = first - cue.end
        if 0 <= gap <= _REACH[cue.category] and TERMINATORS.isdisjoint(words[cue.end : first]):
            yield cue, "before", gap
        elif cue.start >= first and cue.end <= last:
            yield cue, "inside", 0
    for cue in sentence.after:
        gap = cue.start - last
        if 0 <= gap <= _SCOPE and TERMINATORS.isdisjoint(words[last : cue.start]):
            yield cue, "after", gap


def rule_baseline(context: AssertionContext) -> str:
    """The status by triggers and scope alone, `present` where no trigger reaches the chunk (one of STATUSES)."""
    sentence = cut(context.sentence)
    first, last = _chunk_tokens(sentence, context)
    return _rule(_in_scope(sentence, first, last))


def _rule(cues: Iterator[tuple[Cue, str, int]] | list[tuple[Cue, str, int]]) -> str:
    reached = {cue.category for cue, side, gap in cues if side == "before" or (side == "after" and gap <= 5)}
    return next((category for category in _PRECEDENCE if category in reached), PRESENT)


def _distance(gap: int) -> str:
    return str(gap) if gap < 3 else "3-5" if gap < 6 else "6-9" if gap < 10 else "10+"


def _side_features(words: list[str], side: str) -> Iterator[str]:
    """words: nearest first."""
    previous = "^"
    for gap, word in enumerate(words[:_SCOPE]):
        if gap < _NEAR:
            yield f"{side}{_distance(gap)}={word}"
        yield f"{side}={word}"
        yield f"{side}2={previous} {word}"
        previous = word


def _heading(words: list[str], first: int) -> str:
    """The words of the heading, `past medical history`, that a colon before the chunk ends."""
    colon = next((i for i in range(first - 1, -1, -1) if words[i] == ":"), None)
    if colon is None:
        return ""
    start = colon
    while start > 0 and words[start - 1].isalpha() and colon - start < 4:
        start -= 1
    return " ".join(words[start:colon])


def features(context: AssertionContext, sentence: Sentence | None = None) -> set[str]:
    """Names of the features that the chunk has. sentence: `cut(context.sentence)` where the caller has it already."""
    sentence = cut(context.sentence) if sentence is None else sentence
    words = sentence.words
    first, last = _chunk_tokens(sentence, context)
    found = {"bias"}
    found.update(_side_features(words[max(0, first - _SCOPE) : first][::-1], "L"))
    found.update(_side_features(words[last : last + _SCOPE], "R"))
    inside = words[first : min(last, first + _SCOPE)]
    found.update(f"I={word}" for word in inside)
    found.update(f"I~{word[-4:]}" for word in inside if len(word) > 4)
    found.update(f"I2={one} {two}" for one, two in zip(inside, inside[1:], strict=False))
    found.update(f"S={word}" for word in words[max(0, first - _BAG) : last + _BAG])
    reaching = list(_in_scope(sentence, first, last))
    for cue, side, gap in reaching:
        found.add(f"C={cue.category} {side}")
        found.add(f"C={cue.category} {side} {_distance(gap)}")
        found.add(f"P={cue.phrase} {side}")
    found.add(f"rule={_rule(reaching)}")
    found.add("cues=" + "+".join(sorted({cue.category for cue, _, _ in reaching})))
    found.update(f"any={cue.category}" for cue in sentence.before if cue.end <= first)
    found.update(f"later={cue.category}" for cue in sentence.after if cue.start >= last)
    found.add(f"heading={_heading(words, first)}")
    found.add(f"place={min(first, 3)} {min(len(words) - last, 3)}")
    found.add(f"length={min(len(words) // 8, 5)}")
    if first == 0 and len(words) - last <= 1:
        found.add("whole")
        found.update(f"whole~{word[-4:]}" for word in inside)
    if words:
        found.add(f"opens={words[0]}")
        found.add(f"opens2={' '.join(words[:2])}")
    if context.sentence[context.start : context.end].isupper():
        found.add("upper")
    return found
