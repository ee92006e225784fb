"""What people and models say of a task, both in the labels of the project."""

from datetime import UTC, datetime

from preannotation.evaluating.reading import Reading, chunks
from preannotation.training.examples import Work, look
from preannotation.training.subjects import chunk_names
from projects.labeling_config import parse

CONFIG = """<View>
  <Labels name="label" toName="text">
    <Label value="DRUG" alias="Medicine" model="ner_drug" predicted_values="drug,chemical"/>
    <Label value="PROBLEM" alias="Problem"/>
  </Labels>
  <Labels name="status" toName="text">
    <Label value="absent" assertion="true" model="status"/>
    <Label value="present" assertion="true" model="status"/>
  </Labels>
  <Choices name="kind" toName="text" choice="single" model="kind">
    <Choice value="order"/><Choice value="visit"/>
  </Choices>
  <Choices name="topics" toName="text" choice="multiple" model="topics">
    <Choice value="a"/><Choice value="b"/>
  </Choices>
  <Text name="text" value="$text"/>
</View>
"""
TEXT = "aspirin for fever"


def region(control, kind, *names, start=None, end=None):
    place = {} if start is None else {"start": start, "end": end}
    return {"from_name": control, "type": kind, "value": {kind: list(names), **place}}


RESULT = [
    region("label", "labels", "Medicine", start=0, end=7),
    region("label", "labels", "Problem", start=12, end=17),
    region("status", "labels", "present", start=12, end=17),
    region("kind", "choices", "order"),
    region("topics", "choices", "a", "b"),
]


def config():
    parsed = parse(CONFIG).config
    assert parsed is not None
    return parsed


def judgement(model, kind, labels, line):
    reading = Reading.of(config(), model, 1, kind, labels)
    work = Work(1, TEXT, ("Test",), RESULT, datetime(2026, 1, 1, tzinfo=UTC), True)
    (example,) = reading.examples([work])
    return reading.judged(example, line)


def judged(model, kind, labels, line):
    found = judgement(model, kind, labels, line)
    return found.wanted, [(*said.span, said.confidence) for said in found.said]


def test_chunks_get_the_exported_name_that_the_config_gives_their_label():
    line = {"chunks": [[0, 7, "aspirin", "chemical", 0.75], [12, 17, "fever", "sign", 0.5]]}
    assert judged("ner_drug", "ner", ["drug", "chemical", "sign"], line) == (
        ((0, 7, "Medicine"),),
        [(0, 7, "Medicine", 0.75)],
    )


def test_a_model_that_the_config_does_not_name_finds_its_labels_by_value_and_alias():
    line = {"chunks": [[12, 17, "fever", "PROBLEM", 0.5]]}
    assert judged("ner_new", "ner", ["PROBLEM"], line) == (((12, 17, "Problem"),), [(12, 17, "Problem", 0.5)])
    assert Reading.of(config(), "ner_new", 1, "ner", ["CITY"]) is None


def test_of_a_single_choice_the_surest_class_counts_and_of_several_each_keeps_its_confidence():
    single = {"classes": [["visit", 0.6], ["order", 0.3]]}
    assert judged("kind", "classification", ["order", "visit"], single) == (
        ((0, 0, "order"),),
        [(0, 0, "visit", 0.6)],
    )
    several = {"classes": [["a", 0.9], ["b", 0.6]]}
    assert judged("topics", "classification", ["a", "b"], several) == (
        ((0, 0, "a"), (0, 0, "b")),
        [(0, 0, "a", 0.9), (0, 0, "b", 0.6)],
    )


def test_statuses_are_read_on_the_chunks_of_people_that_have_one():
    line = {"statuses": [[12, 17, "absent", 0.8]]}
    assert judged("status", "assertion", ["absent", "present"], line) == (
        ((12, 17, "present"),),
        [(12, 17, "absent", 0.8)],
    )
    # Nobody has said of the drug whether it was given.
    line["statuses"].append([0, 7, "present", 0.9])
    assert judged("status", "assertion", ["absent", "present"], line) == (
        ((12, 17, "present"),),
        [(12, 17, "absent", 0.8)],
    )
    assert judgement("status", "assertion", ["absent", "present"], line).left_out == 1
    assert chunks(RESULT, chunk_names(config())) == [
        (0, 7, ["Medicine", "drug", "chemical", "DRUG"]),
        (12, 17, ["Problem", "PROBLEM"]),
    ]


def test_regions_that_overlap_are_all_there_to_be_found():
    result = [
        region("label", "labels", "Medicine", start=0, end=17),
        region("label", "labels", "Medicine", start=0, end=7),
    ]
    reading = Reading.of(config(), "ner_drug", 1, "ner", ["drug"])
    work = Work(1, TEXT, ("Test",), result, datetime(2026, 1, 1, tzinfo=UTC), True)
    (example,) = reading.examples([work])
    assert example.spans == ((0, 7, "Medicine"), (0, 17, "Medicine"))
    (taught,) = look([work], reading.wanted, test_share=0.0, seed=0).train
    assert taught.spans == ((0, 17, "Medicine"),)
