"""What one tag alone can't tell: names, keys and models across a config."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from projects.labeling_config.hotkeys import RESERVED_HOTKEYS
from projects.labeling_config.values import (
    Choice,
    ChoicesControl,
    ConfigProblem,
    Header,
    Label,
    LabelingConfig,
    LabelsControl,
    Relation,
)

NOT_OBJECTS = ("Labels", "Choices", "Relations")
Control = LabelsControl | ChoicesControl
Item = Label | Choice


@dataclass(frozen=True)
class NamedTag:
    """An element with a name, supported or not."""

    tag: str
    name: str
    line: int

    def __str__(self) -> str:
        return f'<{self.tag} name="{self.name}">'


def problems(config: LabelingConfig, named: Sequence[NamedTag]) -> list[ConfigProblem]:
    """All problems of a config whose tags were read one by one. named: every element that has a name."""
    found = [*_texts(config), *_names(named), *_hotkeys(config)]
    # Where a name is taken twice, what is pointed to is meant to be the text.
    targets = {tag.name: tag for tag in sorted(named, key=lambda tag: tag.tag not in NOT_OBJECTS)}
    for control in config.controls:
        found.extend(_targets(control, targets))
        found.extend(_duplicates(control))
        found.extend(_models(control))
        found.extend(_unread(control, config, targets))
    found.extend(_relations(config))
    return found


def offered(config: LabelingConfig, named: Sequence[NamedTag]) -> LabelingConfig:
    """Without the controls that are only about tags which are not supported yet, and their headers: no answer of theirs
    could be kept. A notice tells of each. named: every element that has a name."""
    objects = {tag.name: tag for tag in named if tag.tag not in (*NOT_OBJECTS, "Text")}
    left_out = [
        control
        for control in config.controls
        if control.to_names and objects.keys() >= set(control.to_names) and not _asks_a_model(control)
    ]
    notices = [
        ConfigProblem(
            f"{_called(control)} is only about {', '.join(str(objects[name]) for name in control.to_names)}, not "
            "supported yet. It is kept, but not offered.",
            control.line,
        )
        for control in left_out
    ]
    return replace(
        config,
        controls=tuple(control for control in config.controls if control not in left_out),
        not_offered=tuple(control.name for control in left_out),
        unsupported=tuple(sorted((*config.unsupported, *notices), key=lambda notice: notice.line or 0)),
        blocks=tuple(
            block
            for block, following in zip_longest(config.blocks, config.blocks[1:])
            if block not in left_out and not (isinstance(block, Header) and following in left_out)
        ),
    )


def as_seen(word: str) -> str:
    """What people see of a name: no blanks around it, and nothing that takes no room, such as U+200B."""
    return "".join(character for character in word if unicodedata.category(character) != "Cf").strip()


def _called(control: Control) -> str:
    tag = "Labels" if isinstance(control, LabelsControl) else "Choices"
    return f'<{tag} name="{control.name}">' if control.name else f"<{tag}>"


def _kind(item: Item) -> str:
    return "Label" if isinstance(item, Label) else "Choice"


def _items(control: Control) -> Sequence[Item]:
    return control.labels if isinstance(control, LabelsControl) else control.choices


def _texts(config: LabelingConfig) -> Iterator[ConfigProblem]:
    if not config.texts:
        yield ConfigProblem('There is no text to label. Add <Text name="text" value="$text"/>.', 1)
    for text in config.texts[1:]:
        if text.field and text.field != config.text_field:
            first = config.texts[0]
            yield ConfigProblem(
                f'<Text name="{text.name}"> shows the field "{text.field}", but a task has one text: the field '
                f'"{config.text_field}" of <Text name="{first.name}">, line {first.line}. Remove one of the two.',
                text.line,
            )


def _names(named: Sequence[NamedTag]) -> Iterator[ConfigProblem]:
    first: dict[str, NamedTag] = {}
    for tag in named:
        earlier = first.setdefault(tag.name, tag)
        if earlier is not tag:
            yield ConfigProblem(
                f'The name "{tag.name}" is taken by {earlier} of line {earlier.line}. Give this <{tag.tag}> another.',
                tag.line,
            )


def _targets(control: Control, targets: dict[str, NamedTag]) -> Iterator[ConfigProblem]:
    texts = [tag.name for tag in targets.values() if tag.tag == "Text"]
    advice = f'Write toName="{texts[0]}".' if texts else 'Add <Text name="text" value="$text"/> and point to it.'
    for name in control.to_names:
        target = targets.get(name)
        if target is None:
            yield ConfigProblem(
                f'{_called(control)} points to "{name}", but nothing here has that name. {advice}', control.line
            )
        elif target.tag in NOT_OBJECTS:
            yield ConfigProblem(f"{_called(control)} points to {target}, which is not a text. {advice}", control.line)


def _duplicates(control: Control) -> Iterator[ConfigProblem]:
    """Results name a label by its alias or its value: whatever either word means must be one label."""
    owner: dict[str, Item] = {}
    for item in _items(control):
        for word in dict.fromkeys((item.value, item.name)):
            earlier = owner.setdefault(as_seen(word), item)
            if earlier is not item:
                same = word in (earlier.value, earlier.name)
                how = "is there already" if same else "looks like one that is there already"
                yield ConfigProblem(
                    f'{_kind(item)} "{word}" of {_called(control)} {how}, in line {earlier.line}. Remove or rename one '
                    "of the two.",
                    item.line,
                )
                break


def _relations(config: LabelingConfig) -> Iterator[ConfigProblem]:
    names = {word for control in config.labels_controls for word in control.by_name}
    first: dict[str, Relation] = {}
    for relation in config.relations.relations if config.relations else ():
        earlier = first.setdefault(relation.value, relation)
        if earlier is not relation:
            yield ConfigProblem(
                f'Relation "{relation.value}" is there already, in line {earlier.line}. Remove or rename one of the '
                "two.",
                relation.line,
            )
        joined = dict.fromkeys(label for pair in relation.pairs for label in pair[::2] if label)
        if unknown := [label for label in joined if label not in names]:
            quoted = ", ".join(f'"{label}"' for label in unknown)
            yield ConfigProblem(
                f'allowed="{relation.allowed}" of relation "{relation.value}" names {quoted}, and no <Label> here is '
                "called so. Correct the name, or take the pair out.",
                relation.line,
            )


def _hotkeys(config: LabelingConfig) -> Iterator[ConfigProblem]:
    first: dict[str, Item] = {}
    for control in config.controls:
        for item in _items(control):
            if not item.hotkey:
                continue
            called = f'{_kind(item)} "{item.value}" of {_called(control)}'
            if item.hotkey in RESERVED_HOTKEYS:
                yield ConfigProblem(
                    f'The hotkey "{item.hotkey}" of {called} is reserved for the editor. Take another.', item.line
                )
                continue
            earlier = first.setdefault(item.hotkey, item)
            if earlier is not item:
                yield ConfigProblem(
                    f'The hotkey "{item.hotkey}" of {called} is that of {_kind(earlier)} "{earlier.value}", line '
                    f"{earlier.line}. Take another.",
                    item.line,
                )


def _models(control: Control) -> Iterator[ConfigProblem]:
    asked = [item for item in _items(control) if item.model]
    if isinstance(control, ChoicesControl):
        if control.model:
            for item in asked:
                yield ConfigProblem(
                    f'Choice "{item.value}" names the model "{item.model}", and {_called(control)} of line '
                    f'{control.line} names "{control.model}". Write model= on one of the two only.',
                    item.line,
                )
        if control.per_region and (control.model or asked):
            yield ConfigProblem(
                f"{_called(control)} asks a model, but is filled in per region. Models class whole texts: remove "
                'perRegion="true" or the model.',
                control.line,
            )
    yield from _ambiguous(control)


def _unread(control: Control, config: LabelingConfig, targets: Mapping[str, NamedTag]) -> Iterator[ConfigProblem]:
    """A model reads the task's one text; a target that is missing or no text was reported as such."""
    if not _asks_a_model(control) or not config.text_names or set(control.to_names) & set(config.text_names):
        return
    readable = config.text_names[0]
    for name in control.to_names:
        if name in targets and targets[name].tag not in NOT_OBJECTS:
            yield ConfigProblem(
                f"{_called(control)} asks a model, but points to {targets[name]}; models read only "
                f'<Text name="{readable}">. Write toName="{readable}".',
                control.line,
            )


def _asks_a_model(control: Control) -> bool:
    own_model = control.model if isinstance(control, ChoicesControl) else ""
    return bool(own_model) or any(item.model for item in _items(control))


def _ambiguous(control: Control) -> Iterator[ConfigProblem]:
    """One label of a model must not land on two labels of a control."""
    taken: dict[tuple[str, bool], dict[str, Item]] = defaultdict(dict)
    own_model = control.model if isinstance(control, ChoicesControl) else ""
    for item in _items(control):
        model = item.model or own_model
        if not model:
            continue
        assertion = isinstance(item, Label) and item.assertion
        for predicted in item.predicted:
            earlier = taken[model, assertion].setdefault(predicted, item)
            if earlier is not item and earlier.value != item.value:
                yield ConfigProblem(
                    f'{_kind(item)} "{item.value}" and {_kind(earlier)} "{earlier.value}" (line {earlier.line}) both '
                    f'take "{predicted}" of the model "{model}". Correct predicted_values of one of them.',
                    item.line,
                )
