"""A Labeling Config: XML in, one frozen value out, with every problem and its line.

Nothing here knows which models exist: what depends on the registry is checked elsewhere, over the same value.
"""

from projects.labeling_config.hotkeys import RESERVED_HOTKEYS
from projects.labeling_config.parsing import parse
from projects.labeling_config.safe_xml import MAX_BYTES, MAX_DEPTH
from projects.labeling_config.values import (
    Ask,
    Block,
    Choice,
    ChoicesControl,
    ConfigProblem,
    Header,
    Label,
    LabelingConfig,
    LabelsControl,
    Outcome,
    Relation,
    RelationsControl,
    TextObject,
)

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "RESERVED_HOTKEYS",
    "Ask",
    "Block",
    "Choice",
    "ChoicesControl",
    "ConfigProblem",
    "Header",
    "Label",
    "LabelingConfig",
    "LabelsControl",
    "Outcome",
    "Relation",
    "RelationsControl",
    "TextObject",
    "parse",
]
