"""A Labeling Config as whoever labels will see it: its controls over a sample text, with a few example regions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from projects.label_colours import Colours
from projects.labeling_config import (
    Block,
    Choice,
    ChoicesControl,
    Header,
    Label,
    LabelingConfig,
    LabelsControl,
    RelationsControl,
    TextObject,
)
from projects.results import Region, choices_region, span_region
from projects.shown_result import Piece, ShownResult

SAMPLE = (
    "The patient was seen on Monday for a cough that began two weeks ago. She denies fever. "
    "Her father was treated for asthma. Started amoxicillin 500 mg three times a day; follow-up in ten days."
)
MOST_EXAMPLES = 6
WORD = re.compile(r"\w{4,}")


@dataclass(frozen=True)
class Chip:
    """colour: its number in the page's colours. model: registry name, "" for people only. outer: choices around it."""

    name: str
    colour: int
    hotkey: str
    model: str
    hint: str = ""
    outer: tuple[str, ...] = ()


@dataclass(frozen=True)
class PreviewedBlock:
    """kind: header, text, labels, choices or relations. layout, multiple, required and per_region: of choices."""

    kind: str
    name: str
    chips: tuple[Chip, ...] = ()
    layout: str = ""
    multiple: bool = False
    required: bool = False
    per_region: bool = False


@dataclass(frozen=True)
class Preview:
    """is_sample: the text is our own, because the project has no task yet."""

    blocks: list[PreviewedBlock]
    pieces: list[Piece]
    colours: list[str]
    is_sample: bool


def preview(config: LabelingConfig, text: str) -> Preview:
    """text: the opening of a real task, "" where there is none."""
    shown = ShownResult(text or SAMPLE, _examples(config, text or SAMPLE), config, "Example")
    blocks = [_block(block, shown.colours) for block in config.blocks]
    return Preview(blocks, shown.pieces, shown.colours.css, is_sample=not text)


def _block(block: Block, colours: Colours) -> PreviewedBlock:
    match block:
        case Header():
            words = f"The {block.field} of the task" if block.field else block.value
            return PreviewedBlock("header", words)
        case TextObject():
            return PreviewedBlock("text", block.name)
        case LabelsControl():
            return PreviewedBlock("labels", block.name, _chips(block, block.labels, colours))
        case ChoicesControl():
            return PreviewedBlock(
                "choices",
                block.name,
                _chips(block, block.choices, colours),
                block.layout,
                block.multiple,
                block.required,
                block.per_region,
            )
        case RelationsControl():
            chips = (Chip(relation.value, 0, "", "") for relation in block.relations)
            return PreviewedBlock("relations", block.name or "Relations", tuple(chips))


def _chips(
    control: LabelsControl | ChoicesControl, items: tuple[Label, ...] | tuple[Choice, ...], colours: Colours
) -> tuple[Chip, ...]:
    model = control.model if isinstance(control, ChoicesControl) else ""
    return tuple(
        Chip(
            item.name,
            colours.number(control.name, item.name),
            item.hotkey,
            item.model or model,
            item.hint,
            item.outer if isinstance(item, Choice) else (),
        )
        for item in items
    )


def _examples(config: LabelingConfig, text: str) -> list[Region]:
    """One region for each of the first labels, on words spread over the text; statuses and choices that are made for
    each region beside the first ones."""
    words = list(WORD.finditer(text))
    labels = [(control, label) for control in config.labels_controls for label in control.labels]
    entities = [(control, label) for control, label in labels if not label.assertion][:MOST_EXAMPLES]
    if not words or not entities:
        return []
    step = max(len(words) // len(entities), 1)
    places = words[step // 2 :: step]
    regions = [
        _region(control, label.name, word, str(number))
        for number, (control, label), word in zip(count(), entities, places, strict=False)
    ]
    return regions + list(_statuses(config, places, len(regions)))


def _statuses(config: LabelingConfig, places: list[re.Match[str]], most: int) -> Iterator[Region]:
    about = iter(range(most))
    for control in config.controls:
        statuses = [label for label in control.labels if label.assertion] if isinstance(control, LabelsControl) else []
        of_regions = control.choices if isinstance(control, ChoicesControl) and control.per_region else ()
        if not (statuses or of_regions) or (place := next(about, None)) is None:
            continue
        parent, name = str(place), (*statuses, *of_regions)[0].name
        if isinstance(control, LabelsControl):
            yield {**_region(control, name, places[place], f"{parent}-{control.name}"), "parentID": parent}
        else:
            given = choices_region(control.name, "text", region_id=parent, choices=[name], confidence=None)
            word = places[place]
            yield {**given, "value": {**given["value"], "start": word.start(), "end": word.end()}}


def _region(control: LabelsControl, label: str, word: re.Match[str], region_id: str) -> Region:
    return span_region(
        control.name,
        "text",
        region_id=region_id,
        start=word.start(),
        end=word.end(),
        text=word.group(),
        label=label,
        confidence=None,
        object_field="text",
    )
