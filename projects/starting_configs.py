"""Labeling Configs to start from. None names a model, so that each can be saved as it is on any server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StartingConfig:
    """slug: what addresses name it by. description: one line."""

    slug: str
    name: str
    description: str
    xml: str


TEXT = '  <Text name="text" value="$text"/>\n'
ENTITIES = """  <Labels name="label" toName="text">
    <Label value="Problem" background="#c2410c" hotkey="p"/>
    <Label value="Treatment" background="#2f7ed8" hotkey="t"/>
    <Label value="Test" background="#15803d" hotkey="e"/>
  </Labels>
"""
STATUSES = """  <Labels name="status" toName="text">
    <Label value="present" assertion="true" background="#4d7c0f" hotkey="1"/>
    <Label value="absent" assertion="true" background="#b91c1c" hotkey="2"/>
    <Label value="possible" assertion="true" background="#a16207" hotkey="3"/>
  </Labels>
"""
KIND_OF_NOTE = """  <Choices name="kind" toName="text" choice="single-radio" layout="inline">
    <Choice value="Discharge" hotkey="d"/>
    <Choice value="Progress" hotkey="g"/>
    <Choice value="Consultation" hotkey="c"/>
  </Choices>
"""


def _view(*parts: str) -> str:
    return "<View>\n" + "".join(parts) + "</View>\n"


def _header(words: str) -> str:
    return f'  <Header value="{words}"/>\n'


STARTING_CONFIGS = (
    StartingConfig("blank", "Blank", "Only the text. Add your own controls, or labels of models.", _view(TEXT)),
    StartingConfig("ner", "Named entities", "Mark words and give each a label.", _view(ENTITIES, TEXT)),
    StartingConfig(
        "classification-single",
        "Classification, one answer",
        "One class for each text.",
        _view(_header("What kind of note is this?"), KIND_OF_NOTE, TEXT),
    ),
    StartingConfig(
        "classification-multiple",
        "Classification, several answers",
        "Any number of classes for each text.",
        _view(
            _header("Which topics does the text touch?"),
            """  <Choices name="topics" toName="text" choice="multiple">
    <Choice value="Medication" hotkey="m"/>
    <Choice value="Surgery" hotkey="s"/>
    <Choice value="Imaging" hotkey="i"/>
    <Choice value="Social history" hotkey="h"/>
  </Choices>
""",
            TEXT,
        ),
    ),
    StartingConfig(
        "classification-nested",
        "Classification in levels",
        "Classes with narrower classes inside them.",
        _view(
            _header("Which department is it from?"),
            """  <Choices name="department" toName="text" choice="single">
    <Choice value="Surgery">
      <Choice value="Vascular"/>
      <Choice value="Orthopaedic"/>
    </Choice>
    <Choice value="Medicine">
      <Choice value="Cardiology"/>
      <Choice value="Oncology"/>
    </Choice>
  </Choices>
""",
            TEXT,
        ),
    ),
    StartingConfig(
        "region-choices",
        "Entities with choices",
        "Mark words, then answer a question about each region.",
        _view(
            ENTITIES,
            TEXT,
            """  <Choices name="certainty" toName="text" choice="single-radio" perRegion="true" layout="inline">
    <Choice value="certain" hotkey="1"/>
    <Choice value="doubtful" hotkey="2"/>
  </Choices>
""",
        ),
    ),
    StartingConfig(
        "assertion",
        "Entities and assertion",
        "Mark words and say whether each is present, absent or possible.",
        _view(ENTITIES, STATUSES, TEXT),
    ),
    StartingConfig(
        "all-three",
        "Entities, assertion and classification",
        "All three on one page.",
        _view(_header("What kind of note is this?"), KIND_OF_NOTE, ENTITIES, STATUSES, TEXT),
    ),
    StartingConfig(
        "relations",
        "Entities and relations",
        "Mark words and join them by hand.",
        _view(
            ENTITIES,
            """  <Relations>
    <Relation value="treats"/>
    <Relation value="reveals"/>
    <Relation value="causes"/>
  </Relations>
""",
            TEXT,
        ),
    ),
    StartingConfig(
        "sentiment",
        "Aspects and sentiment",
        "Mark what is spoken of, say how, and rate the whole text.",
        _view(
            _header("How does the whole text sound?"),
            """  <Choices name="overall" toName="text" choice="single-radio" layout="inline">
    <Choice value="positive" hotkey="1"/>
    <Choice value="neutral" hotkey="2"/>
    <Choice value="negative" hotkey="3"/>
  </Choices>
  <Labels name="aspect" toName="text">
    <Label value="Staff" background="#2f7ed8" hotkey="s"/>
    <Label value="Waiting time" background="#c2410c" hotkey="w"/>
    <Label value="Treatment" background="#15803d" hotkey="t"/>
  </Labels>
""",
            TEXT,
            """  <Choices name="tone" toName="text" choice="single-radio" perRegion="true" layout="select">
    <Choice value="praise"/>
    <Choice value="complaint"/>
  </Choices>
""",
        ),
    ),
    StartingConfig(
        "sections",
        "Sections of long documents",
        "Mark whole paragraphs by what they are about.",
        _view(
            """  <Labels name="section" toName="text">
    <Label value="History" background="#7c3aed" hotkey="h"/>
    <Label value="Medication" background="#2f7ed8" hotkey="m"/>
    <Label value="Findings" background="#15803d" hotkey="f"/>
    <Label value="Assessment" background="#c2410c" hotkey="a"/>
    <Label value="Plan" background="#0f766e" hotkey="p"/>
  </Labels>
  <Text name="text" value="$text" granularity="paragraph"/>
"""
        ),
    ),
    StartingConfig(
        "deidentification",
        "De-identification",
        "Mark whatever tells who a text is about.",
        _view(
            """  <Labels name="identifier" toName="text">
    <Label value="Name" background="#b91c1c" hotkey="n"/>
    <Label value="Date" background="#2f7ed8" hotkey="d"/>
    <Label value="Place" background="#15803d" hotkey="p"/>
    <Label value="Number" background="#7c3aed" hotkey="i" hint="Telephone, record, insurance"/>
    <Label value="Contact" background="#a16207" hotkey="c" hint="Address, e-mail"/>
  </Labels>
""",
            TEXT,
        ),
    ),
)


def starting_config(slug: str) -> StartingConfig | None:
    return next((start for start in STARTING_CONFIGS if start.slug == slug), None)
