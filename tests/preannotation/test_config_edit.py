"""Adding a model's labels changes what it must and leaves every other byte alone."""

import pytest

from preannotation.config_edit import Addition, add_labels, take_out
from projects.labeling_config import MAX_BYTES, parse

EMPTY = '<View>\n  <Text name="text" value="$text"/>\n</View>\n'
POSOLOGY = Addition("ner_posology", "ner", ("DRUG", "DOSAGE"))
STATUS = Addition("assertion_problem", "assertion", ("absent",))
KIND = Addition("classification_note_kind", "classification", ("discharge", "progress"))


def asks(xml):
    outcome = parse(xml)
    assert outcome.problems == ()
    return [(ask.model, ask.kind, ask.control, ask.label) for ask in outcome.config.asks]


def asked(xml):
    return [(ask.model, ask.label, ask.predicted) for ask in parse(xml).config.asks]


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


def test_classes_of_a_model_stand_in_a_line_so_that_the_text_stays_high_on_the_page():
    added = parse(add_labels(EMPTY, [KIND])).config.choices_controls
    assert [(control.name, control.layout, control.choice) for control in added] == [("note_kind", "inline", "single")]


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
    assert (len(keys), len(set(keys))) == (40, 40)


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


TEXT = '<Text name="text" value="$text"/>'
ONE_LINE = '<Labels name="a" toName="text"><Label value="X"/></Labels>'
PEOPLE = (
    "<!-- ours > theirs -->\r\n<View>\r\n"
    '\t<Labels name="entity" toName="text">\r\n'
    '\t\t<Label hint=\'a="b" model="no"\' value="DRUG" background=\'red\'/><!-- keep 😀 -->\r\n'
    "\t\t<Label value='Dosage' model = 'ner_posology' predicted_values='DOSAGE' />\r\n"
    '\t</Labels>\r\n\t<Text name="text" value="$text"/>\r\n</View>'
)


def test_a_mapped_label_is_written_on_the_label_that_is_there():
    mapped = Addition("m", "ner", ("Drug", "Drugs"), mapped=(("Drug", "DRUG"), ("Drugs", "DRUG")), predicts=("Drug",))
    assert add_labels(PEOPLE, [mapped]) == PEOPLE.replace(
        "<Label hint", '<Label model="m" predicted_values="Drug,Drugs" hint'
    )


def test_a_mapped_label_joins_those_that_the_same_model_maps_there():
    more = Addition("ner_posology", "ner", ("AMOUNT",), mapped=(("AMOUNT", "Dosage"),), predicts=("DOSAGE", "AMOUNT"))
    changed = add_labels(PEOPLE, [more])
    assert changed == PEOPLE.replace("'DOSAGE'", '"DOSAGE,AMOUNT"')
    assert add_labels(changed, [more]) == changed


def test_a_mapping_onto_a_label_that_is_gone_is_refused():
    with pytest.raises(ValueError, match='There is no label "NONE" any more that "Drug" could be mapped to'):
        add_labels(PEOPLE, [Addition("m", "ner", ("Drug",), mapped=(("Drug", "NONE"),))])


def test_classes_mapped_onto_choices_of_people_stay_in_one_control():
    xml = EMPTY.replace(
        "  <Text",
        '  <Choices name="kind" toName="text">\n    <Choice value="Discharge"/>\n  </Choices>\n  <Text',
    )
    changed = add_labels(
        xml, [Addition("m", "classification", ("discharge", "progress"), mapped=(("discharge", "Discharge"),))]
    )
    assert asks(changed) == [("m", "classification", "kind", "Discharge"), ("m", "classification", "kind", "progress")]


