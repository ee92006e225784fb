"""What a Labeling Config asks for, as coloured chips."""

from __future__ import annotations

from dataclasses import dataclass

from projects.label_colours import Colours
from projects.labeling_config import Choice, ChoicesControl, Label, LabelingConfig, LabelsControl

ONE_OR_MANY = {True: "choices, several at once", False: "choices, one of them"}


@dataclass(frozen=True)
class Chip:
    """colour: its number in the page's Colours. model: registry name, empty for people only."""

    name: str
    colour: int
    hotkey: str
    model: str


@dataclass(frozen=True)
class PreviewedControl:
    name: str
    kind: str
    chips: tuple[Chip, ...]


def preview(config: LabelingConfig, colours: Colours) -> list[PreviewedControl]:
    return [_control(control, colours) for control in config.controls]


def _control(control: LabelsControl | ChoicesControl, colours: Colours) -> PreviewedControl:
    if isinstance(control, LabelsControl):
        return PreviewedControl(control.name, "labels", _chips(control.name, control.labels, "", colours))
    kind = ONE_OR_MANY[control.multiple]
    return PreviewedControl(control.name, kind, _chips(control.name, control.choices, control.model, colours))


def _chips(
    control: str, items: tuple[Label, ...] | tuple[Choice, ...], model: str, colours: Colours
) -> tuple[Chip, ...]:
    return tuple(
        Chip(item.name, colours.number(control, item.name), item.hotkey, item.model or model) for item in items
    )
