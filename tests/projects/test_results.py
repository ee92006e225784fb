"""The one gate for regions: what is kept, refused, repaired."""

import copy

import pytest

from projects.labeling_config import parse
from projects.results import (
    Checked,
    RefusedRegion,
    check_result,
    choices_region,
    mean_confidence,
    region_confidence,
    span_region,
)

CONFIG = parse(
    """<View>
  <Labels name="label" toName="text"><Label value="DRUG" alias="drug"/><Label value="absent" assertion="true"/></Labels>
  <Choices name="kind" toName="text"><Choice value="discharge"/><Choice value="progress"/></Choices>
  <Choices name="topics" toName="text" choice="multiple">
    <Choice value="heart"><Choice value="valve"/></Choice><Choice value="lung"/>
  </Choices>
  <Choices name="sure" toName="text" perRegion="true"><Choice value="yes"/></Choices>
  <Relations><Relation value="same"/></Relations>
  <Text name="text" value="$note"/>
</View>"""
).config
TEXT = "Took aspirin, no fever."


def span(
    start: int, end: int, text: str | None = None, label: str = "drug", region_id: str = "a", **more: object
) -> dict:
    value = {"start": start, "end": end, "labels": [label]} | ({} if text is None else {"text": text})
    return {"id": region_id, "from_name": "label", "to_name": "text", "type": "labels", "value": value, **more}


def chosen(control: str, *choices: object, region_id: str = "c") -> dict:
    return {
        "id": region_id,
        "from_name": control,
        "to_name": "text",
        "type": "choices",
        "value": {"choices": list(choices)},
    }


def reasons(*regions: object, text: str = TEXT, repair: bool = False) -> list[str]:
    return [refused.reason for refused in check_result(list(regions), CONFIG, text, repair).refused]


def spans(checked: Checked) -> list[tuple[int, int, str]]:
    return [(r["value"]["start"], r["value"]["end"], r["value"]["text"]) for r in checked.kept]


def test_built_regions_pass_the_gate_unchanged():
    built = [
        span_region(
            "label", "text", region_id="a", start=5, end=12, text="aspirin", label="drug", confidence=0.95238,
            object_field="note", origin="prediction", model="ner_posology", version=1,
        ),
        span_region(
            "label", "text", region_id="b", start=5, end=12, text="aspirin", label="absent", confidence=None,
            object_field="note", parent_id="a",
        ),
        choices_region("kind", "text", region_id="c", choices=["discharge"], confidence=1.0000002),
    ]  # fmt: skip
    assert built[0] == {
        "id": "a",
        "from_name": "label",
        "to_name": "text",
        "source": "$note",
        "type": "labels",
        "value": {"start": 5, "end": 12, "text": "aspirin", "labels": ["drug"], "confidence": 0.9524},
        "origin": "prediction",
        "model": "ner_posology",
        "model_version": "1",
    }
    assert (built[1]["parentID"], built[2]["value"]) == ("a", {"choices": ["discharge"], "confidence": 1.0})
    assert check_result(built, CONFIG, TEXT) == Checked(kept=built)


def test_the_input_is_not_changed_and_unknown_keys_survive():
    given = [span(5, 12, label="DRUG", hidden=False, meta={"text": ["x"]}) | {"readonly": True}]
    before = copy.deepcopy(given)
    kept = check_result(given, CONFIG, TEXT).kept
    assert given == before
    assert kept == [
        {**before[0], "value": {"start": 5, "end": 12, "text": "aspirin", "labels": ["drug"]}},
    ]


@pytest.mark.parametrize(
    ("region", "reason"),
    [
        ("text", "It is not an object with id, from_name, to_name, type and value."),
        (span(5, 12) | {"from_name": "x"}, 'The Labeling Config has no Labels or Choices named "x" (from_name).'),
        (
            span(5, 12) | {"from_name": ["x"]},
            "The Labeling Config has no Labels or Choices named \"['x']\" (from_name).",
        ),
        (span(5, 12) | {"to_name": "x"}, 'Its to_name is "x", but "label" is about "text".'),
        (span(5, 12) | {"type": "choices"}, 'Its type is "choices", but "label" gives "labels".'),
        (span(5, 12) | {"value": None}, "It has no value."),
        (span(5, 12) | {"id": None}, "It has no id."),
        (span(5, 12, label="TEST"), '"TEST" is not in "label" of the Labeling Config.'),
        (span(5, 12) | {"value": {"start": 5, "end": 12, "labels": []}}, 'It has no labels of "label".'),
        (span(-1, 3), "start is -1, below 0."),
        (span(3, 3), "start 3 is not before end 3."),
        (span(9, 3), "start 9 is not before end 3."),
        (span(5, 24), "end 24 is beyond the text, which has 23 characters."),
        (span(5, 12, "Aspirin"), "Its text is not what stands at 5–12."),
        (span("5", 12), "start and end must be whole numbers, not '5' and 12."),
        (span(5.5, 12), "start and end must be whole numbers, not 5.5 and 12."),
        (span(True, 12), "start and end must be whole numbers, not True and 12."),
        (span(5, 12, note="\ud83d"), "It contains the lone surrogate U+D83D at character 0."),
        (span(5, 12, note=["a\0"]), "It contains U+0000 at character 1, which the database can't store."),
        (span(5, 12, score=float("nan")), "It contains a number that is not finite."),
        (chosen("kind", "x"), '"x" is not in "kind" of the Labeling Config.'),
        (chosen("kind"), 'It has no choices of "kind".'),
        (chosen("kind", "discharge", "progress"), '"kind" takes one choice, but it has 2.'),
        (chosen("topics", ["heart", "x"]), '"x" is not in "topics" of the Labeling Config.'),
    ],
)
def test_a_region_is_refused_with_its_reason_and_the_others_stay(region: object, reason: str):
    good = span(5, 12, "aspirin", region_id="good")
    assert check_result([region, good], CONFIG, TEXT) == Checked([good], (RefusedRegion(0, reason),))


