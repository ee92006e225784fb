"""What changes from one Labeling Config to the next: names that go and come, models, lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from projects.labeling_config import Choice, ChoicesControl, Label, LabelingConfig, LabelsControl

LABELS, CHOICES, RELATION = "labels", "choices", "relation"
# No type of regions: all choices of a control, where it takes one instead of several.
ANSWERS = "answers"
WORD_OF = {LABELS: "label", CHOICES: "choice", RELATION: "relation"}
CONTEXT_LINES = 2
# Beyond this the comparison itself would hold up the page.
MOST_LINES_COMPARED = 2_000


@dataclass(frozen=True)
class LabelKey:
    """A name that results carry. kind: type of the regions that do. control: "" for relations, which name none.

    Of kind ANSWERS: any answers of a control, name is "".
    """

    kind: str
    control: str
    name: str

    def __str__(self) -> str:
        if self.kind == ANSWERS:
            return f'control "{self.control}"'
        where = f' of "{self.control}"' if self.control else ""
        return f'{WORD_OF[self.kind]} "{self.name}"{where}'


@dataclass(frozen=True)
class DiffLine:
    """sign: "+", "-", " ", or "…" where equal lines are left out. numbers: from 1, None on the side that lacks it."""

    sign: str
    text: str
    old_number: int | None = None
    new_number: int | None = None

    @property
    def word(self) -> str:
        return {"+": "added", "-": "removed"}.get(self.sign, "")


def keys(config: LabelingConfig) -> tuple[LabelKey, ...]:
    """Every name that results of this config may carry, in document order."""
    found = [
        LabelKey(_kind(control), control.name, item.name) for control in config.controls for item in _items(control)
    ]
    relations = config.relations.relations if config.relations else ()
    found.extend(LabelKey(RELATION, "", relation.value) for relation in relations)
    return tuple(dict.fromkeys(found))


def removed_keys(before: LabelingConfig, after: LabelingConfig) -> tuple[LabelKey, ...]:
    """Names whose regions can't stay as they are: no longer there, or a label that turned into a status or from one."""
    kept = set(keys(after)) - (set(status_keys(before)) ^ set(status_keys(after)))
    return tuple(key for key in keys(before) if key not in kept)


def fate(key: LabelKey, after: LabelingConfig) -> str:
    """What became of a removed or narrowed name, in words that follow it."""
    if key.kind == ANSWERS:
        return "takes one answer now, before several"
    if key not in keys(after):
        return "is gone"
    return "is an assertion status now" if key in status_keys(after) else "is no assertion status any more"


def narrowed(before: LabelingConfig, after: LabelingConfig) -> dict[LabelKey, list[str]]:
    """Controls that took several answers and now take one, each with the controls that have its answers then: itself,
    or where it is gone, new ones."""
    known = {control.name for control in before.controls}
    single = [control.name for control in after.choices_controls if not control.multiple]
    found = {}
    for control in before.choices_controls:
        is_there = after.control(control.name) is not None
        takers = [name for name in single if (name == control.name if is_there else name not in known)]
        if control.multiple and takers:
            found[LabelKey(ANSWERS, control.name, "")] = takers
    return found


def status_keys(config: LabelingConfig) -> tuple[LabelKey, ...]:
    """Labels that say something about another region."""
    return tuple(
        LabelKey(LABELS, control.name, label.name)
        for control in config.labels_controls
        for label in control.labels
        if label.assertion
    )


def targets(key: LabelKey, before: LabelingConfig, after: LabelingConfig) -> tuple[LabelKey, ...]:
    """What a removed name may become: names of its own control, or names that are new in another one. A choice enters
    new controls only: in another, its text or region may have an answer already.
    The likeliest first: the same name in another control, or the label that only got an alias."""
    of_kind = [other for other in keys(after) if other.kind == key.kind]
    if key.kind == RELATION:
        return tuple(of_kind)
    known, statuses, is_status = set(keys(before)), set(status_keys(after)), key in status_keys(before)
    alike = [other for other in of_kind if (other in statuses) is is_status]
    controls = {control.name for control in before.controls} if key.kind == CHOICES else set()
    offered = [
        other
        for other in alike
        if other.control == key.control
        or (other not in known and other.control not in controls and _takes_as_many(other.control, key.control, after))
    ]
    return tuple(sorted(offered, key=lambda other: not _is_likely(key, other, after)))


def _takes_as_many(control: str, kept: str, config: LabelingConfig) -> bool:
    """Whether answers that leave a kept control all fit into another; those of one that is gone are asked about."""
    there, here = config.control(control), config.control(kept)
    is_narrower = isinstance(here, ChoicesControl) and isinstance(there, ChoicesControl) and not there.multiple
    return not is_narrower or not here.multiple


