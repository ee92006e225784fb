"""XML in, a frozen config or every problem with its line out."""

import pytest

from projects.labeling_config import MAX_BYTES, MAX_DEPTH, Ask, ConfigProblem, parse

FULL = """<!-- {"text": "a sample"} -->
<View>
  <Header value="Mark the drugs"/>
  <Labels name="label" toName="text">
    <View><Label value="DRUG" alias="drug" model="ner_posology" background="#af906b" hotkey="D"/></View>
    <Label value="PROBLEM" model="ner_problem" predicted_values="Disease, Symptom"/>
    <Label value="absent" assertion="true" model="assertion_problem"/>
    <Label value="doubtful" assertion="true"/>
  </Labels>
  <Choices name="kind" toName="text" choice="multiple" model="kinds" required="true">
    <Choice value="discharge"><Choice value="home"/></Choice>
    <Choice value="progress"/>
  </Choices>
  <Relations><Relation value="treats" allowed="DRUG&gt;PROBLEM"/></Relations>
  <Text name="text"
        value="$note" granularity="word"/>
</View>
<!-- after -->
"""


def around(inside: str, text: str = '<Text name="text" value="$text"/>') -> str:
    return f"<View>\n{inside}\n{text}</View>"


def told(xml: str | bytes) -> list[str]:
    return [str(problem) for problem in parse(xml).problems]


def test_a_whole_config_is_read():
    outcome = parse(FULL)
    config = outcome.config
    assert outcome.problems == ()
    assert config.unsupported == ()
    assert config.text_field == "note"
    assert [(text.name, text.granularity, text.line) for text in config.texts] == [("text", "word", 15)]
    assert [label.name for label in config.labels_controls[0].labels] == ["drug", "PROBLEM", "absent", "doubtful"]
    assert config.label("label", "DRUG") is config.label("label", "drug")
    assert config.label("label", "DRUG").hotkey == "d"
    assert config.label("label", "DRUG").line == 5
    assert config.label("label", "aspirin") is None
    assert config.label("nothing", "DRUG") is None
    kind = config.control("kind")
    assert (kind.choice, kind.multiple, kind.required, kind.per_region, kind.model) == (
        "multiple", True, True, False, "kinds",
    )  # fmt: skip
    assert [choice.path for choice in kind.choices] == [("discharge",), ("discharge", "home"), ("progress",)]
    assert [relation.value for relation in config.relations.relations] == ["treats"]
    assert config.relations.relations[0].allowed == "DRUG>PROBLEM"


def test_asks_say_what_each_model_shall_predict():
    config = parse(FULL).config
    assert config.model_names == ("ner_posology", "ner_problem", "assertion_problem", "kinds")
    assert config.asks[:3] == (
        Ask("ner_posology", "ner", "label", "text", "drug", ("DRUG",), False, 5),
        Ask("ner_problem", "ner", "label", "text", "PROBLEM", ("Disease", "Symptom"), False, 6),
        Ask("assertion_problem", "assertion", "label", "text", "absent", ("absent",), False, 7),
    )
    assert config.asks[3:] == tuple(
        Ask("kinds", "classification", "kind", "text", name, (name,), True, line)
        for name, line in (("discharge", 11), ("home", 11), ("progress", 12))
    )


def test_a_model_may_stand_on_a_single_choice():
    choices = '<Choices name="k" toName="text"><Choice value="a" model="m"/><Choice value="b"/></Choices>'
    config = parse(around(choices)).config
    assert [(ask.model, ask.label) for ask in config.asks] == [("m", "a")]


def test_the_same_config_is_read_from_bytes_with_bom_and_with_a_declaration():
    declared = '<?xml version="1.0" encoding="UTF-8"?>' + FULL
    assert parse(FULL.encode()) == parse(FULL) == parse("\ufeff" + FULL) == parse(b"\xef\xbb\xbf" + FULL.encode())
    assert parse(declared) == parse(declared.encode()) == parse(FULL)


