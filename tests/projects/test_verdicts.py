"""What a submitted result makes of a prediction, region by region."""

import time

import pytest

from projects.labeling_config import parse
from projects.results import Region, choices_region
from projects.verdicts import Proposed, judge
from tests.projects.rows import span

TEXT = "Given aspirin 100 mg daily, no fever, no chills."
CONFIG = parse("""<View>
  <Labels name="label" toName="text">
    <Label value="DRUG" model="ner_posology"/><Label value="DOSAGE" model="ner_posology"/>
    <Label value="PROBLEM" model="ner_problem"/><Label value="PERSON"/>
    <Label value="absent" assertion="true" model="assertion_problem"/><Label value="present" assertion="true"/>
  </Labels>
  <Choices name="kind" toName="text" choice="multiple" model="classify"><Choice value="note"><Choice value="short"/>
    </Choice><Choice value="letter"/></Choices>
  <Text name="text" value="$text"/>
</View>""").config
DRUG = span(TEXT, 6, 13, confidence=0.9)


def verdicts(predicted: list[Region], result: list[Region], version: str = "ner_posology 1, ner_problem 4"):
    found = judge(Proposed(12, version, predicted, {"12", "p"}), result, CONFIG)
    return [(one.kind, one.label, one.corrected_label) for one in found]


def copied(region: Region, start: int | None = None, end: int | None = None, label: str | None = None) -> Region:
    """A region of the prediction as a person changed it."""
    value = dict(region["value"])
    start, end = value["start"] if start is None else start, end or value["end"]
    value |= {"start": start, "end": end, "text": TEXT[start:end], "labels": [label or value["labels"][0]]}
    link = {"origin": "prediction-changed", "prediction": 12, "prediction_region": region["id"]}
    return region | {"value": value, **link}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ([DRUG], [("accepted", "DRUG", "")]),
        ([copied(DRUG)], [("accepted", "DRUG", "")]),
        ([], [("rejected", "DRUG", "")]),
        ([copied(DRUG, end=20)], [("boundary", "DRUG", "")]),
        ([span(TEXT, 4, 9)], [("boundary", "DRUG", "")]),
        ([copied(DRUG, start=21, end=26)], [("boundary", "DRUG", "")]),
        ([span(TEXT, 13, 20)], [("rejected", "DRUG", ""), ("added", "DRUG", "")]),
        ([copied(DRUG, label="DOSAGE")], [("relabelled", "DRUG", "DOSAGE")]),
        ([span(TEXT, 6, 13, "DOSAGE")], [("relabelled", "DRUG", "DOSAGE")]),
        ([copied(DRUG, end=20, label="DOSAGE")], [("relabelled", "DRUG", "DOSAGE")]),
        ([span(TEXT, 6, 20, "DOSAGE")], [("rejected", "DRUG", ""), ("added", "DOSAGE", "")]),
        ([span(TEXT, 6, 13, "DOSAGE"), span(TEXT, 5, 13)], [("boundary", "DRUG", ""), ("added", "DOSAGE", "")]),
        ([DRUG, span(TEXT, 14, 20, "DOSAGE")], [("accepted", "DRUG", ""), ("added", "DOSAGE", "")]),
        ([DRUG, span(TEXT, 6, 13, region_id="twice")], [("accepted", "DRUG", ""), ("added", "DRUG", "")]),
    ],
)
def test_one_region_against_what_became_of_it(result, expected):
    assert verdicts([DRUG], result) == expected


def test_each_region_is_counted_once_and_the_nearest_one_is_taken():
    long, short = span(TEXT, 0, 20), span(TEXT, 6, 12)
    assert verdicts([long, short], [span(TEXT, 6, 13)]) == [("boundary", "DRUG", ""), ("rejected", "DRUG", "")]
    two = [span(TEXT, 0, 7), span(TEXT, 5, 13)]
    assert verdicts([DRUG], two) == [("boundary", "DRUG", ""), ("added", "DRUG", "")]


