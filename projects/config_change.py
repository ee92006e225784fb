"""What changes from one Labeling Config to the next: names that go and come, models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from projects.labeling_config import Choice, ChoicesControl, Label, LabelingConfig, LabelsControl

LABELS, CHOICES, RELATION = "labels", "choices", "relation"
# No types of regions: all choices of a control, where it takes one instead of several; or where it asks about each
# region instead of the text, or the other way round.
ANSWERS, FORM = "answers", "form"
WORD_OF = {LABELS: "label", CHOICES: "choice", RELATION: "relation"}

Path = tuple[str, ...]
"""Names of a choice and of those that it stands in, the outermost first."""


@dataclass(frozen=True)
class LabelKey:
    """A name that results carry. kind: type of the regions that do. control: "" for relations, which name none.

    Of kind ANSWERS or FORM: any answers of a control, name is "".
    """

    kind: str
    control: str
    name: str

    def __str__(self) -> str:
        if self.kind in (ANSWERS, FORM):
            return f'control "{self.control}"'
        where = f' of "{self.control}"' if self.control else ""
        return f'{WORD_OF[self.kind]} "{self.name}"{where}'


@dataclass(frozen=True)
class Change:
    """From one Labeling Config to the next. The names that results of either may carry are in document order."""

    before: LabelingConfig
    after: LabelingConfig

    @cached_property
    def old(self) -> dict[LabelKey, None]:
        return keys(self.before)

    @cached_property
    def new(self) -> dict[LabelKey, None]:
        return keys(self.after)

    @cached_property
    def old_statuses(self) -> frozenset[LabelKey]:
        return status_keys(self.before)

    @cached_property
    def new_statuses(self) -> frozenset[LabelKey]:
        return status_keys(self.after)


def keys(config: LabelingConfig) -> dict[LabelKey, None]:
    """Every name that results of this config may carry, in document order."""
    found = [
        LabelKey(_kind(control), control.name, item.name) for control in config.controls for item in _items(control)
    ]
    relations = config.relations.relations if config.relations else ()
    found.extend(LabelKey(RELATION, "", relation.value) for relation in relations)
    return dict.fromkeys(found)


def status_keys(config: LabelingConfig) -> frozenset[LabelKey]:
    """Labels that say something about another region."""
    return frozenset(
        LabelKey(LABELS, control.name, label.name)
        for control in config.labels_controls
        for label in control.labels
        if label.assertion
    )


def removed_keys(change: Change) -> tuple[LabelKey, ...]:
    """Names whose regions can't stay as they are: no longer there, or a label that turned into a status or from one."""
    turned = change.old_statuses ^ change.new_statuses
    return tuple(key for key in change.old if key not in change.new or key in turned)


def fate(key: LabelKey, change: Change) -> str:
    """What became of a removed name, or of a control whose answers can't stay as they are, in words that follow it."""
    if key.kind == FORM:
        now, before = "for each region", "for the whole text"
        now, before = (now, before) if turned(change)[key] else (before, now)
        return f"is answered {now} now, before {before}"
    if key.kind == ANSWERS:
        if isinstance(change.after.control(key.control), ChoicesControl):
            return "takes one answer now, before several"
        return "took several answers, and what its choices become takes one"
    if key not in change.new:
        return "is gone"
    return "is an assertion status now" if key in change.new_statuses else "is no assertion status any more"


def narrowed(change: Change, renames: Mapping[LabelKey, LabelKey] | None = None) -> dict[LabelKey, list[str]]:
    """Controls that took several answers, each with the controls that take one and have its answers now: itself, and
    those that its choices are renamed into."""
    takers = {control.name: {control.name} for control in change.before.choices_controls if control.multiple}
    for key, target in (renames or {}).items():
        if key.kind == CHOICES and key.control in takers:
            takers[key.control].add(target.control)
    single = {control.name for control in change.after.choices_controls if not control.multiple}
    return {LabelKey(ANSWERS, name, ""): sorted(into & single) for name, into in takers.items() if into & single}


def turned(change: Change) -> dict[LabelKey, bool]:
    """Controls that were answered for the whole text and are answered for each region now, or the other way round, each
    with whether it is for each region now."""
    before = {control.name: control.per_region for control in change.before.choices_controls}
    return {
        LabelKey(FORM, control.name, ""): control.per_region
        for control in change.after.choices_controls
        if before.get(control.name, control.per_region) is not control.per_region
    }


def targets(key: LabelKey, change: Change) -> tuple[LabelKey, ...]:
    """What a removed name may become. The likeliest first: the same name in another control, or the label that only got
    an alias."""
    offered = [other for other in change.new if may_become(key, other, change)]
    return tuple(sorted(offered, key=lambda other: not _is_likely(key, other, change.after)))


def may_become(key: LabelKey, other: LabelKey, change: Change) -> bool:
    """Whether a removed name may be renamed so: to a name of its own control, or one that is new in another control. A
    choice enters new controls only, that ask about the same: in another, its text or region may have an answer already.
    """
    if other.kind != key.kind or other not in change.new:
        return False
    if (key in change.old_statuses) is not (other in change.new_statuses):
        return False
    if other.control == key.control:
        return True
    is_taken = other in change.old or (key.kind == CHOICES and change.before.control(other.control) is not None)
    return (
        not is_taken and _asks_the_same(key, other, change) and _takes_as_many(other.control, key.control, change.after)
    )


def _asks_the_same(key: LabelKey, other: LabelKey, change: Change) -> bool:
    here, there = change.before.control(key.control), change.after.control(other.control)
    both = isinstance(here, ChoicesControl) and isinstance(there, ChoicesControl)
    return not both or here.per_region is there.per_region