@pytest.mark.parametrize(
    ("inside", "problem"),
    [
        (
            '<Labels name="l" toName="text"><Label value="A"/>\n<Label value="A"/></Labels>',
            'Line 3: Label "A" of <Labels name="l"> is there already, in line 2. Remove or rename one of the two.',
        ),
        (
            '<Labels name="l" toName="text"><Label value="A"/><Label value="B" alias="A"/></Labels>',
            'Line 2: Label "A" of <Labels name="l"> is there already, in line 2. Remove or rename one of the two.',
        ),
        (
            '<Choices name="c" toName="text"><Choice value="A"/><Choice value="A"/></Choices>',
            'Line 2: Choice "A" of <Choices name="c"> is there already, in line 2. Remove or rename one of the two.',
        ),
        (
            '<Labels name="l" toName="txt"><Label value="A"/></Labels>',
            'Line 2: <Labels name="l"> points to "txt", but nothing here has that name. Write toName="text".',
        ),
        (
            '<Labels name="l" toName="l"><Label value="A"/></Labels>',
            'Line 2: <Labels name="l"> points to <Labels name="l">, which is not a text. Write toName="text".',
        ),
        (
            '<Labels name="l"><Label value="A"/></Labels>',
            'Line 2: <Labels name="l"> has no toName. Write the name of the <Text>, as in toName="text".',
        ),
        (
            '<Labels toName="text"><Label value="A"/></Labels>',
            'Line 2: <Labels> has no name. Give it one, such as name="label".',
        ),
        (
            '<Labels name="text" toName="text"><Label value="A"/></Labels>',
            'Line 3: The name "text" is taken by <Labels name="text"> of line 2. Give this <Text> another.',
        ),
        (
            '<Labels name="l" toName="text"></Labels>',
            'Line 2: <Labels name="l"> has no <Label>. Put at least one <Label value="…"/> into it.',
        ),
        (
            '<Choices name="c" toName="text"/>',
            'Line 2: <Choices name="c"> has no <Choice>. Put at least one <Choice value="…"/> into it.',
        ),
        (
            '<Labels name="l" toName="text">\n<Label value=" "/></Labels>',
            'Line 3: A <Label> of <Labels name="l"> has no value. Write <Label value="…"/>.',
        ),
        (
            '<Labels name="l" toName="text"><Label value="A" hotkey="a"/><Label value="B" hotkey="A"/></Labels>',
            'Line 2: The hotkey "a" of Label "B" of <Labels name="l"> is that of Label "A", line 2. Take another.',
        ),
        (
            '<Labels name="l" toName="text"><Label value="A" hotkey="Enter+Ctrl"/></Labels>',
            'Line 2: hotkey="Enter+Ctrl" of <Label value="A"> is not a key. Write one character, or a combination such '
            'as "shift+d".',
        ),
        (
            '<Labels name="l" toName="text"><Label value="A" hotkey="Ctrl+Enter"/></Labels>',
            'Line 2: The hotkey "ctrl+enter" of Label "A" of <Labels name="l"> is reserved for the editor. Take '
            "another.",
        ),
        (
            '<Labels name="l" toName="text"><Label value="A" background="reddish"/></Labels>',
            'Line 2: background="reddish" of <Label value="A"> is not a colour. Write a name such as "teal", #rgb, '
            "#rrggbb or rgba(0, 128, 128, 0.5).",
        ),
        (
            '<Choices name="c" toName="text" choice="many"><Choice value="A"/></Choices>',
            'Line 2: choice="many" of <Choices name="c"> means nothing here. Use one of "single", "single-radio", '
            '"multiple".',
        ),
        (
            '<Labels name="l" toName="text"><Label value="A" assertion="yes"/></Labels>',
            'Line 2: assertion="yes" of <Label value="A"> must be "true" or "false".',
        ),
        (
            '<Choices name="c" toName="text" model="m"><Choice value="A" model="n"/></Choices>',
            'Line 2: Choice "A" names the model "n", and <Choices name="c"> of line 2 names "m". Write model= on one '
            "of the two only.",
        ),
        (
            '<Choices name="c" toName="text" model="m" perRegion="true"><Choice value="A"/></Choices>',
            'Line 2: <Choices name="c"> asks a model, but is filled in per region. Models class whole texts: remove '
            'perRegion="true" or the model.',
        ),
        (
            '<Labels name="l" toName="text" model="m"><Label value="A"/></Labels>',
            'Line 2: <Labels name="l"> names a model, which means nothing there. Write model= on each <Label>.',
        ),
        (
            '<Labels name="l" toName="text"><Label value="A" model="m"/>'
            '<Label value="B" model="m" predicted_values="A"/></Labels>',
            'Line 2: Label "B" and Label "A" (line 2) both take "A" of the model "m". Correct predicted_values of one '
            "of them.",
        ),
        ('<Label value="A"/>', 'Line 2: <Label value="A"> is outside of any control. Move it into <Labels>.'),
        (
            '<Choices name="c" toName="text"><Choice value="B"/><Label value="A"/></Choices>',
            'Line 2: <Label value="A"> is inside <Choices name="c">. Move it into <Labels>.',
        ),
    ],
)
def test_one_problem_is_named_with_its_line(inside: str, problem: str):
    outcome = parse(around(inside))
    assert [str(found) for found in outcome.problems] == [problem]
    assert outcome.config is not None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", 'Line 1: There is no text to label. Add <Text name="text" value="$text"/>.'),
        ('<Text value="$text"/>', 'Line 3: <Text> has no name. Give it one, such as name="text".'),
        (
            '<Text name="text" value="text"/>',
            'Line 3: value="text" of <Text name="text"> must be "$" and a field name, as in "$text".',
        ),
        (
            '<Text name="text"/>',
            'Line 3: <Text name="text"> has no value. Name the field that it shows, as in value="$text".',
        ),
        (
            '<Text name="text" value="$text" granularity="letter"/>',
            'Line 3: granularity="letter" of <Text name="text"> means nothing here. Use one of "symbol", "word", '
            '"sentence", "paragraph".',
        ),
    ],
)
def test_problems_of_the_text_are_named(text: str, problem: str):
    assert told(around("", text)) == [problem]


