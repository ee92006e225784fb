"""What changes from one Labeling Config to the next, without a database."""

from projects.config_change import (
    Change,
    LabelKey,
    in_words,
    may_become,
    moves,
    proposal,
    removed_keys,
    targets,
)
from projects.labeling_config import LabelingConfig, parse
from projects.line_diff import MOST_LINES_COMPARED, line_diff


def config(*parts: str) -> LabelingConfig:
    read = parse("<View>" + "".join(parts) + '<Text name="text" value="$text"/></View>').config
    assert read
    return read


def labels(*names: str, control: str = "label") -> str:
    items = "".join(name if name.startswith("<") else f'<Label value="{name}"/>' for name in names)
    return f'<Labels name="{control}" toName="text">{items}</Labels>'


def key(name: str, control: str = "label") -> LabelKey:
    return LabelKey("labels", control, name)


def test_a_name_is_removed_where_its_control_no_longer_exports_it():
    before = config(labels("A", "B"), labels("A", control="other"))
    assert removed_keys(Change(before, config(labels("B"), labels("A", control="other")))) == (key("A"),)
    assert removed_keys(Change(before, config(labels("A", "B")))) == (key("A", "other"),)
    as_choices = '<Choices name="label" toName="text"><Choice value="A"/><Choice value="B"/></Choices>'
    assert removed_keys(Change(config(labels("A", "B")), config(as_choices))) == (key("A"), key("B"))


def test_an_alias_changes_the_name_and_is_proposed():
    before, after = config(labels("A", "B")), config(labels("B", '<Label value="A" alias="Alpha"/>'))
    assert removed_keys(Change(before, after)) == (key("A"),)
    assert targets(key("A"), Change(before, after)) == (key("Alpha"), key("B"))
    assert proposal(key("A"), Change(before, after)) == key("Alpha")


def test_a_renamed_control_is_proposed_by_the_same_name_and_others_are_not_offered():
    before = config(labels("A", "B"), labels("C", control="kept"))
    after = config(labels("B", "A", control="new"), labels("C", control="kept"))
    assert targets(key("A"), Change(before, after)) == (key("A", "new"), key("B", "new"))
    assert proposal(key("A"), Change(before, after)) == key("A", "new")
    assert proposal(key("A"), Change(before, config(labels("C", control="kept")))) is None


def test_a_label_that_moved_into_another_control_is_proposed_and_what_was_there_is_not_offered():
    before = config(labels("A", "B"), labels("X", control="other"))
    after = config(labels("B"), labels("X", "A", control="other"))
    assert targets(key("A"), Change(before, after)) == (key("A", "other"), key("B"))
    assert proposal(key("A"), Change(before, after)) == key("A", "other")


def test_a_choice_moves_into_new_controls_only():
    def choices(control: str, *names: str, takes: str = "single") -> str:
        items = "".join(f'<Choice value="{name}"/>' for name in names)
        return f'<Choices name="{control}" toName="text" choice="{takes}">{items}</Choices>'

    def choice(name: str, control: str) -> LabelKey:
        return LabelKey("choices", control, name)

    before = config(choices("kind", "A", "B"), choices("tone", "X"))
    after = config(choices("kind", "B"), choices("tone", "X", "A"), choices("new", "A"))
    assert targets(choice("A", "kind"), Change(before, after)) == (choice("A", "new"), choice("B", "kind"))
    several = config(choices("kind", "B", takes="multiple"), choices("new", "A"))
    assert targets(choice("A", "kind"), Change(before, several)) == (choice("B", "kind"),)


def test_a_control_that_takes_another_number_of_answers_is_named():
    one = config('<Choices name="kind" toName="text"><Choice value="A"/></Choices>')
    several = config('<Choices name="kind" toName="text" choice="multiple"><Choice value="A"/></Choices>')
    assert in_words(Change(several, one)) == ['The control "kind" takes one answer now, before several.']
    assert in_words(Change(one, several)) == ['The control "kind" takes several answers now, before one.']


def test_a_control_that_asks_about_something_else_is_named_and_its_choices_stay_where_the_same_is_asked():
    asked = '<Choices name="{}" toName="text"{}><Choice value="A"/></Choices>'.format
    of_text, of_region = config(asked("kind", "")), config(asked("kind", ' perRegion="true"'))
    assert in_words(Change(of_text, of_region)) == [
        'The control "kind" is answered for each region now, before for the whole text.'
    ]
    assert in_words(Change(of_region, of_text)) == [
        'The control "kind" is answered for the whole text now, before for each region.'
    ]
    kind, text, region = (LabelKey("choices", name, "A") for name in ("kind", "text", "region"))
    after = config(asked("text", ""), asked("region", ' perRegion="true"'))
    assert targets(kind, Change(of_text, after)) == (text,)
    assert targets(kind, Change(of_region, after)) == (region,)


def nested(*trees: str) -> LabelingConfig:
    return config(f'<Choices name="kind" toName="text">{"".join(trees)}</Choices>')


def under(parent: str, *children: str) -> str:
    return f'<Choice value="{parent}">{"".join(children)}</Choice>'