def proposal(key: LabelKey, before: LabelingConfig, after: LabelingConfig) -> LabelKey | None:
    """The one target that means the same beyond doubt."""
    return next((other for other in targets(key, before, after) if _is_likely(key, other, after)), None)


def moves(
    before: LabelingConfig, after: LabelingConfig, renames: Mapping[LabelKey, LabelKey] | None = None
) -> dict[str, dict[str, list[str]]]:
    """By control and name, the path of every choice that stays and stands elsewhere now, and of the renamed ones: that
    of what they become, with their own name at its end."""
    found: dict[str, dict[str, list[str]]] = {}
    for control in before.choices_controls:
        for choice in control.choices:
            key = LabelKey(CHOICES, control.name, choice.name)
            path = _path((renames or {}).get(key, key), after)
            if path and path[:-1] != choice.path[:-1]:
                found.setdefault(control.name, {})[choice.name] = [*path[:-1], choice.name]
    return found


def _path(key: LabelKey, config: LabelingConfig) -> tuple[str, ...]:
    """Empty where the config has no such choice."""
    control = config.control(key.control)
    choices = control.choices if isinstance(control, ChoicesControl) else ()
    return next((choice.path for choice in choices if choice.name == key.name), ())


def _is_likely(key: LabelKey, other: LabelKey, after: LabelingConfig) -> bool:
    item = after.label(other.control, other.name)
    return key.name == other.name or (item is not None and item.value == key.name)


def in_words(before: LabelingConfig | None, after: LabelingConfig) -> list[str]:
    """One sentence for each thing that a reader of the diff might miss."""
    if before is None:
        return ["The stored config could not be read; this one replaces it."]
    said = []
    old, new = keys(before), keys(after)
    for verb, these, others in (("Removed", old, new), ("Added", new, old)):
        gone = [str(key) for key in these if key not in set(others)]
        if gone:
            said.append(f"{verb}: {', '.join(gone)}.")
    kept = set(new)
    said.extend(f"The {key} {fate(key, after)}." for key in removed_keys(before, after) if key in kept)
    said.extend(f"The {key} {fate(key, after)}." for key in narrowed(before, after))
    said.extend(
        f'The control "{control.name}" takes several answers now, before one.'
        for control in after.choices_controls
        if control.multiple and control.name in {one.name for one in before.choices_controls if not one.multiple}
    )
    said.extend(_moves_in_words(before, after))
    said.extend(_models_in_words(before, after))
    if before.text_field != after.text_field:
        said.append(f'The text is now read from the field "{after.text_field}", before "{before.text_field}".')
    gone = [name for name in before.text_names if name not in after.text_names]
    if gone:
        said.append(
            f'Regions made so far are about the text "{gone[0]}", which no longer has that name. Keep the name.'
        )
    return said or ["No label, choice, relation or model changes."]


def _moves_in_words(before: LabelingConfig, after: LabelingConfig) -> Iterator[str]:
    for control, paths in moves(before, after).items():
        for name, path in paths.items():
            key = LabelKey(CHOICES, control, name)
            old, new = (" / ".join(names) for names in (_path(key, before), path))
            yield f'The {key} moves from "{old}" to "{new}", in completions and predictions too.'


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


def line_diff(old: str, new: str) -> list[DiffLine]:
    """Lines that differ, with a little of what stands around them."""
    before, after = old.splitlines(), new.splitlines()
    if max(len(before), len(after)) > MOST_LINES_COMPARED:
        return [DiffLine("…", f"Too long to compare line by line: {len(before):,} lines before, {len(after):,} now.")]
    lines: list[DiffLine] = []
    shown_to = 0
    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT_LINES):
        if group[0][1] > shown_to:
            lines.append(DiffLine("…", ""))
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                lines.extend(DiffLine(" ", before[at], at + 1, new_start + at - start + 1) for at in range(start, end))
                continue
            lines.extend(DiffLine("-", before[at], at + 1) for at in range(start, end))
            lines.extend(DiffLine("+", after[at], None, at + 1) for at in range(new_start, new_end))
        shown_to = group[-1][2]
    return [*lines, DiffLine("…", "")] if lines and shown_to < len(before) else lines


def _kind(control: LabelsControl | ChoicesControl) -> str:
    return LABELS if isinstance(control, LabelsControl) else CHOICES


def _items(control: LabelsControl | ChoicesControl) -> tuple[Label, ...] | tuple[Choice, ...]:
    return control.choices if isinstance(control, ChoicesControl) else control.labels
