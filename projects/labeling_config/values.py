from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

NER = "ner"
CLASSIFICATION = "classification"
ASSERTION = "assertion"
DEFAULT_TEXT_FIELD = "text"
_ARROW = re.compile("(<>|>)")


@dataclass(frozen=True)
class ConfigProblem:
    """One thing that is wrong with a config (or, as a notice, not supported). line: from 1, None for the whole."""

    message: str
    line: int | None = None

    def __str__(self) -> str:
        return f"Line {self.line}: {self.message}" if self.line else self.message


@dataclass(frozen=True)
class Label:
    """A label of a Labels control. model: registry name, "" for people only."""

    value: str
    alias: str = ""
    background: str = ""
    hotkey: str = ""
    hint: str = ""
    model: str = ""
    assertion: bool = False
    predicted_values: tuple[str, ...] = ()
    line: int = 0

    @property
    def name(self) -> str:
        """What results and exports carry."""
        return self.alias or self.value

    @property
    def predicted(self) -> tuple[str, ...]:
        """The labels of the model that map onto this one."""
        return self.predicted_values or (self.value,)


@dataclass(frozen=True)
class Choice:
    """A choice of a Choices control. path: names from the outermost ancestor choice down to this one."""

    value: str
    alias: str = ""
    hotkey: str = ""
    hint: str = ""
    model: str = ""
    predicted_values: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    line: int = 0

    @property
    def name(self) -> str:
        """What results and exports carry."""
        return self.alias or self.value

    @property
    def outer(self) -> tuple[str, ...]:
        """Names of the choices that this one stands in, the outermost first."""
        return self.path[:-1]

    @property
    def predicted(self) -> tuple[str, ...]:
        """The classes of the model that map onto this choice."""
        return self.predicted_values or (self.value,)


@dataclass(frozen=True)
class LabelsControl:
    name: str
    to_names: tuple[str, ...]
    choice: str = "single"
    labels: tuple[Label, ...] = ()
    line: int = 0

    @cached_property
    def by_name(self) -> dict[str, Label]:
        """Labels by alias and by value; an alias wins over another label's value."""
        return {label.value: label for label in self.labels} | {label.name: label for label in self.labels}


@dataclass(frozen=True)
class ChoicesControl:
    """choice: single, single-radio or multiple. model: registry name for all choices, "" for none.

    layout: vertical, inline or select.
    """

    name: str
    to_names: tuple[str, ...]
    choice: str = "single"
    required: bool = False
    per_region: bool = False
    model: str = ""
    choices: tuple[Choice, ...] = ()
    line: int = 0
    layout: str = "vertical"

    @property
    def multiple(self) -> bool:
        return self.choice == "multiple"

    @cached_property
    def by_name(self) -> dict[str, Choice]:
        """Choices by alias and by value; an alias wins over another choice's value."""
        return {choice.value: choice for choice in self.choices} | {choice.name: choice for choice in self.choices}


@dataclass(frozen=True)
class TextObject:
    """field: name of the task's data field, without `$`. granularity: symbol, word, sentence or paragraph."""

    name: str
    field: str
    granularity: str = "symbol"
    line: int = 0


@dataclass(frozen=True)
class Relation:
    """allowed: pairs of labels as written (`A>B`, `A<>B`); empty for any."""

    value: str
    background: str = ""
    allowed: str = ""
    line: int = 0

    @property
    def pairs(self) -> Iterator[list[str]]:
        """Each allowed pair in its parts: a label, `>` or `<>`, a label."""
        for pair in self.allowed.split(","):
            if pair.strip():
                yield [part.strip() for part in _ARROW.split(pair)]