def test_a_choice_that_stands_elsewhere_is_named_with_both_places():
    before = nested(under("A", under("X")), under("B"), under("C"))
    after = nested(under("A"), under("B", under("X", under("C"))))
    assert removed_keys(Change(before, after)) == ()
    assert moves(Change(before, after)) == {"kind": {"A": ["A"], "X": ["B", "X"], "B": ["B"], "C": ["B", "X", "C"]}}
    assert moves(Change(before, before)) == {}
    assert in_words(Change(before, after)) == [
        'The choice "X" of "kind" moves from "A / X" to "B / X", in completions and predictions too.',
        'The choice "C" of "kind" moves from "C" to "B / X / C", in completions and predictions too.',
    ]


def test_choices_that_move_together_are_told_in_one_sentence():
    names = [f"x{number}" for number in range(300)]
    tree = [under("Sub", *map(under, names)), under("X")]
    before, after = nested(under("Old", *tree), under("Y")), nested(under("New", *tree), under("Y"))
    renamed = ['Removed: choice "Old" of "kind".', 'Added: choice "New" of "kind".']
    assert in_words(Change(before, after)) == [
        *renamed,
        '302 choices of "kind" move from "Old" to "New", in completions and predictions too.',
    ]
    assert in_words(Change(before, nested(*tree, under("Y")))) == [
        renamed[0],
        '302 choices of "kind" move from "Old" to the top, in completions and predictions too.',
    ]


def test_a_config_of_many_choices_is_compared():
    names = [f"x{number}" for number in range(20_000)]
    change = Change(
        nested(under("A", *map(under, names)), under("B")), nested(under("A"), under("B", *map(under, names)))
    )
    assert moves(change)["kind"] == {"A": ["A"], "B": ["B"], **{name: ["B", name] for name in names}}
    y = LabelKey("choices", "kind", "A")
    assert all(may_become(LabelKey("choices", "kind", name), y, change) for name in names)


def test_a_renamed_choice_moves_to_where_its_new_name_stands():
    before, after = nested(under("A", under("X")), under("B")), nested(under("A"), under("B", under("Y")))
    x, y = (LabelKey("choices", "kind", name) for name in "XY")
    assert moves(Change(before, after), {x: y})["kind"]["X"] == ["B", "X"]
    assert moves(Change(before, after))["kind"]["X"] == ["A", "X"]


STATUS = '<Label value="absent" assertion="true"/>'


def test_labels_become_labels_and_assertion_statuses_become_assertion_statuses():
    before = config(labels("A", "B", STATUS, STATUS.replace("absent", "present")))
    assert targets(key("A"), Change(before, config(labels("B", STATUS)))) == (key("B"),)
    assert targets(key("present"), Change(before, config(labels("A", "B", STATUS)))) == (key("absent"),)


def test_a_label_that_turns_into_a_status_or_from_one_is_named_and_becomes_another():
    before, after = config(labels("A", "B")), config(labels("B", '<Label value="A" assertion="true"/>'))
    assert (removed_keys(Change(before, after)), removed_keys(Change(after, before))) == ((key("A"),), (key("A"),))
    assert targets(key("A"), Change(before, after)) == (key("B"),)
    assert in_words(Change(before, after)) == ['The label "A" of "label" is an assertion status now.']
    assert in_words(Change(after, before)) == ['The label "A" of "label" is no assertion status any more.']


def test_relations_become_relations():
    before = config('<Relations><Relation value="is"/></Relations>', labels("A"))
    after = config('<Relations><Relation value="was"/></Relations>', labels("A"))
    assert removed_keys(Change(before, after)) == (LabelKey("relation", "", "is"),)
    assert targets(LabelKey("relation", "", "is"), Change(before, after)) == (LabelKey("relation", "", "was"),)


def test_the_change_in_words():
    before = config(labels("A", '<Label value="B" model="one"/>', '<Label value="C" model="one"/>'))
    after = config(labels('<Label value="B" model="two"/>', '<Label value="C" model="one"/>', "D"))
    assert in_words(Change(before, after)) == [
        'Removed: label "A" of "label".',
        'Added: label "D" of "label".',
        "Newly asked: model two.",
        '"B" of "label" comes from two, before from one.',
    ]
    renamed = parse('<View><Text name="note" value="$note"/></View>').config
    assert in_words(Change(config(), renamed)) == [
        'The text is now read from the field "note", before "text".',
    ]
    renamed = parse(f'<View>{labels("A").replace("text", "note")}<Text name="note" value="$text"/></View>').config
    assert in_words(Change(config(labels("A")), renamed)) == [
        'The regions of "label" are about the text "note" now, in completions and predictions too.'
    ]
    assert in_words(Change(before, before)) == ["No label, choice, relation or model changes."]


def test_the_diff_numbers_both_sides_and_leaves_out_what_is_far_away():
    old = "\n".join("abcdefghij")
    lines = line_diff(old, old.replace("e", "E\nEE"))
    assert [(line.sign, line.text, line.old_number, line.new_number) for line in lines] == [
        ("…", "", None, None),
        (" ", "c", 3, 3),
        (" ", "d", 4, 4),
        ("-", "e", 5, None),
        ("+", "E", None, 5),
        ("+", "EE", None, 6),
        (" ", "f", 6, 7),
        (" ", "g", 7, 8),
        ("…", "", None, None),
    ]
    assert line_diff(old, old) == []
    assert [line.sign for line in line_diff("x\n" * (MOST_LINES_COMPARED + 1), "y")] == ["…"]
