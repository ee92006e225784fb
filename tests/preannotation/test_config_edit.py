"""Adding a model's labels changes what it must and leaves every other byte alone."""

import pytest

from preannotation.config_edit import Addition, add_labels
from projects.labeling_config import parse

EMPTY = '<View>\n  <Text name="text" value="$text"/>\n</View>\n'
POSOLOGY = Addition("ner_posology", "ner", ("DRUG", "DOSAGE"))
STATUS = Addition("assertion_problem", "assertion", ("absent",))
KIND = Addition("classification_note_kind", "classification", ("discharge", "progress"))


def asks(xml):
    outcome = parse(xml)
    assert outcome.problems == ()
    return [(ask.model, ask.kind, ask.control, ask.label) for ask in outcome.config.asks]


def test_labels_of_a_first_model_get_a_control_before_the_text():
    assert add_labels(EMPTY, [POSOLOGY]) == (
        "<View>\n"
        '  <Labels name="label" toName="text">\n'
        '    <Label value="DRUG" model="ner_posology" background="#2f7ed8" hotkey="d"/>\n'
        '    <Label value="DOSAGE" model="ner_posology" background="#c2410c" hotkey="o"/>\n'
        "  </Labels>\n"
        '  <Text name="text" value="$text"/>\n'
        "</View>\n"
    )


def test_all_three_kinds_come_out_as_a_config_without_problems():
    xml = add_labels(EMPTY, [POSOLOGY, Addition("ner_clinical", "ner", ("PROBLEM",)), STATUS, KIND])
    assert asks(xml) == [
        ("ner_posology", "ner", "label", "DRUG"),
        ("ner_posology", "ner", "label", "DOSAGE"),
        ("ner_clinical", "ner", "label", "PROBLEM"),
        ("assertion_problem", "assertion", "status", "absent"),
        ("classification_note_kind", "classification", "note_kind", "discharge"),
        ("classification_note_kind", "classification", "note_kind", "progress"),
    ]


def test_adding_again_changes_nothing():
    once = add_labels(EMPTY, [POSOLOGY, STATUS, KIND])
    assert add_labels(once, [POSOLOGY, STATUS, KIND]) == once


def test_a_label_of_people_gets_the_model_and_keeps_its_own_colour_and_key():
    xml = EMPTY.replace(
        "  <Text",
        '  <Labels name="entity" toName="text"><Label value="DRUG" background="red" hotkey="x"/></Labels>\n  <Text',
    )
    assert add_labels(xml, [Addition("ner_posology", "ner", ("DRUG",))]) == xml.replace(
        '<Label value="DRUG"', '<Label model="ner_posology" value="DRUG"'
    )


def test_the_same_label_of_another_model_goes_into_a_control_of_its_own():
    xml = add_labels(EMPTY, [Addition("ner_clinical", "ner", ("PROBLEM",)), Addition("ner_other", "ner", ("PROBLEM",))])
    assert asks(xml) == [("ner_clinical", "ner", "label", "PROBLEM"), ("ner_other", "ner", "ner_other", "PROBLEM")]


def test_comments_entities_line_ends_and_unknown_tags_stay_byte_for_byte():
    head = (
        "<!-- Größe: 5 > 3 & 😀 -->\r\n<View>\r\n"
        "\t<Header value='a &gt; b &amp; \"c\"'/>\r\n\t<Strange x='>'>é</Strange>\r\n"
    )
    tail = '\t<Text name="t" value="$text"/>\r\n</View>\r\n<!-- sample: {"text": "…"} -->'
    assert add_labels(head + tail, [Addition("m", "ner", ("A",))]) == (
        head + '\t<Labels name="label" toName="t">\r\n'
        '\t  <Label value="A" model="m" background="#2f7ed8" hotkey="a"/>\r\n'
        "\t</Labels>\r\n" + tail
    )


def test_an_empty_control_is_opened():
    xml = '<View>\n  <Labels name="label" toName="text"/>\n  <Text name="text" value="$text"/>\n</View>'
    assert add_labels(xml, [Addition("m", "ner", ("A",))]) == (
        '<View>\n  <Labels name="label" toName="text">\n'
        '    <Label value="A" model="m" background="#2f7ed8" hotkey="a"/>\n'
        '  </Labels>\n  <Text name="text" value="$text"/>\n</View>'
    )


def test_colours_and_keys_in_use_are_not_given_twice():
    labels = tuple(f"LABEL_{number}" for number in range(40))
    config = parse(add_labels(EMPTY, [Addition("m", "ner", labels)])).config
    given = config.labels_controls[0].labels
    assert len({label.background for label in given}) == 40
    keys = [label.hotkey for label in given if label.hotkey]
    assert (len(keys), len(set(keys))) == (35, 35)


def test_names_with_quotes_and_angles_are_escaped():
    xml = add_labels(EMPTY, [Addition("m", "ner", ('a"b<c>&d',))])
    assert parse(xml).config.labels_controls[0].labels[0].value == 'a"b<c>&d'


def test_a_declared_encoding_does_not_disturb_positions():
    xml = "<?xml version='1.0' encoding='UTF-8'?>\n<!-- éé -->\n" + EMPTY
    assert add_labels(xml, [Addition("m", "ner", ("A",))]).count('<Label value="A" model="m"') == 1


@pytest.mark.parametrize("xml", ["", "<View><Text></View>", "<View>" * 5000 + "</View>" * 5000, "<View>" + "x" * 2**20])
def test_xml_that_cannot_be_read_is_refused_with_the_words_of_the_parser(xml):
    with pytest.raises(ValueError) as refused:
        add_labels(xml, [POSOLOGY])
    assert str(refused.value) == str(parse(xml).problems[0])