def test_all_problems_come_at_once_in_the_order_of_their_lines():
    xml = around(
        '<Labels name="l" toName="nowhere">\n<Label value="A" hotkey="tab"/>\n<Label value="A" background="x"/>\n'
        "</Labels>"
        '<Choices name="l" toName="text"/>'
    )
    assert [problem.line for problem in parse(xml).problems] == [2, 3, 4, 4, 5, 5]


def test_models_read_only_the_text_of_the_task():
    labels = '<Labels name="l" toName="second"><Label value="A" model="m"/></Labels>'
    texts = '<Text name="first" value="$text"/>\n<Text name="second" value="$other"/>'
    assert told(around(labels, texts)) == [
        'Line 2: <Labels name="l"> asks a model, but points to <Text name="second">; models read only '
        '<Text name="first">. Write toName="first".',
        'Line 4: <Text name="second"> shows the field "other", but a task has one text: the field "text" of '
        '<Text name="first">, line 3. Remove one of the two.',
    ]


def test_an_assertion_label_without_a_model_is_for_people():
    config = parse(around('<Labels name="l" toName="text"><Label value="absent" assertion="true"/></Labels>')).config
    assert (config.asks, config.label("l", "absent").assertion) == ((), True)


def test_unknown_tags_are_noticed_and_do_no_harm():
    outcome = parse(around('<TextArea name="note" toName="text"/>\n<labels/><Text2 xmlns="urn:x"/>'))
    assert outcome.problems == ()
    assert outcome.config.unsupported == (
        ConfigProblem("<TextArea> is not supported yet. It is kept, but has no effect.", 2),
        ConfigProblem(
            "<labels> is not supported yet. It is kept, but has no effect. Did you mean <Labels>? Upper and lower case "
            "count.",
            3,
        ),
        ConfigProblem("<{urn:x}Text2> is not supported yet. It is kept, but has no effect.", 3),
    )


@pytest.mark.parametrize("colour", ["teal", "#abc", "#A1b2C3", "rgb(1,2,3)", "rgba(0, 128, 128, .5)"])
def test_colours_are_accepted(colour: str):
    xml = around(f'<Labels name="l" toName="text"><Label value="A" background="{colour}"/></Labels>')
    assert parse(xml).config.label("l", "A").background == colour
    assert told(xml) == []


@pytest.mark.parametrize("colour", ["#ab", "#abcd12345", "rgba(0,0,0,2)", "rgb(256,0,0)", "red;x:url(y)", "url(x)"])
def test_other_backgrounds_are_problems_and_never_reach_the_page(colour: str):
    outcome = parse(around(f'<Labels name="l" toName="text"><Label value="A" background="{colour}"/></Labels>'))
    assert (len(outcome.problems), outcome.config.label("l", "A").background) == (1, "")


BOMB = (
    '<!DOCTYPE View [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{("&" + a + ";") * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>\n<View>&i;</View>"
)


