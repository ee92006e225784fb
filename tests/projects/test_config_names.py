"""Names of labels and relations that people can't tell apart, or that lead nowhere."""

from projects.labeling_config import parse


def said(body):
    outcome = parse(f'<View>\n<Text name="text" value="$text"/>\n{body}\n</View>')
    return [f"Line {problem.line}: {problem.message}" for problem in outcome.problems]


def labels(*values):
    items = "\n".join(f'<Label value="{value}"/>' for value in values)
    return f'<Labels name="l" toName="text">\n{items}\n</Labels>'


def test_labels_that_look_the_same_are_a_problem():
    looks = "looks like one that is there already, in line 4. Remove or rename one of the two."
    assert said(labels("A", "A ", "B", "\u200bA")) == [
        f'Line 5: Label "A " of <Labels name="l"> {looks}',
        f'Line 7: Label "\u200bA" of <Labels name="l"> {looks}',
    ]
    assert said(labels("A", "a", "A B", "AB")) == []


def test_a_label_that_nobody_sees_has_no_value():
    message = 'A <Label> of <Labels name="l"> has no value. Write <Label value="…"/>.'
    assert said(labels("A", "\u200b", " \u2060")) == [f"Line 5: {message}", f"Line 6: {message}"]


def test_a_reference_to_a_character_that_xml_does_not_know_is_told_in_words():
    message = "A character reference such as &#0; means no character that XML allows. Remove it."
    assert said(labels("a&#0;")) == said(labels("a&#xD800;")) == [f"Line 4: {message}"]


def test_a_relation_between_labels_that_are_not_there_is_a_problem():
    relations = '<Relations><Relation value="treats" allowed="{}"/></Relations>'
    assert said(labels("DRUG", "PROBLEM") + "\n" + relations.format("DRUG&gt;PROBLEM, DRUG&lt;&gt;DRUG")) == []
    assert said(labels("DRUG", "PROBLEM") + "\n" + relations.format("Drug&gt;PROBLEM,Q&lt;&gt;Drug")) == [
        'Line 7: allowed="Drug>PROBLEM,Q<>Drug" of relation "treats" names "Drug", "Q", and no <Label> here is called '
        "so. Correct the name, or take the pair out."
    ]


def test_a_relation_may_name_a_label_by_its_value_or_its_alias():
    aliased = '<Labels name="l" toName="text"><Label value="DRUG" alias="Medication"/></Labels>'
    relation = '<Relations><Relation value="with" allowed="Medication&gt;DRUG"/></Relations>'
    assert said(aliased + relation) == []


def test_several_blocks_of_relations_are_read_as_one_and_a_repeated_one_is_a_problem():
    blocks = (
        '<Relations name="first"><Relation value="treats"/></Relations>\n'
        '<Relations name="second"><Relation value="causes"/>{}</Relations>'
    )
    outcome = parse(f'<View>\n<Text name="text" value="$text"/>\n{blocks.format("")}\n</View>')
    read = outcome.config.relations
    assert (outcome.problems, read.name, [one.value for one in read.relations]) == ((), "first", ["treats", "causes"])
    assert said(blocks.format('<Relation value="treats"/>')) == [
        'Line 4: Relation "treats" is there already, in line 3. Remove or rename one of the two.'
    ]