@dataclass(frozen=True)
class RelationsControl:
    name: str
    to_names: tuple[str, ...]
    relations: tuple[Relation, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Header:
    """A line of text for whoever labels: `value` itself, or where that is `$field`, what a task has there."""

    value: str
    line: int = 0

    @property
    def field(self) -> str:
        """Name of the task's data field, "" where the words are the header's own."""
        name = self.value.removeprefix("$")
        return "" if name == self.value or len(name.split()) != 1 else name


Block = Header | TextObject | LabelsControl | ChoicesControl | RelationsControl


@dataclass(frozen=True)
class Ask:
    """One thing that the config wants of a model.

    kind: ner, classification or assertion. label: the exported name. predicted: the model's labels that map onto it.
    multiple: a classification that may answer several choices.
    """

    model: str
    kind: str
    control: str
    to_name: str
    label: str
    predicted: tuple[str, ...]
    multiple: bool
    line: int


@dataclass(frozen=True)
class LabelingConfig:
    """What a project's people and models are asked for, controls in document order.

    unsupported: notices about tags and attributes that are kept but have no effect yet. blocks: what is shown, in
    document order. not_offered: names of the controls that are about none of the texts, and are left out.
    """

    texts: tuple[TextObject, ...] = ()
    controls: tuple[LabelsControl | ChoicesControl, ...] = ()
    relations: RelationsControl | None = None
    unsupported: tuple[ConfigProblem, ...] = ()
    blocks: tuple[Block, ...] = ()
    not_offered: tuple[str, ...] = ()

    @cached_property
    def labels_controls(self) -> tuple[LabelsControl, ...]:
        return tuple(control for control in self.controls if isinstance(control, LabelsControl))

    @cached_property
    def choices_controls(self) -> tuple[ChoicesControl, ...]:
        return tuple(control for control in self.controls if isinstance(control, ChoicesControl))

    @property
    def text_field(self) -> str:
        """The data field that holds a task's text: that of the first Text."""
        return self.texts[0].field if self.texts and self.texts[0].field else DEFAULT_TEXT_FIELD

    @cached_property
    def text_names(self) -> tuple[str, ...]:
        """Names of the Text objects that show the task's text."""
        return tuple(text.name for text in self.texts if text.field == self.text_field)

    def shown_texts(self, control: LabelsControl | ChoicesControl) -> list[str]:
        """Of the Texts that a control is about, those that show the task's text."""
        return [name for name in control.to_names if name in self.text_names]

    @cached_property
    def asks(self) -> tuple[Ask, ...]:
        """One for each label or choice that names a model, in document order."""
        asks: list[Ask] = []
        for control in self.controls:
            asks.extend(self._asks_of(control))
        return tuple(asks)

    @cached_property
    def model_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(ask.model for ask in self.asks))

    def control(self, name: str) -> LabelsControl | ChoicesControl | None:
        return self._by_name.get(name)

    def label(self, control_name: str, label_name: str) -> Label | Choice | None:
        """The label or choice of this control that has this alias or value."""
        control = self._by_name.get(control_name)
        return control.by_name.get(label_name) if control else None

    @cached_property
    def _by_name(self) -> dict[str, LabelsControl | ChoicesControl]:
        return {control.name: control for control in reversed(self.controls)}

    def _asks_of(self, control: LabelsControl | ChoicesControl) -> list[Ask]:
        to_name = (self.shown_texts(control) or [*control.to_names, ""])[0]
        wanted: list[tuple[Label | Choice, str, str]]
        if isinstance(control, ChoicesControl):
            wanted = [(choice, choice.model or control.model, CLASSIFICATION) for choice in control.choices]
            multiple = control.multiple
        else:
            wanted = [(label, label.model, ASSERTION if label.assertion else NER) for label in control.labels]
            multiple = False
        return [
            Ask(model, kind, control.name, to_name, item.name, item.predicted, multiple, item.line)
            for item, model, kind in wanted
            if model
        ]


@dataclass(frozen=True)
class Outcome:
    """What became of an XML. config is None only where it can't be read at all; problems stand in the way of saving."""

    config: LabelingConfig | None
    problems: tuple[ConfigProblem, ...] = ()
