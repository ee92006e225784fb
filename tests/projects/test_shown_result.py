from typing import Any

from projects.labeling_config import parse
from projects.results import Region, choices_region
from projects.shown_result import ShownResult
from tests.projects.rows import span

TEXT = "No chest pain; took aspirin 100 mg daily."
CONFIG = """<View>
  <Labels name="label" toName="text">
    <Label value="PROBLEM"/><Label value="DRUG" background="#2f7ed8"/><Label value="TREATMENT"/>
    <Label value="absent" assertion="true"/>
  </Labels>
  <Choices name="kind" toName="text" choice="single"><Choice value="discharge"/></Choices>
  <Text name="text" value="$text"/>
</View>"""


def shown(*result: Any, config: str = CONFIG) -> ShownResult:
    return ShownResult(TEXT, list(result), parse(config).config, "imported 7")


def region(word: str, label: str, **fields: Any) -> Region:
    start = TEXT.index(word)
    return span(TEXT, start, start + len(word), label, **fields)


def test_regions_come_in_the_order_of_the_text_outer_ones_first():
    found = shown(region("100 mg", "DRUG"), region("aspirin", "DRUG"), region("aspirin 100 mg daily", "TREATMENT"))
    assert [(item.number, item.label, item.text) for item in found.regions] == [
        (1, "TREATMENT", "aspirin 100 mg daily"), (2, "DRUG", "aspirin"), (3, "DRUG", "100 mg")
    ]  # fmt: skip


def test_an_assertion_status_is_a_suffix_of_its_chunk():
    chunk = region("chest pain", "PROBLEM", region_id="a", confidence=0.9)
    status = region("chest pain", "absent", region_id="b", parent_id="a", confidence=0.77, model="assertion_problem")
    found = shown(status, chunk).regions
    assert [item.suffix for item in found] == ["PROBLEM (absent)"]
    assert found[0].tip == "PROBLEM · ner_posology 1 · 0.90\nabsent · assertion_problem 1 · 0.77"


def test_a_status_without_a_parent_joins_the_chunk_on_its_span():
    found = shown(region("chest pain", "PROBLEM"), region("chest pain", "absent"))
    assert [item.suffix for item in found.regions] == ["PROBLEM (absent)"]


def test_a_status_alone_stands_for_itself():
    assert [item.suffix for item in shown(region("chest pain", "absent")).regions] == ["absent"]


def test_a_choice_about_one_region_is_a_suffix_too():
    chunk = region("aspirin", "DRUG", region_id="a")
    choice = choices_region("kind", "text", region_id="a", choices=["discharge"], confidence=1)
    choice["value"] |= {key: chunk["value"][key] for key in ("start", "end", "text")}
    assert [item.suffix for item in shown(chunk, choice).regions] == ["DRUG (discharge)"]


def test_classes_of_the_text_are_no_regions():
    found = shown(
        choices_region("kind", "text", region_id="c", choices=["discharge"], confidence=0.98, model="m", version=2)
    )
    assert [(item.control, item.choices, item.source.words) for item in found.classes] == [
        ("kind", ("discharge",), "m 2 · 0.98")
    ]
    assert found.regions == []


def test_a_region_without_a_model_names_the_predictions_version():
    assert shown(region("aspirin", "DRUG", model=None, version=None)).regions[0].source.model == "imported 7"


def test_confidence_may_be_text_a_number_or_missing():
    texts = region("aspirin", "DRUG", confidence=None)
    texts["value"]["confidence"] = "0.5"
    found = shown(texts, region("100 mg", "DRUG", confidence=None)).regions
    assert [item.source.confidence for item in found] == [0.5, None]


def test_relations_name_both_ends():
    first, second = region("aspirin", "DRUG", region_id="a"), region("100 mg", "DRUG", region_id="b")
    relation = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "left", "labels": ["of"]}
    found = list(shown(first, second, relation).relations)
    assert [(item.source_text, item.arrow, item.target_text, item.label) for item in found] == [
        ("aspirin", "←", "100 mg", "of")
    ]


def test_pieces_make_up_the_text():
    found = shown(region("aspirin", "DRUG"), region("aspirin 100 mg daily", "TREATMENT"), region("100 mg", "PROBLEM"))
    assert "".join(piece.text for piece in found.pieces) == TEXT
    assert [(piece.text, piece.regions, piece.suffix) for piece in found.pieces if piece.marks] == [
        ("aspirin", "1 2", "DRUG"), (" ", "1", ""), ("100 mg", "1 3", "PROBLEM"), (" daily", "1", "TREATMENT")
    ]  # fmt: skip


def test_what_is_malformed_is_left_out():
    bad = [
        None, 7, {}, {"type": "labels"}, {"type": "labels", "value": None}, {"type": "labels", "value": {"start": "1"}},
        {"id": "x", "type": "labels", "value": {"start": 0, "end": 10_000, "labels": ["DRUG"]}},
        {"id": "y", "from_name": "label", "type": "labels", "value": {"start": 0, "end": 2}},
    ]  # fmt: skip
    assert "".join(piece.text for piece in shown(*bad).pieces) == TEXT


def test_a_config_that_no_longer_parses_is_no_obstacle():
    found = ShownResult(TEXT, [region("aspirin", "DRUG")], None, "")
    assert [item.label for item in found.regions] == ["DRUG"]