@pytest.mark.parametrize(
    ("xml", "problem"),
    [
        ("", "Line 1: The config is empty. Start with <View> and put a <Text> into it."),
        (" \n ", "Line 1: The config is empty. Start with <View> and put a <Text> into it."),
        ("hello", "Line 1: The XML doesn't begin with a tag. Remove what stands before <View>."),
        ("<View>\n<Labels>\n</View>", "Line 3: </View> can't close <Labels> of line 2. Write </Labels> before it, or "
         "<Labels …/>."),
        ("<View>\n", "Line 1: <View> is never closed. Write </View> at its end."),
        ("<View/>\n<View/>", "Line 2: There is something behind the end of the first tag. Put everything into one "
         "<View>; only comments may follow it."),
        ("<View/>text", "Line 1: There is something behind the end of the first tag. Put everything into one <View>; "
         "only comments may follow it."),
        ("<View>\na & b</View>", 'Line 2: A "&" or "<" stands alone or before something that is not a name. Write '
         "&amp; for & and &lt; for <."),
        ("<View a=b/>", 'Line 1: A value has no quotes. Write it as name="value".'),
        ("<View>&nbsp;</View>", "Line 1: Only &amp; &lt; &gt; &quot; &apos; and numbers such as &#13; are known. Write "
         "the character itself instead."),
        ("<View>\n\0</View>", "Line 2: U+0000 is a character that XML doesn't allow. Remove it."),
        ("<View>\n\ud83d</View>", "Line 2: U+D83D is a lone surrogate. Remove it."),
        (BOMB, "Line 1: A document type (<!DOCTYPE …>) and its entities are not allowed. Remove it and write the "
         "characters themselves."),
        ('<!-- x -->\n<!DOCTYPE v SYSTEM "file:///etc/passwd"><View/>', "Line 2: A document type (<!DOCTYPE …>) and "
         "its entities are not allowed. Remove it and write the characters themselves."),
        ("<View>" * 100_000, f"Line 1: Tags are nested more than {MAX_DEPTH} levels deep. Take out some <View>s."),
        ("<View>\n" * 101 + "</View>" * 101, f"Line 101: Tags are nested more than {MAX_DEPTH} levels deep. Take out "
         "some <View>s."),
        ("x" * 10_000_000, f"The config has 10,000,000 bytes; at most {MAX_BYTES:,} are read. Take out what is not "
         "needed, such as sample texts in comments."),
        ("<View/>".encode("utf-16"), "Line 1: The config is encoded in UTF-16. Save it as UTF-8."),
        ("<View>\né</View>".encode("latin-1"), "Line 2: The config is not UTF-8: byte 0xE9 can't be read. Save it as "
         "UTF-8."),
        ('<?xml version="1.0" encoding="UTF-16"?><View/>', 'Line 1: The first line declares the encoding "UTF-16", but '
         'configs are UTF-8. Write encoding="UTF-8" or leave the declaration out.'),
        (b'<?xml version="1.0" encoding="latin-1"?><View/>', 'Line 1: The first line declares the encoding "latin-1", '
         'but configs are UTF-8. Write encoding="UTF-8" or leave the declaration out.'),
    ],
    ids=lambda given: repr(given)[:40],
)  # fmt: skip
def test_what_is_not_xml_gets_one_clear_message(xml: str | bytes, problem: str):
    if xml == "<View>" * 100_000:
        xml = xml[: MAX_BYTES - 10]
    assert parse(xml).config is None
    assert told(xml) == [problem]


def test_every_prefix_of_a_config_is_answered():
    closed = FULL.rindex("</View>") + len("</View>")
    readable = [length for length in range(len(FULL) + 1) if parse(FULL[:length]).config]
    assert readable == [closed, closed + 1, len(FULL) - 1, len(FULL)]


def test_another_root_is_a_problem_but_the_rest_is_read():
    outcome = parse('<Labels name="l" toName="text"><Label value="A"/><Text name="text" value="$text"/></Labels>')
    assert [str(problem) for problem in outcome.problems] == [
        "Line 1: The outermost tag is <Labels>. Put everything into one <View> … </View>."
    ]
    assert outcome.config.label("l", "A").value == "A"


def test_lines_are_those_where_tags_begin_even_in_long_configs():
    xml = (
        "<View>"
        + "\n" * 70_000
        + '<!-- <Label/> --><Labels\n name=">"\n toName="no">\n<Label value="A"/></Labels></View>'
    )
    assert [problem.line for problem in parse(xml).problems] == [1, 70_001]
    assert parse(xml).config.labels_controls[0].labels[0].line == 70_004


def test_a_config_of_a_mebibyte_is_read():
    labels = "".join(f'<Label value="L{number}" background="#abc"/>\n' for number in range(25_000))
    xml = around(f'<Labels name="l" toName="text">{labels}</Labels>')
    outcome = parse(xml)
    assert (outcome.problems, len(outcome.config.labels_controls[0].labels)) == ((), 25_000)