@pytest.mark.parametrize(
    "xml",
    [
        EMPTY,
        PEOPLE,
        f"<View>{ONE_LINE}{TEXT}</View>",
        f"<View>\n{ONE_LINE}\n{TEXT}\n</View>",
        f"<View>\n  <Labels name='a' toName='text'>\n    <Label value='X'/></Labels>\n  {TEXT}</View>",
    ],
)
def test_taking_out_what_was_added_gives_every_byte_back(xml):
    given = Addition("m", "ner", ("A", "B"))
    changed = add_labels(xml, [given, STATUS, KIND])
    for model, removed in (("m", ("A", "B")), (STATUS.model, STATUS.labels), (KIND.model, KIND.labels)):
        taken = take_out(changed, model)
        assert (taken.removed, taken.kept) == (removed, ())
        changed = taken.xml
    assert changed == xml


def test_taking_out_leaves_mapped_labels_to_people():
    taken = take_out(PEOPLE, "ner_posology")
    assert (taken.removed, taken.kept) == ((), ("Dosage",))
    assert taken.xml == PEOPLE.replace(" model = 'ner_posology' predicted_values='DOSAGE'", "")


def test_labels_can_stay_for_people_when_the_model_goes():
    changed = add_labels(EMPTY, [POSOLOGY, KIND])
    taken = take_out(take_out(changed, "ner_posology", keep_labels=True).xml, KIND.model, keep_labels=True)
    assert taken.kept == ("discharge", "progress")
    assert asks(taken.xml) == []
    assert taken.xml == changed.replace(' model="ner_posology"', "").replace(f' model="{KIND.model}"', "")


def test_a_control_with_more_in_it_stays_when_its_labels_go():
    xml = EMPTY.replace(
        "  <Text",
        '  <Labels name="l" toName="text">\n    <!-- why -->\n    <Label value="A" model="m"/>\n  </Labels>\n  <Text',
    )
    assert take_out(xml, "m").xml == xml.replace('    <Label value="A" model="m"/>\n', "")


def test_thousands_of_labels_are_written_in_one_pass():
    labels = tuple(f"LABEL_{number}" for number in range(800))
    xml = add_labels(EMPTY, [Addition("m", "ner", labels)])
    assert xml.count("<Label ") == 800
    assert take_out(xml, "m").xml == EMPTY


def test_more_than_a_config_may_hold_is_refused():
    full = EMPTY + f"<!--{'x' * (MAX_BYTES - len(EMPTY) - 20)}-->"
    with pytest.raises(ValueError, match="at most 1,048,576 are read"):
        add_labels(full, [POSOLOGY])


TWO_OF_PEOPLE = """<View>
  <Labels name="place" toName="text"><Label value="CITY"/></Labels>
  <Labels name="label" toName="text">
    <Label value="Drug" alias="DRUG"/>
    <Label value="PROBLEM" model="ner_old"/>
    <Label value="absent" assertion="true"/>
    <Label value="present" assertion="true"/>
  </Labels>
  <Choices name="kind" toName="text"><Choice value="letter"/><Choice value="note"/></Choices>
  <Text name="text" value="$text"/>
</View>
"""


def test_labels_that_belong_to_a_control_become_the_models_there_and_what_it_lacks_is_added_to_it():
    labels = ("DRUG", "PROBLEM", "RARE")
    xml = add_labels(TWO_OF_PEOPLE, [Addition("ner_mine", "ner", labels, predicts=labels, control="label")])
    assert asks(xml) == [("ner_mine", "ner", "label", label) for label in labels]
    assert '<Label model="ner_mine" predicted_values="DRUG" value="Drug" alias="DRUG"/>' in xml
    assert '<Labels name="place" toName="text"><Label value="CITY"/></Labels>' in xml


def test_statuses_that_belong_to_a_control_with_entities_become_the_models_there():
    status = Addition("assertion_mine", "assertion", ("absent", "present"), control="label")
    assert asks(add_labels(TWO_OF_PEOPLE, [status])) == [
        ("ner_old", "ner", "label", "PROBLEM"),
        ("assertion_mine", "assertion", "label", "absent"),
        ("assertion_mine", "assertion", "label", "present"),
    ]


def test_choices_that_all_belong_to_a_model_name_it_once():
    names = ("letter", "note")
    kind = Addition("class_mine", "classification", names, predicts=names, control="kind")
    xml = add_labels(TWO_OF_PEOPLE, [kind])
    assert xml == TWO_OF_PEOPLE.replace('<Choices name="kind"', '<Choices model="class_mine" name="kind"')
    assert add_labels(xml, [kind]) == xml


