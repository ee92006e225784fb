"""A saved Labeling Config in the words of the activity log: numbers and decisions, the names are in the config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from projects.config_change import ANSWERS, FORM, Change, LabelKey
from projects.label_use import Decision
from projects.stored_results import number_of


def log_words(change: Change, decisions: Mapping[LabelKey, Decision], changed: int) -> str:
    """What came and went. decisions: those that were carried out. changed: tasks whose regions changed with it."""
    said = [*_numbers(change), *(_decided(key, decision) for key, decision in decisions.items())]
    if changed:
        said.append(f"regions changed on {number_of(changed, 'task')}")
    return "; ".join(said) or "no label, choice, relation or model was added or removed"


def _numbers(change: Change) -> Iterator[str]:
    for word, before, after in (
        ("name", set(change.old), set(change.new)),
        ("model", set(change.before.model_names), set(change.after.model_names)),
    ):
        for verb, count in (("added", len(after - before)), ("removed", len(before - after))):
            if count:
                yield f"{number_of(count, word)} {verb}"


def _decided(key: LabelKey, decision: Decision) -> str:
    if key.kind == ANSWERS:
        return f"only the first answer of {key} kept"
    regions = f", {number_of(decision.counted[0], 'region')}" if decision.counted else ""
    if key.kind == FORM:
        return f"earlier answers of {key} taken away{regions}"
    return f"{key} renamed to {decision.target.name}{regions}" if decision.target else f"{key} taken away{regions}"
