"""A generator of clinical-style English notes: the same seed gives the same notes, every name and sentence is our own.

The two splits share no sentence pattern, drug, problem, test or treatment, so that a model trained on the one and
measured on the other shows what it has learned and not what it remembers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

from demo.layouts import HEADINGS, KINDS, LAYOUTS, Section
from demo.measures import MEASURES
from demo.names import HELDOUT, NAMES, SPLITS, TRAIN, Names
from demo.patterns_classes import KIND_SENTENCES, URGENCY_SENTENCES
from demo.patterns_heldout import PATTERNS as HELDOUT_PATTERNS
from demo.patterns_train import PATTERNS as TRAIN_PATTERNS
from demo.words import LEADS, SENTENCES, TAILS, fill

POSOLOGY: Final = "posology"
CLINICAL: Final = "clinical"
DEMOGRAPHICS: Final = "demographics"
LAYERS: Final[dict[str, tuple[str, ...]]] = {
    POSOLOGY: ("DOSAGE", "DRUG", "DURATION", "FORM", "FREQUENCY", "ROUTE", "STRENGTH"),
    CLINICAL: ("PROBLEM", "TEST", "TREATMENT"),
    DEMOGRAPHICS: ("AGE", "OCCUPATION", "SEX"),
}
STATUSES: Final = ("absent", "hypothetical", "past", "possible", "present", "someone_else")
URGENCIES: Final = tuple(URGENCY_SENTENCES[TRAIN])
SHORTEST: Final = 400
LONGEST: Final = 1200
COMPOSED_SHARE: Final = 0.6

_PATTERNS: Final = {TRAIN: TRAIN_PATTERNS, HELDOUT: HELDOUT_PATTERNS}
_SCARCE: Final = ("test", "treatment", "treatment", "drug")
_LAYER_OF: Final = {label: layer for layer, labels in LAYERS.items() for label in labels}
_SLOT: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")
_PRONOUNS: Final = {
    "female": {"he": "she", "his": "her", "him": "her"},
    "male": {"he": "he", "his": "his", "him": "him"},
}


class Entity(NamedTuple):
    """start, end: code points in the note, half-open. status: assertion status, only of a PROBLEM."""

    start: int
    end: int
    label: str
    layer: str
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """kind: one of KINDS. urgency: one of URGENCIES. entities: by start; they never overlap."""

    text: str
    title: str
    kind: str
    urgency: str
    entities: tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class _Person:
    age: int
    sex: str

    def word(self, random: Random) -> str:
        if self.age < 16:
            return random.choice({"female": ("girl", "female"), "male": ("boy", "male")}[self.sex])
        return random.choice({"female": ("woman", "lady", "female"), "male": ("man", "gentleman", "male")}[self.sex])


class _Writer:
    """Collects a note's text and, with exact offsets, its entities."""

    def __init__(self, random: Random, names: Names) -> None:
        self._random = random
        self._names = names
        self._person = _Person(random.randint(6, 92), random.choice(("female", "male")))
        self.text = ""
        self.entities: list[Entity] = []

    def plain(self, words: str) -> None:
        self.text += words

    def pattern(self, pattern: str) -> None:
        """Write a pattern's words and values; the first letter of the sentence becomes a capital."""
        begin = len(self.text)
        position = 0
        for slot in _SLOT.finditer(pattern):
            self.text += pattern[position : slot.start()]
            position = slot.end()
            value = self._value(slot[1], slot[2])
            if len(self.text) == begin:
                value = value[0].upper() + value[1:]
            self._add(slot[1], slot[2], value)
            if value.endswith(".") and pattern[position : position + 1] == ".":
                position += 1
        self.text += pattern[position:]

    def _add(self, name: str, variant: str | None, value: str) -> None:
        start = len(self.text)
        self.text += value
        if name in _LAYER_OF:
            status = variant if name == "PROBLEM" else None
            self.entities.append(Entity(start, len(self.text), name, _LAYER_OF[name], status))

    def _value(self, name: str, variant: str | None) -> str:
        key = f"{name}:{variant}" if variant else name
        if key in MEASURES:
            return MEASURES[key](self._random)
        if name.lower() in _PRONOUNS["male"]:
            word = _PRONOUNS[self._person.sex][name.lower()]
            return word.capitalize() if name[0].isupper() else word
        if name == "AGE":
            return self._age(variant)
        if name == "SEX":
            return self._person.word(self._random)
        return self._name(name)

    def _age(self, variant: str | None) -> str:
        age = self._person.age
        if variant == "years":
            return str(age)
        if variant == "yo":
            return self._random.choice((f"{age}yo", f"{age} y/o", f"{age} yo"))
        return self._random.choice((f"{age}-year-old", f"{age} year old"))

    def _name(self, label: str) -> str:
        names, random = self._names, self._random
        common, composed = {
            "DRUG": (names.drugs, names.composed_drugs),
            "PROBLEM": (names.problems, names.composed_problems),
            "TEST": (names.tests, names.composed_tests),
            "TREATMENT": (names.treatments, names.composed_treatments),
            "OCCUPATION": (names.occupations, ()),
        }[label]
        return random.choice(composed if composed and random.random() < COMPOSED_SHARE else common)