def test_a_link_to_another_prediction_is_none():
    moved = copied(DRUG, start=21, end=26) | {"prediction": 99}
    assert verdicts([DRUG], [moved]) == [("rejected", "DRUG", ""), ("added", "DRUG", "")]
    assert verdicts([DRUG], [moved | {"prediction": "p"}]) == [("boundary", "DRUG", "")]


def test_statuses_are_judged_apart_from_the_region_that_they_are_about():
    fever = span(TEXT, 31, 36, "PROBLEM", region_id="f")
    absent = span(TEXT, 31, 36, "absent", region_id="s", parent_id="f")
    present = span(TEXT, 31, 36, "present", region_id="s2", parent_id="f")
    assert verdicts([fever, absent], [fever, present]) == [
        ("accepted", "PROBLEM", ""),
        ("relabelled", "absent", "present"),
    ]
    assert verdicts([fever, absent], [fever]) == [("accepted", "PROBLEM", ""), ("rejected", "absent", "")]
    assert verdicts([fever], [absent]) == [("rejected", "PROBLEM", ""), ("added", "absent", "")]


def test_choices_are_judged_name_by_name_the_innermost_of_a_path():
    def kind(*choices) -> Region:
        return choices_region("kind", "text", region_id="k", choices=choices, confidence=0.5)

    assert verdicts([kind("letter")], [kind("letter", ["note", "short"])]) == [
        ("accepted", "letter", ""), ("added", "short", "")
    ]  # fmt: skip
    assert verdicts([kind("letter")], [kind("note")]) == [("relabelled", "letter", "note")]
    assert verdicts([kind("letter")], []) == [("rejected", "letter", "")]


def test_the_model_and_its_version_are_named():
    fever = span(TEXT, 31, 36, "PROBLEM", model="ner_problem", version=4, confidence=0.7)
    person = span(TEXT, 0, 5, "PERSON", confidence=None)
    dose = span(TEXT, 14, 20, "DOSAGE", confidence=None)
    found = judge(Proposed(12, "ner_posology 3, ner_problem 4", [fever], {"12"}), [person, dose], CONFIG)
    assert [(one.model, one.model_version, one.confidence, one.region_id, one.prediction_id) for one in found] == [
        ("ner_problem", "4", 0.7, "PROBLEM-31-36", 12),
        ("", "", None, "PERSON-0-5", 12),
        ("ner_posology", "3", None, "DOSAGE-14-20", 12),
    ]
    imported = {key: value for key, value in fever.items() if not key.startswith("model")}
    (one,) = judge(Proposed(12, "imported 7", [imported], {"12"}), [], CONFIG)
    assert (one.model, one.model_version) == ("", "imported 7")


def test_what_the_config_no_longer_has_is_not_rejected_but_can_be_relabelled():
    gone = span(TEXT, 6, 13, "MEDICINE")
    assert verdicts([gone, choices_region("old", "text", region_id="c", choices=["yes"], confidence=0.5)], []) == []
    assert verdicts([gone], [copied(gone, label="DRUG")]) == [("relabelled", "MEDICINE", "DRUG")]


def test_relations_are_not_judged():
    relation = {"from_id": "a", "to_id": "b", "type": "relation", "labels": ["has"]}
    assert verdicts([DRUG, relation], [DRUG, relation]) == [("accepted", "DRUG", "")]


def test_thousands_of_moved_regions_are_judged_quickly():
    text = "lorem ipsum dolor sit " * 10_000
    predicted = [span(text, place * 40, place * 40 + 15, region_id=f"p{place}") for place in range(5_000)]
    moved = [span(text, place * 40 + 3, place * 40 + 12, region_id=f"c{place}") for place in range(5_000)]
    started = time.process_time()
    found = judge(Proposed(1, "", predicted, {"1"}), moved, CONFIG)
    assert time.process_time() - started < 2
    assert {one.kind for one in found} == {"boundary"}
    assert len(found) == 5_000
