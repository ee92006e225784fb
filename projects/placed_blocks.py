"""Where the task page says what its Labeling Config says beside the labels: headers, and choices about the text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from projects.labeling_config import ChoicesControl, Header, LabelingConfig, LabelsControl, TextObject
from projects.quoting import shortened

LONGEST_HEADER = 300


@dataclass(frozen=True)
class PlacedBlock:
    """header: words that stand first, "" for none. choices: what they ask for, None where the words stand alone."""

    header: str
    choices: ChoicesControl | None = None


@dataclass(frozen=True)
class PlacedBlocks:
    """above, below: the text. headers: of labels and of choices about regions, by control; the page's frame has a place
    for these controls."""

    above: list[PlacedBlock] = field(default_factory=list)
    below: list[PlacedBlock] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


def placed_blocks(config: LabelingConfig, fields: Mapping[str, Any]) -> PlacedBlocks:
    """fields: the task's data, which headers may show. A header belongs to the control that directly follows it."""
    placed = PlacedBlocks()
    here, header = placed.above, ""
    for block in config.blocks:
        match block:
            case ChoicesControl(per_region=False):
                here.append(PlacedBlock(header, block))
            case LabelsControl() | ChoicesControl():
                placed.headers[block.name] = header
            case _ if header:
                here.append(PlacedBlock(header))
        header = _words(block, fields) if isinstance(block, Header) else ""
        if isinstance(block, TextObject):
            here = placed.below
    if header:
        here.append(PlacedBlock(header))
    return placed


def _words(header: Header, fields: Mapping[str, Any]) -> str:
    """At most LONGEST_HEADER characters; "" where the task has no such field."""
    value = fields.get(header.field) if header.field else header.value
    if value is None:
        return ""
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shortened(words, LONGEST_HEADER)
