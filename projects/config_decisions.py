"""What stands in the way of the next Labeling Config, what was decided about it, and how that is carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from projects.choice_answers import asked_otherwise, keep_first, move, remove_asked_otherwise, several
from projects.config_change import (
    ANSWERS,
    FORM,
    Change,
    LabelKey,
    may_become,
    moves,
    narrowed,
    removed_keys,
    retold,
    turned,
)
from projects.followed_texts import retell
from projects.label_use import Decision, carry_out, uses
from projects.search_index import refresh_marks
from projects.stored_results import Use

Decisions = Mapping[LabelKey, Decision]


@dataclass(frozen=True)
class Standing:
    """used: what completions or predictions carry and the next config would no longer have, or take. decisions: those
    about what is used, in the numbers of now, that lead to something possible."""

    used: dict[LabelKey, Use]
    decisions: dict[LabelKey, Decision]

    @property
    def undecided(self) -> dict[LabelKey, Use]:
        """What can't stay so in completions; predictions stand in nobody's way."""
        return {key: use for key, use in self.used.items() if use.regions and key not in self.decisions}

    @property
    def renames(self) -> dict[LabelKey, LabelKey]:
        return {key: decision.target for key, decision in self.decisions.items() if decision.target}


def standing(project_id: int, change: Change, decisions: Decisions) -> Standing:
    """Which decisions count, and what is left to decide."""
    names = uses(project_id, removed_keys(change))
    of_names = Standing(names, _counting(decisions, names, change))
    # Only what is renamed into it comes into a control that takes one answer.
    answers = several(project_id, narrowed(change, of_names.renames))
    answers |= asked_otherwise(project_id, turned(change))
    return Standing(names | answers, of_names.decisions | _counting(decisions, answers, change))


def _counting(decisions: Decisions, used: Mapping[LabelKey, Use], change: Change) -> dict[LabelKey, Decision]:
    return {
        key: decision
        for key, decision in decisions.items()
        if key in used
        and decision.counted in (None, used[key].counted)
        and (decision.target is None or may_become(key, decision.target, change))
    }


def adapt(project_id: int, change: Change, decided: Standing) -> set[int]:
    """Make the project's results fit the next config. Returns the ids of the tasks whose regions changed."""
    # Before anything is removed: what moved no longer hangs on what it stood under.
    changed = move(project_id, moves(change, decided.renames))
    names = {key: decision for key, decision in decided.decisions.items() if key.kind not in (ANSWERS, FORM)}
    changed |= carry_out(project_id, names, change)
    changed |= retell(project_id, retold(change))
    # Last: some answers are gone by now, or in another control.
    asked = {key: per_region for key, per_region in turned(change).items() if key in decided.decisions}
    changed |= remove_asked_otherwise(project_id, asked)
    takers = narrowed(change, decided.renames)
    changed |= keep_first(project_id, [taker for key in takers if key in decided.decisions for taker in takers[key]])
    refresh_marks(sorted(changed))
    return changed
