"""Write a model's labels into a Labeling Config, and take them out again, as a careful person would: everything else
stays byte for byte. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from preannotation.config_source import STEP, Element, Source
from preannotation.contract import ASSERTION, CLASSIFICATION
from preannotation.label_look import Colours, Hotkeys
from projects import label_colours
from projects.labeling_config import LabelingConfig, parse

OBJECT_TAGS = ("Text", "HyperText", "Paragraphs")
ITEM_OF = {"Labels": "Label", "Choices": "Choice"}


@dataclass(frozen=True)
class Addition:
    """Labels of one model to be written into a config.

    kind: one of contract.KINDS but embeddings. mapped: labels that shall stand for a label which the config has, each
    with its name. predicts: all labels of the model. control: name of the one that they belong to, whose labels of the
    same names become the model's, whoever they were asked of before; "" where any that suits is meant.
    """

    model: str
    kind: str
    labels: tuple[str, ...]
    multiple: bool = False
    mapped: tuple[tuple[str, str], ...] = ()
    predicts: tuple[str, ...] = ()
    control: str = ""


@dataclass(frozen=True)
class TakenOut:
    """removed, kept: values of labels that are gone, and of those that stay for people."""

    xml: str
    removed: tuple[str, ...]
    kept: tuple[str, ...]


def add_labels(xml: str, additions: Sequence[Addition]) -> str:
    """The config with the labels added; what is there already for the same model is left as it is.

    Raises ValueError, for people: the XML can't be read, before or after; a label to map onto is gone, or the control
    that the labels belong to.
    """
    for addition in additions:
        config = _read(xml)
        xml = _Adding(Source(xml), config, addition).result()
    _read(xml)
    return xml


def take_out(xml: str, model: str, keep_labels: bool = False) -> TakenOut:
    """The config without this model: its labels go, and a control that holds nothing else with them.

    A label that the model's own ones were mapped onto is the people's: it only loses the model. So do all with
    keep_labels. Raises ValueError, for people, where the XML can't be read.
    """
    _read(xml)
    source = Source(xml)
    removed: list[str] = []
    kept: list[str] = []
    for control in source.root.walk():
        if control.tag in ITEM_OF:
            _take_out_of(source, control, model, keep_labels, removed, kept)
    return TakenOut(source.result(), tuple(removed), tuple(kept))


def _read(xml: str) -> LabelingConfig:
    outcome = parse(xml)
    if outcome.config is None:
        raise ValueError(str(outcome.problems[0]))
    return outcome.config


def _take_out_of(
    source: Source, control: Element, model: str, keep_labels: bool, removed: list[str], kept: list[str]
) -> None:
    items = _items(control)
    mine = [item for item in items if _model_of(control, item) == model]
    gone = [item for item in mine if not (keep_labels or item.attributes.get("predicted_values") or _items(item))]
    removed += [item.attributes.get("value", "") for item in gone]
    kept += [item.attributes.get("value", "") for item in mine if item not in gone]
    if gone and len(gone) == len(items) and source.holds_only(control, gone):
        source.remove(control)
        return
    for item in mine:
        if item in gone:
            source.remove(item)
        else:
            source.drop_attributes(item, "model", "predicted_values")
    if control.attributes.get("model") == model:
        source.drop_attributes(control, "model")


def _items(element: Element) -> list[Element]:
    """The labels or choices inside a control, or inside a choice."""
    tag = ITEM_OF.get(element.tag, element.tag)
    return [inner for inner in element.walk() if inner.tag == tag and inner is not element]


def _model_of(control: Element, item: Element) -> str:
    return (item.attributes.get("model") or control.attributes.get("model", "")).strip()


def _comma_list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _predicted(item: Element) -> list[str]:
    return _comma_list(item.attributes.get("predicted_values", "")) or [item.attributes.get("value", "")]


def _name(item: Element) -> str:
    """As results carry it."""
    return item.attributes.get("alias") or item.attributes.get("value", "")


def _is_status(item: Element) -> bool:
    return item.attributes.get("assertion", "").strip().lower() == "true"


@dataclass
class _Adding:
    """One model's labels on their way into one text: first each finds its place, then all are written."""

    source: Source
    config: LabelingConfig
    addition: Addition
    joined: dict[Element, list[str]] = field(default_factory=dict)
    inside: dict[Element, list[str]] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        tag = "Choices" if self.addition.kind == CLASSIFICATION else "Labels"
        self.controls = [element for element in self.source.root.walk() if element.tag == tag]
        self.items = {control: _items(control) for control in self.controls}
        self.models = {item: _model_of(control, item) for control in self.controls for item in self.items[control]}
        self.targets = set(dict(self.addition.mapped).values())
        self.suiting = [control for control in self.controls if self._suits(control)]
        if self.addition.control and not self.suiting:
            raise ValueError(
                f'There is no "{self.addition.control}" any more that the labels of {self.addition.model} '
                "could belong to."
            )
        self.values = {control: self._values_of(control) for control in self.suiting}
        self.taken = {
            control: {item.attributes.get("value", "") for item in self.items[control]} for control in self.suiting
        }
        self.own = [control for control in self.suiting if self._is_own(control)]
        self.whole = next((control for control in self.suiting if self._takes_whole(control)), None)
        self.colours = Colours(label_colours.Colours(self.config).css)
        self.hotkeys = Hotkeys(element.attributes.get("hotkey", "") for element in self.source.root.walk())

    def result(self) -> str:
        mapped = dict(self.addition.mapped)
        for label in self._missing():
            self._place(label, mapped.get(label, ""))
        if self.whole and (self.joined or self.inside):
            self.source.set_attributes(self.whole, {"model": self.addition.model})
        for item, labels in self.joined.items():
            self.source.set_attributes(item, self._joined_attributes(item, labels))
        for control, labels in self.inside.items():
            lines = [self._line(label, control) for label in labels]
            items = self.items[control]
            self.source.write_inside(control, lines, items[-1] if items else None)
        if self.new:
            self._write_control()
        return self.source.result()

    def _missing(self) -> list[str]:
        """Ticked labels that the config doesn't ask of this model yet."""
        model = self.addition.model
        places = self.suiting if self.addition.control else self.controls
        items = [item for control in places for item in self.items[control] if self.models[item] == model]
        asked = {label for item in items for label in _predicted(item) if not self._stands_elsewhere(label, item)}
        return [label for label in self.addition.labels if label not in asked]

    def _suits(self, control: Element) -> bool:
        """Choices belong to one model. Statuses and entities keep to controls of their own, so that a person sees them
        apart; a control without labels suits both, and so does one in which people have both."""
        items = self.items[control]
        model = self.addition.model
        if self.addition.control:
            return control.attributes.get("name", "").strip() == self.addition.control
        if self.addition.kind == CLASSIFICATION:
            models = {self.models[item] for item in items} | {control.attributes.get("model", "").strip()}
            targets = {item.attributes.get("value") for item in items} & self.targets
            return model in models or (models == {""} and bool(targets))
        statuses = [_is_status(item) for item in items]
        return not statuses or (self.addition.kind == ASSERTION) in statuses

    def _values_of(self, control: Element) -> dict[str, Element]:
        """What of the model's kind stands in a control, by what it is called; where two share a name, the first. A
        model that was trained on a control knows its labels as results carry them."""
        is_status = self.addition.kind == ASSERTION
        items = [item for item in reversed(self.items[control]) if _is_status(item) == is_status]
        return {_name(item) if self.addition.control else item.attributes.get("value", ""): item for item in items}

    def _is_own(self, control: Element) -> bool:
        """Whether the model is asked for labels of this control, or is about to be; its other labels keep to it."""
        model = self.addition.model
        wanted = self.targets.union(self.addition.labels)
        return any(
            self.models[item] == model or (not self.models[item] and name in wanted)
            for name, item in self.values[control].items()
        )

    def _stands_elsewhere(self, label: str, item: Element) -> bool:
        """Whether the control that is meant has an item of the label's own name, and this is another: what was mapped
        onto it for an earlier model is no longer, as this one learned the two apart."""
        return bool(self.addition.control) and any(
            values.get(label, item) is not item for values in self.values.values()
        )

    def _takes_whole(self, control: Element) -> bool:
        """Whether all choices of the control that is meant become the model's: it is named once then, for all."""
        names = {_name(item) for item in self.items[control]}
        is_meant = self.addition.kind == CLASSIFICATION and self.addition.control
        return bool(is_meant) and names <= set(self.addition.predicts)

    def _place(self, label: str, target: str) -> None:
        same = [values[target or label] for values in self.values.values() if (target or label) in values]
        free = [item for item in same if self.addition.control or self.models[item] in ("", self.addition.model)]
        places = [*self.own, *self.suiting]
        lacking = [control for control in places if self.addition.control or label not in self.taken[control]]
        if free:
            self.joined.setdefault(free[0], []).append(label)
        elif target:
            raise ValueError(f'There is no label "{target}" any more that "{label}" could be mapped to.')
        elif lacking:
            self.inside.setdefault(lacking[0], []).append(label)
        else:
            self.new.append(label)

    def _joined_attributes(self, item: Element, labels: list[str]) -> dict[str, str]:
        own = item.attributes.get("value", "")
        known = self.models[item] == self.addition.model
        before = _predicted(item) if known else _comma_list(item.attributes.get("predicted_values", ""))
        kept = [
            label for label in before if label in self.addition.predicts and not self._stands_elsewhere(label, item)
        ]
        predicted = list(dict.fromkeys(kept + labels))
        attributes = {} if known or self.whole else {"model": self.addition.model}
        if predicted != [own] or "predicted_values" in item.attributes:
            attributes["predicted_values"] = ",".join(predicted)
        return attributes

    def _line(self, label: str, control: Element | None) -> str:
        attributes = {"value": label}
        in_choices = self.addition.kind == CLASSIFICATION
        if self.addition.kind == ASSERTION:
            attributes["assertion"] = "true"
        is_said = control and (
            control is self.whole or control.attributes.get("model", "").strip() == self.addition.model
        )
        if not in_choices or (control and not is_said):
            attributes["model"] = self.addition.model
        if not in_choices:
            attributes["background"] = self.colours.take()
        if hotkey := self.hotkeys.take(label):
            attributes["hotkey"] = hotkey
        return f"<{'Choice' if in_choices else 'Label'}{_written(attributes)}/>"

    def _write_control(self) -> None:
        root = self.source.root
        text = next((element for element in root.walk() if element.tag in OBJECT_TAGS), None)
        attributes = {
            "name": self._free_name(),
            "toName": (text.attributes.get("name") if text else None) or "text",
        }
        tag = "Labels"
        if self.addition.kind == CLASSIFICATION:
            tag = "Choices"
            attributes["choice"] = "multiple" if self.addition.multiple else "single"
            # One line a class would push the text down.
            attributes |= {"layout": "inline", "model": self.addition.model}
        lines = [
            f"<{tag}{_written(attributes)}>",
            *(STEP + (self._line(label, None)) for label in self.new),
            f"</{tag}>",
        ]
        if text and text is not root:
            self.source.write_before(text, lines)
        else:
            self.source.write_inside(root, lines)

    def _free_name(self) -> str:
        used = {element.attributes.get("name") for element in self.source.root.walk()}
        model = self.addition.model
        if self.addition.kind == CLASSIFICATION:
            wanted = model.removeprefix("classification_")
        else:
            wanted = "status" if self.addition.kind == ASSERTION else "label"
        candidates = [wanted, model, *(f"{wanted}_{number}" for number in range(2, len(used) + 4))]
        return next(name for name in candidates if name not in used)


def _written(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