def _takes_as_many(control: str, kept: str, config: LabelingConfig) -> bool:
    """Whether answers that leave a kept control all fit into another; those of one that is gone are asked about."""
    there, here = config.control(control), config.control(kept)
    is_narrower = isinstance(here, ChoicesControl) and isinstance(there, ChoicesControl) and not there.multiple
    return not is_narrower or not here.multiple


def proposal(key: LabelKey, change: Change) -> LabelKey | None:
    """The one target that means the same beyond doubt."""
    return next((other for other in targets(key, change) if _is_likely(key, other, change.after)), None)


def _is_likely(key: LabelKey, other: LabelKey, after: LabelingConfig) -> bool:
    item = after.label(other.control, other.name)
    return key.name == other.name or (item is not None and item.value == key.name)


def moves(change: Change, renames: Mapping[LabelKey, LabelKey] | None = None) -> dict[str, dict[str, list[str]]]:
    """By control and name, where each choice of a control stands now, for controls that have choices inside others and
    of which some stand elsewhere or are gone: what was imported may name any way there. Of the renamed ones, where what
    they become stands, with their own name at the end."""
    now = _paths(change.after)
    found: dict[str, dict[str, list[str]]] = {}
    touched, nested = set(), set()
    for key, path in _paths(change.before).items():
        became = now.get((renames or {}).get(key, key))
        outer = path[:-1] if became is None else became[:-1]
        found.setdefault(key.control, {})[key.name] = [*outer, key.name]
        if became is None or outer != path[:-1]:
            touched.add(key.control)
        if path[:-1] or outer:
            nested.add(key.control)
    return {control: paths for control, paths in found.items() if control in touched & nested}


def _paths(config: LabelingConfig) -> dict[LabelKey, Path]:
    return {
        LabelKey(CHOICES, control.name, choice.name): choice.path
        for control in config.choices_controls
        for choice in control.choices
    }


def retold(change: Change) -> dict[str, list[str]]:
    """Controls that stay and are no longer about a text of before, as where a Text has another name, each with the
    texts that its regions may be about. All show the same text, so places stay right."""
    found = {}
    for control in change.after.controls:
        old, now = change.before.control(control.name), change.after.shown_texts(control)
        if old and now and not set(change.before.shown_texts(old)) <= set(now):
            found[control.name] = now
    return found


def in_words(change: Change) -> list[str]:
    """One sentence for each thing that a reader of the diff might miss."""
    before, after = change.before, change.after
    said = []
    for verb, these, others in (("Removed", change.old, change.new), ("Added", change.new, change.old)):
        gone = [str(key) for key in these if key not in others]
        if gone:
            said.append(f"{verb}: {', '.join(gone)}.")
    said.extend(f"The {key} {fate(key, change)}." for key in removed_keys(change) if key in change.new)
    said.extend(f"The {key} {fate(key, change)}." for key in (*narrowed(change), *turned(change)))
    said.extend(
        f'The control "{control.name}" takes several answers now, before one.'
        for control in after.choices_controls
        if control.multiple and control.name in {one.name for one in before.choices_controls if not one.multiple}
    )
    followed = [*moves_in_words(change), *retold_in_words(change)]
    said.extend(f"{words[0].upper()}{words[1:]}, in completions and predictions too." for words in followed)
    said.extend(_models_in_words(before, after))
    if before.text_field != after.text_field:
        said.append(f'The text is now read from the field "{after.text_field}", before "{before.text_field}".')
    return said or ["No label, choice, relation or model changes."]


def moves_in_words(change: Change) -> Iterator[str]:
    """For each choice that stands elsewhere now, or for all that moved together, where from and where to."""
    old = _paths(change.before)
    together: dict[tuple[str, Path, Path], list[tuple[LabelKey, Path]]] = {}
    for control, paths in moves(change).items():
        for name, path in paths.items():
            key = LabelKey(CHOICES, control, name)
            if old[key] == tuple(path):
                continue
            together.setdefault((control, *_heads(old[key], tuple(path))), []).append((key, tuple(path)))
    for (control, before, after), moved in together.items():
        if len(moved) == 1:
            ((key, path),) = moved
            yield f"the {key} moves from {_place(old[key])} to {_place(path)}"
        else:
            yield f'{len(moved):,} choices of "{control}" move from {_place(before)} to {_place(after)}'


def retold_in_words(change: Change) -> Iterator[str]:
    for name, texts in retold(change).items():
        yield f'the regions of "{name}" are about the text "{texts[0]}" now'


def _heads(before: Path, after: Path) -> tuple[Path, Path]:
    """Both without the end that they have in common."""
    while before and after and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    return before, after


def _place(path: Path) -> str:
    return f'"{" / ".join(path)}"' if path else "the top"


def _models_in_words(before: LabelingConfig, after: LabelingConfig) -> Iterator[str]:
    old, new = ({(ask.control, ask.label): ask.model for ask in config.asks} for config in (before, after))
    for verb, these, others in (("No longer asked", before, after), ("Newly asked", after, before)):
        models = [name for name in these.model_names if name not in others.model_names]
        if models:
            yield f"{verb}: model{'s' if len(models) > 1 else ''} {', '.join(models)}."
    for (control, label), model in new.items():
        earlier = old.get((control, label), model)
        if earlier != model:
            yield f'"{label}" of "{control}" comes from {model}, before from {earlier}.'


def _kind(control: LabelsControl | ChoicesControl) -> str:
    return LABELS if isinstance(control, LabelsControl) else CHOICES


def _items(control: LabelsControl | ChoicesControl) -> tuple[Label, ...] | tuple[Choice, ...]:
    return control.choices if isinstance(control, ChoicesControl) else control.labels