def _sentences(random: Random, section: Section, split: str) -> list[str]:
    """Patterns for a section, in order, none twice."""
    patterns = _PATTERNS[split]
    chosen: list[str] = []
    for category, fewest, most in section.categories:
        pool = patterns[category]
        chosen += random.sample(pool, min(len(pool), random.randint(fewest, most)))
    return _loosened(random, chosen, section.lines) if split == TRAIN else chosen


def _varied(random: Random, sentence: str) -> str:
    """The pattern, sometimes with a clause of ordinary words before or after it."""
    draw = random.random()
    if draw < 0.3 and sentence.endswith("."):
        return f"{sentence[:-1]}{random.choice((' ', ', '))}{fill(random.choice(TAILS), random)}."
    if draw < 0.45:
        first = sentence.replace("{H", "{h", 1) if sentence.startswith("{H") else sentence[0].lower() + sentence[1:]
        return f"{fill(random.choice(LEADS), random)}, {first}"
    return sentence


def _loosened(random: Random, sentences: list[str], lines: bool) -> list[str]:
    """Patterns with ordinary words around and between them, some replaced by scarce ones; only for training."""
    loose = []
    for sentence in sentences:
        if not lines and random.random() < 0.4:
            sentence = random.choice(TRAIN_PATTERNS[random.choice(_SCARCE)])
        loose.append(sentence if lines else _varied(random, sentence))
        if random.random() < 0.35:
            loose.append(fill("<Noun> <adjective>" if lines else random.choice(SENTENCES), random))
    return loose


def _write_section(writer: _Writer, random: Random, heading: str, sentences: list[str], lines: bool) -> None:
    own_line = lines or random.random() < 0.6
    writer.plain(f"{heading}:" + ("\n" if own_line else " "))
    bullet = random.choice(("- ", "* ", "", "{}. ", "{}) ")) if lines else ""
    for number, sentence in enumerate(sentences, 1):
        writer.plain(bullet.format(number))
        writer.pattern(sentence)
        writer.plain("\n" if lines or number == len(sentences) else random.choice((" ", " ", " ", "\n")))
    writer.plain(random.choice(("", "\n")))


def _draft(random: Random, kind: str, urgency: str, split: str) -> _Writer:
    writer = _Writer(random, NAMES[split])
    if random.random() < 0.5:
        writer.plain(random.choice((kind.upper(), kind.capitalize())) + "\n\n")
    about_kind = random.sample(KIND_SENTENCES[split][kind], 3)
    about_urgency = random.sample(URGENCY_SENTENCES[split][urgency], 3)
    sections = list(LAYOUTS[kind])
    while len(sections) > 4:
        sections.pop(random.randrange(1, len(sections) - 1))
    for number, section in enumerate(sections):
        sentences = _sentences(random, section, split)
        if number == 0:
            sentences = about_kind[:1] + sentences + about_urgency[:1]
        if number == len(sections) - 1:
            sentences = sentences + about_urgency[1:] + about_kind[1:]
        _write_section(writer, random, random.choice(HEADINGS[split][section.heading]), sentences, section.lines)
    return writer


def _drafts(random: Random, kind: str, urgency: str, split: str) -> Iterator[_Writer]:
    while True:
        yield _draft(random, kind, urgency, split)


def generate(count: int, seed: int, split: str) -> list[Note]:
    """`count` notes with different texts of SHORTEST to LONGEST code points, kinds and urgencies in equal shares.

    split: TRAIN or HELDOUT. The same arguments always give the same notes, on any machine. Raises ValueError for an
    unknown split.
    """
    if split not in SPLITS:
        raise ValueError(f"There is no split {split!r}; take one of {', '.join(SPLITS)}.")
    random = Random(f"{split} {seed}")
    notes: dict[str, Note] = {}
    while len(notes) < count:
        number = len(notes)
        kind = KINDS[number % len(KINDS)]
        urgency = random.choice(URGENCIES)
        writer = next(
            draft
            for draft in _drafts(random, kind, urgency, split)
            if SHORTEST <= len(draft.text.rstrip()) <= LONGEST and draft.text.rstrip() not in notes
        )
        text = writer.text.rstrip()
        notes[text] = Note(text, f"{kind.capitalize()} {number + 1}", kind, urgency, tuple(writer.entities))
    return list(notes.values())
