"""What is asked before a config replaces another one that people or models have already worked with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from projects.choice_answers import standing_elsewhere
from projects.config_change import (
    ANSWERS,
    FORM,
    RELATION,
    Change,
    LabelKey,
    fate,
    in_words,
    moves,
    proposal,
    retold,
    targets,
)
from projects.config_decisions import standing
from projects.followed_texts import about_another
from projects.label_use import Decision
from projects.line_diff import DiffLine, line_diff
from projects.models import Project
from projects.stored_results import Use, number_of

FIELD = "decision "


@dataclass(frozen=True)
class Option:
    value: str
    words: str
    selected: bool


@dataclass(frozen=True)
class Question:
    """What becomes of one name, or of answers that their control no longer takes. reason: a sentence or two. required:
    completions use it; otherwise only predictions do."""

    key: LabelKey
    reason: str
    use: Use
    field: str
    options: tuple[Option, ...]

    @property
    def required(self) -> bool:
        return self.use.regions > 0

    @property
    def is_of_answers(self) -> bool:
        return self.key.kind == ANSWERS


@dataclass(frozen=True)
class Confirmation:
    """token: stands for the text that was shown; another text has to be shown first.

    followed: what is changed unasked: answers whose choice stands elsewhere, regions whose text has another name.
    asked_again: what was decided no longer fits what is there.
    """

    token: str
    sentences: list[str]
    diff: list[DiffLine]
    questions: list[Question]
    followed: tuple[Use, ...]
    asked_again: bool

    @property
    def seconds(self) -> int:
        """How long saving takes, about, where every name is renamed: all of them at once."""
        names = max((one.use.seconds for one in self.questions if not one.is_of_answers), default=0.0)
        answers = sum(one.use.seconds for one in self.questions if one.is_of_answers)
        return round(names + answers + sum(use.seconds for use in self.followed))


def is_needed(project: Project, xml: str) -> bool:
    """Whether the change is worth a look: it is one, and completions or predictions exist."""
    return xml != project.labeling_config and project.tasks.have_results()


def token(xml: str) -> str:
    return sha256(xml.encode()).hexdigest()


def confirmation(
    project: Project, xml: str, decisions: Mapping[LabelKey, Decision], asked_again: bool = False
) -> Confirmation:
    """xml: a config without problems. decisions: taken so far; they stay chosen where they still fit."""
    change = project.change_to(xml)
    diff = line_diff(project.labeling_config, xml)
    if change is None:
        sentences = ["The stored config could not be read; this one replaces it."]
        return Confirmation(token(xml), sentences, diff, [], (), asked_again)
    used = standing(project.pk, change, decisions).used
    questions = [
        Question(
            key,
            _reason(key, change),
            use,
            field_of(key),
            tuple(_options(key, use, change, decisions.get(key))),
        )
        for key, use in used.items()
    ]
    followed = standing_elsewhere(project.pk, moves(change)), about_another(project.pk, retold(change))
    return Confirmation(token(xml), in_words(change), diff, questions, followed, asked_again)


def _reason(key: LabelKey, change: Change) -> str:
    way_out = " To keep its answers, leave perRegion as it was." if key.kind == FORM else ""
    return f"The {key} {fate(key, change)}.{way_out}"


def _options(key: LabelKey, use: Use, change: Change, decided: Decision | None) -> Iterator[Option]:
    proposed = proposal(key, change)
    for target in targets(key, change):
        chosen = target == (decided.target if decided else proposed)
        where = "" if key.kind == RELATION or target.control == key.control else f' of "{target.control}"'
        yield Option(_value(target, use), f'Rename to "{target.name}"{where}', chosen)
    if key.kind == ANSWERS:
        yield Option(
            _value(None, use), f"Keep the first answer of {_kept_in(use)}", decided == Decision(None, use.counted)
        )
    elif use.regions:
        # Never chosen again by itself once the numbers changed: it would remove more than was agreed to.
        chosen = decided == Decision(None, use.counted)
        yield Option(_value(None, use), f"Remove {use}", chosen)


def _kept_in(use: Use) -> str:
    counted = ((use.completions, "completion"), (use.predictions, "prediction"))
    return " and ".join(number_of(count, word) for count, word in counted if count)


def field_of(key: LabelKey) -> str:
    """The name of the form's field that decides about this name."""
    return FIELD + json.dumps([key.kind, key.control, key.name])


def _value(target: LabelKey | None, use: Use) -> str:
    return json.dumps([target and [target.control, target.name], use.counted])


def decisions_in(fields: Mapping[str, str]) -> dict[LabelKey, Decision]:
    """The decisions of a sent form; what can't be read as one decides nothing."""
    found = {}
    for name, value in fields.items():
        if not name.startswith(FIELD) or not value:
            continue
        try:
            kind, control, label = json.loads(name.removeprefix(FIELD))
            target, counted = json.loads(value)
            renamed = LabelKey(str(kind), *map(str, target)) if target else None
            found[LabelKey(str(kind), str(control), str(label))] = Decision(renamed, tuple(map(int, counted)))
        except (ValueError, TypeError):
            continue
    return found