LONG = "x" * 900_000


@pytest.mark.parametrize(
    "region",
    [
        span(5, 12, label=LONG),
        span(5, 12) | {"from_name": LONG},
        span(5, 12) | {"to_name": LONG},
        span(5, 12) | {"type": [LONG]},
        span(LONG, [LONG]),
        span(-(10**300), 3),
        span(10**300, 3),
        span(3, 10**300),
        chosen("kind", LONG),
        {"type": "relation", "from_id": LONG, "to_id": LONG},
    ],
)
def test_a_reason_quotes_no_more_than_people_read(region: dict):
    (refused,) = check_result([region], CONFIG, TEXT).refused
    assert (len(refused.reason) < 250, "…" in refused.reason) == (True, True)


def test_a_repair_quotes_no_more_than_people_read():
    (how,) = check_result([span(5, 12, region_id=LONG, score=2)], CONFIG, TEXT, repair=True).repaired
    assert how == f"Region {'x' * 79}…: confidence 2 became 1."


def test_without_text_only_the_bounds_are_checked_and_the_text_is_filled_in():
    assert spans(check_result([span(0, 4), span(0.0, 23.0, region_id="b")], CONFIG, TEXT)) == [
        (0, 4, "Took"),
        (0, 23, TEXT),
    ]


def test_choices_may_be_nested_lists():
    region = chosen("topics", ["heart", "valve"], "lung")
    assert check_result([region], CONFIG, TEXT).kept == [region]


def test_a_region_and_its_choices_share_an_id_but_nothing_comes_twice():
    labels, choices = span(5, 12, "aspirin"), chosen("sure", "yes", region_id="a")
    choices["value"] |= {"start": 5, "end": 12, "text": "aspirin"}
    checked = check_result([labels, choices, labels], CONFIG, TEXT)
    assert checked == Checked([labels, choices], (RefusedRegion(2, 'The region id "a" occurs twice for "label".'),))


def test_relations_need_both_their_ends_wherever_they_stand():
    relation = {"from_id": "a", "to_id": "b", "type": "relation", "direction": "right", "labels": ["same"]}
    regions = [relation, span(5, 12), span(17, 22, region_id="b")]
    assert [region.get("type") for region in check_result(regions, CONFIG, TEXT).kept] == [
        "relation",
        "labels",
        "labels",
    ]
    assert reasons(relation, span(5, 12), span(17, 99, region_id="b")) == [
        'to_id "b" is not the id of a region that was kept.',
        "end 99 is beyond the text, which has 23 characters.",
    ]
    assert reasons(*regions[1:], relation | {"direction": "up"}) == ['direction is "up"; it must be right, left or bi.']
    assert reasons(*regions[1:], relation | {"labels": ["x"]}) == ['The Labeling Config has no relation "x".']
    assert reasons(*regions[1:], {"from_id": "a", "to_id": "b", "type": "relation"}) == []


WAYS = [
    ("😀 aspirin 👨🏻‍🚒 aspirin", 19, 26, "aspirin", (15, 22), "offsets counted UTF-16 units"),
    ("𝒳 aspirin", 3, 10, "aspirin", (2, 9), "offsets counted UTF-16 units"),
    ("a\r\nb\r\naspirin", 4, 11, "aspirin", (6, 13), "offsets counted CRLF as one"),
    ("x\r\naspirin\r\nnow", 2, 13, "aspirin\nnow", (3, 15), "offsets counted CRLF as one"),
    ("no aspirin.", 3, 9, "aspirin", (3, 10), "the end was inclusive"),
    ("no\u00a0 aspirin \tnow", 2, 12, "aspirin", (4, 11), "blanks around it were left out"),
    ("no aspirin", 3, 10, " aspirin ", (3, 10), "blanks around it were left out"),
]