def test_a_choice_that_the_model_never_saw_stays_the_peoples():
    kind = Addition("class_mine", "classification", ("letter",), predicts=("letter",), control="kind")
    assert asks(add_labels(TWO_OF_PEOPLE, [kind]))[1:] == [("class_mine", "classification", "kind", "letter")]


def test_a_control_that_is_gone_is_named():
    with pytest.raises(ValueError) as refused:
        add_labels(TWO_OF_PEOPLE, [Addition("ner_mine", "ner", ("DRUG",), control="gone")])
    assert str(refused.value) == 'There is no "gone" any more that the labels of ner_mine could belong to.'


def test_a_label_that_stands_in_a_later_control_is_not_added_to_an_earlier_one():
    xml = (
        TWO_OF_PEOPLE.replace(' model="ner_old"', "")
        .replace('<Label value="absent" assertion="true"/>', "")
        .replace('<Label value="present" assertion="true"/>', "")
    )
    assert asks(add_labels(xml, [Addition("ner_mine", "ner", ("PROBLEM",))])) == [
        ("ner_mine", "ner", "label", "PROBLEM")
    ]


@pytest.mark.parametrize("before", ["ner_old", "ner_mine"])
def test_labels_that_were_mapped_onto_one_are_asked_apart_of_a_model_that_learned_them_apart(before):
    mapped = f'<Label value="Issue" model="{before}" predicted_values="PROBLEM"/>'
    xml = EMPTY.replace(
        "  <Text", f'  <Labels name="label" toName="text">{mapped}<Label value="PROBLEM"/></Labels>\n  <Text'
    )
    labels = ("Issue", "PROBLEM")
    changed = add_labels(xml, [Addition("ner_mine", "ner", labels, predicts=labels, control="label")])
    assert asked(changed) == [("ner_mine", "Issue", ("Issue",)), ("ner_mine", "PROBLEM", ("PROBLEM",))]


BOTH_IN_ONE = """<View>
  <Labels name="label" toName="text">
    <Label value="DRUG" model="ner_drug"/>
    <Label value="absent" assertion="true"/>
    <Label value="Present" assertion="true"/>
  </Labels>
  <Text name="text" value="$text"/>
</View>
"""


def test_statuses_that_people_keep_beside_entities_get_the_model_there():
    status = Addition("st", "assertion", ("absent", "present", "family"), mapped=(("present", "Present"),))
    changed = add_labels(BOTH_IN_ONE, [status])
    assert asks(changed) == [
        ("ner_drug", "ner", "label", "DRUG"),
        ("st", "assertion", "label", "absent"),
        ("st", "assertion", "label", "Present"),
        ("st", "assertion", "label", "family"),
    ]
    assert add_labels(changed, [status]) == changed


def test_an_entity_that_is_called_as_a_status_goes_into_a_control_without_that_name():
    assert asks(add_labels(BOTH_IN_ONE, [Addition("ner_more", "ner", ("absent",))])) == [
        ("ner_drug", "ner", "label", "DRUG"),
        ("ner_more", "ner", "ner_more", "absent"),
    ]


@pytest.mark.parametrize("there", ['value="DRUG"', 'value="DRUG" model="ner_mine"', 'value="Drug"'])
def test_labels_of_a_model_keep_to_the_control_that_has_others_of_them(there):
    xml = EMPTY.replace(
        "  <Text",
        '  <Labels name="place" toName="text"><Label value="CITY"/></Labels>\n'
        f'  <Labels name="label" toName="text"><Label {there}/></Labels>\n  <Text',
    )
    mapped = (("DRUG", "Drug"),) if "Drug" in there else ()
    changed = add_labels(xml, [Addition("ner_mine", "ner", ("RARE", "DRUG"), mapped=mapped)])
    assert [(ask.control, ask.predicted) for ask in parse(changed).config.asks] == [
        ("label", ("DRUG",)),
        ("label", ("RARE",)),
    ]