@pytest.mark.parametrize(("text", "start", "end", "expected", "found", "way"), WAYS)
def test_an_import_sets_other_ways_of_counting_right(
    text: str, start: int, end: int, expected: str, found: tuple[int, int], way: str
):
    checked = check_result([span(start, end, expected)], CONFIG, text, repair=True)
    assert spans(checked) == [(*found, text[found[0] : found[1]])]
    assert checked.repaired == (f"Region a: {way}; {start}–{end} became {found[0]}–{found[1]}.",)


@pytest.mark.parametrize(("text", "start", "end", "expected", "found", "way"), WAYS)
def test_what_people_and_models_save_is_never_repaired(
    text: str, start: int, end: int, expected: str, found: tuple[int, int], way: str
):
    assert len(reasons(span(start, end, expected), text=text)) == 1


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [
        ("aspirin or aspirin", 2, 9, "aspirin"),  # another occurrence is near, but nothing explains it
        ("😀 aspirin", 1, 8, "aspirin"),
        ("😀😀ab", 1, 3, "a"),  # between the halves of a surrogate pair
        ("😀x\r\nx\r\nxx", 4, 5, "xx"),
        ("aspirin", 0, 7, "ASPIRIN"),
        ("   ", 0, 2, "aspirin"),
    ],
)
def test_a_region_is_never_moved_to_another_occurrence(text: str, start: int, end: int, expected: str):
    assert reasons(span(start, end, expected), text=text, repair=True) == [
        f"Its text is not what stands at {start}–{end}, and no other way of counting explains it."
    ]


def test_two_explanations_with_two_places_are_no_explanation():
    text = "😀\r\n\r\nab.ab"
    # UTF-16 units lead to 5–7, CRLF as one to 8–10, and "ab" stands at both.
    assert (text[5:7], text[8:10]) == ("ab", "ab")
    assert reasons(span(6, 8, "ab"), text=text, repair=True) == [
        "Its text is not what stands at 6–8, and no other way of counting explains it."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "😀👨🏻‍🚒𝒳 e\u0301 \ufeff\u00a0\t\r\n\r x\u2028y \u200d שלום مرحبا", "\r\n" * 5 + "😀" * 5, "a\rb\nc\r\r\nd",
    ],
)  # fmt: skip
def test_every_span_of_a_hostile_text_is_kept_as_it_is(text: str):
    regions = [
        span(start, end, text[start:end], region_id=f"{start}-{end}")
        for start in range(len(text))
        for end in range(start + 1, len(text) + 1)
    ]
    assert check_result(regions, CONFIG, text, repair=True) == Checked(regions)


@pytest.mark.parametrize(
    "text",
    [
        "😀👨🏻‍🚒𝒳 e\u0301 \ufeff\u00a0\t\r\n\r x\u2028y \u200d שלום مرحبا 😀 aspirin",
        "\r\n" * 5 + "😀" * 5 + "aspirin\r\n",
    ],
)
def test_utf_16_offsets_of_every_word_lead_to_that_word(text: str):
    start = text.index("aspirin")
    units = len(text[:start].encode("utf-16-le")) // 2
    assert spans(check_result([span(units, units + 7, "aspirin")], CONFIG, text, repair=True)) == [
        (start, start + 7, "aspirin")
    ]


def test_imports_get_missing_ids():
    kept = check_result([span(5, 12) | {"id": ""}, span(0, 4) | {"id": 7}], CONFIG, TEXT, repair=True).kept
    assert [region["id"] for region in kept] == ["region-1", "7"]


@pytest.mark.parametrize(
    ("region", "confidence"),
    [
        ({"value": {"confidence": "0.9524"}}, 0.9524),
        ({"value": {"confidence": 1}}, 1.0),
        ({"value": {}, "score": 0.5}, 0.5),
        ({"value": {"confidence": 0.25}, "score": 0.5}, 0.25),
        ({"value": {"confidence": "high"}, "score": "0.5"}, 0.5),
        ({"value": {"confidence": 1.7}}, 1.0),
        ({"value": {"confidence": -1}}, 0.0),
        ({"value": {"confidence": True}}, None),
        ({"value": {"confidence": "nan"}}, None),
        ({"value": None}, None),
        ({}, None),
    ],
)
def test_confidence_is_read_wherever_it_stands(region: dict, confidence: float | None):
    assert region_confidence(region) == confidence


def test_a_confidence_above_one_is_clamped_with_a_notice():
    beside, inside = span(5, 12, "aspirin", score=1.2), span(0, 4, "Took", region_id="b")
    inside["value"]["confidence"] = "3"
    checked = check_result([beside, inside], CONFIG, TEXT)
    assert (checked.kept[0]["score"], checked.kept[1]["value"]["confidence"]) == (1.0, 1.0)
    assert checked.repaired == ("Region a: confidence 1.2 became 1.", "Region b: confidence 3 became 1.")


def test_the_mean_leaves_out_regions_without_confidence():
    assert mean_confidence([{"score": 0.5}, {"score": 1}, {"type": "relation"}]) == 0.75
    assert mean_confidence([{"type": "relation"}]) is None
