"""Names that leave the config while completions and predictions carry them."""

import pytest
from django.utils import timezone

from projects.config_change import LabelKey
from projects.label_use import Decision, uses
from projects.models import Completion, Project
from projects.models.project import ConfigRefused, LabelsInUse
from projects.results import Region, check_result, choices_region
from projects.stored_results import Use
from tests.conftest import NER_CONFIG
from tests.projects.rows import in_use, make_tasks, predict, span

TEXT = "Aspirin 100 mg for pain."
DRUG = LabelKey("labels", "label", "DRUG")
DOSAGE = LabelKey("labels", "label", "DOSAGE")
MED = LabelKey("labels", "label", "MED")
RENAMED = NER_CONFIG.replace('value="DRUG"', 'value="MED"')
WITHOUT_DRUG = NER_CONFIG.replace('    <Label value="DRUG" background="#2f7ed8" hotkey="d"/>\n', "")
RICH = """<View>
  <Labels name="label" toName="text"><Label value="DRUG"/><Label value="DOSAGE"/><Label value="MED"/></Labels>
  <Labels name="status" toName="text"><Label value="absent" assertion="true"/><Label value="present"/></Labels>
  <Choices name="kind" toName="text" choice="multiple"><Choice value="note"><Choice value="short"/></Choice>
    <Choice value="letter"/></Choices>
  <Relations><Relation value="has"/><Relation value="is"/></Relations>
  <Text name="text" value="$text"/>
</View>
"""


def complete(task, result: list[Region], user=None, **fields) -> Completion:
    return Completion.objects.create(task=task, user=user, username="anna", result=result, **fields)


def relation(start: str, end: str, *labels: str) -> Region:
    return {"from_id": start, "to_id": end, "type": "relation", "direction": "right", "labels": list(labels)}


def in_control(control: str, region: Region) -> Region:
    return {**region, "from_name": control}


def result_of(row) -> list[Region]:
    row.refresh_from_db()
    return row.result


@pytest.fixture
def used(project: Project) -> list[Completion]:
    first, second = make_tasks(project, TEXT, TEXT + " ")
    drugs = [span(TEXT, 0, 7), span(TEXT, 19, 23)]
    return [
        complete(first, [*drugs, span(TEXT, 8, 14, "DOSAGE")], submitted_at=timezone.now()),
        complete(first, drugs[:1]),
        complete(second, [span(TEXT, 8, 14, "DOSAGE")]),
    ]


def test_a_used_label_cannot_vanish_unasked(project, used, owner):
    with pytest.raises(LabelsInUse) as refused:
        project.set_labeling_config(WITHOUT_DRUG, owner)
    assert refused.value.undecided == {DRUG: Use(regions=3, completions=2, tasks=1)}
    assert str(refused.value) == (
        'The label "DRUG" of "label" is gone, but 3 regions in 2 completions on 1 task have it. '
        "Decide whether to rename or to remove."
    )
    project.refresh_from_db()
    assert (project.labeling_config, project.config_version) == (NER_CONFIG, 1)


def test_a_rename_changes_the_name_in_completions_and_predictions_and_nothing_else(project, used, owner):
    task = used[2].task
    prediction = predict(task, [span(TEXT, 0, 7), span(TEXT, 8, 14, "DOSAGE")])
    before = [(row.submitted_at, row.updated_at) for row in used]
    changed = project.set_labeling_config(RENAMED, owner, {DRUG: Decision(MED, (3, 2, 1))})
    assert changed == {used[0].task_id, task.pk}
    drug, pain = span(TEXT, 0, 7), span(TEXT, 19, 23)
    drug["value"]["labels"] = pain["value"]["labels"] = ["MED"]
    assert result_of(used[0]) == [drug, pain, span(TEXT, 8, 14, "DOSAGE")]
    assert result_of(used[1]) == [drug]
    assert result_of(used[2]) == [span(TEXT, 8, 14, "DOSAGE")]
    assert result_of(prediction) == [drug, span(TEXT, 8, 14, "DOSAGE")]
    assert [(row.submitted_at, row.updated_at) for row in used] == before


def test_a_removal_takes_its_regions_from_completions_and_leaves_predictions(project, used, owner):
    prediction = predict(used[2].task, [span(TEXT, 0, 7)])
    assert project.set_labeling_config(WITHOUT_DRUG, owner, {DRUG: Decision(None)}) == {used[0].task_id}
    assert [len(result_of(row)) for row in used] == [1, 0, 1]
    assert result_of(prediction) == [span(TEXT, 0, 7)]


@pytest.mark.parametrize("decision", [Decision(MED, (2, 2, 1)), Decision(DRUG), Decision(LabelKey("labels", "x", "y"))])
def test_a_decision_about_other_numbers_or_an_impossible_one_does_not_count(project, used, owner, decision):
    with pytest.raises(LabelsInUse):
        project.set_labeling_config(RENAMED, owner, {DRUG: decision})
    assert result_of(used[1]) == [span(TEXT, 0, 7)]


def test_what_only_predictions_use_stands_in_nobodys_way(project, owner):
    (task,) = make_tasks(project, TEXT)
    predict(task, [span(TEXT, 0, 7), span(TEXT, 8, 14)])
    assert in_use(project, WITHOUT_DRUG) == {DRUG: Use(predictions=1)}
    assert project.set_labeling_config(WITHOUT_DRUG, owner) == set()


def test_other_projects_are_not_touched(project, used, owner):
    other = Project.create(owner=owner, name="Other", labeling_config=NER_CONFIG)
    assert uses(other.pk, [DRUG]) == {}
    other.set_labeling_config(WITHOUT_DRUG, owner)
    (task,) = make_tasks(other, TEXT)
    foreign = complete(task, [span(TEXT, 0, 7)])
    project.set_labeling_config(RENAMED, owner, {DRUG: Decision(MED)})
    assert result_of(foreign) == [span(TEXT, 0, 7)]


def test_with_a_region_go_its_relations_its_children_and_what_is_said_of_it(project, owner):
    (task,) = make_tasks(project, TEXT)
    kept = span(TEXT, 8, 14, "DOSAGE", region_id="b")
    child = span(TEXT, 19, 23, "DOSAGE", region_id="c", parent_id="a")
    grandchild = span(TEXT, 19, 22, "DOSAGE", region_id="d", parent_id="c")
    about = choices_region("kind", "text", region_id="a", choices=["letter"], confidence=None)
    row = complete(
        task,
        [
            span(TEXT, 0, 7, region_id="a"), kept, child, grandchild, about,
            relation("a", "b", "has"), relation("b", "d"), relation("b", "b", "has"),
        ],
    )  # fmt: skip
    project.set_labeling_config(RICH, owner)
    project.set_labeling_config(RICH.replace('<Label value="DRUG"/>', ""), owner, {DRUG: Decision(None)})
    assert result_of(row) == [kept, relation("b", "b", "has")]


def test_a_status_that_goes_leaves_the_region_that_it_was_about(project, owner):
    (task,) = make_tasks(project, TEXT)
    drug = span(TEXT, 0, 7, region_id="a")
    status = {**span(TEXT, 0, 7, "absent", region_id="a"), "from_name": "status"}
    row = complete(task, [drug, status, relation("a", "a", "is")])
    project.set_labeling_config(RICH, owner)
    project.set_labeling_config(
        RICH.replace('<Label value="absent" assertion="true"/>', ""),
        owner,
        {LabelKey("labels", "status", "absent"): Decision(None)},
    )
    assert result_of(row) == [drug, relation("a", "a", "is")]


def test_a_label_that_goes_leaves_the_other_label_of_its_region(project, owner):
    (task,) = make_tasks(project, TEXT)
    present = in_control("status", span(TEXT, 0, 7, "present", region_id="x"))
    child = span(TEXT, 0, 3, "DOSAGE", region_id="c", parent_id="x")
    row = complete(task, [span(TEXT, 0, 7, region_id="x"), present, child, relation("x", "c", "has")])
    project.set_labeling_config(RICH, owner)
    project.set_labeling_config(RICH.replace('<Label value="DRUG"/>', ""), owner, {DRUG: Decision(None)})
    assert result_of(row) == [present, child, relation("x", "c", "has")]


def test_choices_lists_of_several_names_and_relations_change_name_by_name(project, owner):
    (task,) = make_tasks(project, TEXT)
    several = span(TEXT, 0, 7, region_id="a")
    several["value"]["labels"] = ["DRUG", "MED", "DOSAGE"]
    classes = choices_region("kind", "text", region_id="k", choices=["letter"], confidence=None)
    classes["value"]["choices"] = [["note", "short"], ["note"], "letter"]
    row = complete(task, [several, classes, relation("a", "a", "has", "is")])
    project.set_labeling_config(RICH, owner)
    short, note = LabelKey("choices", "kind", "short"), LabelKey("choices", "kind", "note")
    shorter = (
        RICH.replace('<Label value="DRUG"/>', "")
        .replace('<Choice value="note"><Choice value="short"/></Choice>', '<Choice value="memo"/>')
        .replace('<Relation value="has"/>', "")
    )
    changed = project.set_labeling_config(
        shorter,
        owner,
        {
            DRUG: Decision(MED),
            short: Decision(None),
            note: Decision(LabelKey("choices", "kind", "memo")),
            LabelKey("relation", "", "has"): Decision(None),
        },
    )
    several["value"]["labels"] = ["MED", "DOSAGE"]
    classes["value"]["choices"] = [["memo"], "letter"]
    assert changed == {task.pk}
    assert result_of(row) == [several, classes, relation("a", "a", "is")]


def test_a_renamed_control_takes_its_regions_along(project, used, owner):
    moved = NER_CONFIG.replace('name="label"', 'name="entity"')
    decisions = {key: Decision(LabelKey("labels", "entity", key.name)) for key in (DRUG, DOSAGE)}
    project.set_labeling_config(moved, owner, decisions)
    assert {region["from_name"] for row in used for region in result_of(row)} == {"entity"}
    assert uses(project.pk, [DRUG, DOSAGE]) == {}


def test_a_label_takes_its_regions_into_another_control(project, used, owner):
    other = '<Labels name="other" toName="text"><Label value="X"/></Labels>'
    two = RICH.replace("<View>", f"<View>{other}")
    moved = two.replace('<Label value="DRUG"/>', "").replace(
        '<Label value="X"/>', '<Label value="X"/><Label value="DRUG"/>'
    )
    row = used[1]
    row.result[0]["value"]["labels"] = ["DOSAGE", "DRUG"]
    row.save()
    project.set_labeling_config(two, owner)
    project.set_labeling_config(moved, owner, {DRUG: Decision(LabelKey("labels", "other", "DRUG"))})
    dosage = span(TEXT, 8, 14, "DOSAGE")
    drug, pain = ({**span(TEXT, *place), "from_name": "other"} for place in ((0, 7), (19, 23)))
    assert result_of(used[0]) == [drug, pain, dosage]
    both = {**span(TEXT, 0, 7), "value": {**span(TEXT, 0, 7)["value"], "labels": ["DOSAGE"]}}
    assert result_of(row) == [both, drug]
    assert check_result(row.result, project.parsed_config(), TEXT).refused == ()


def test_a_status_that_joins_the_control_of_its_region_gets_an_id_of_its_own(project, owner):
    (task,) = make_tasks(project, TEXT)
    drug = span(TEXT, 0, 7, region_id="a")
    status = {**span(TEXT, 0, 7, "absent", region_id="a"), "from_name": "status"}
    row = complete(task, [drug, status])
    project.set_labeling_config(RICH, owner)
    absent = '<Label value="absent" assertion="true"/>'
    moved = RICH.replace(absent, "").replace('<Label value="DRUG"/>', f'<Label value="DRUG"/>{absent}')
    decisions = {LabelKey("labels", "status", "absent"): Decision(LabelKey("labels", "label", "absent"))}
    project.set_labeling_config(moved, owner, decisions)
    assert result_of(row) == [drug, span(TEXT, 0, 7, "absent", region_id="a-status", parent_id="a")]
    assert check_result(row.result, project.parsed_config(), TEXT).refused == ()


def test_an_entity_that_joins_one_of_its_id_stays_an_entity(project, owner):
    (task,) = make_tasks(project, TEXT)
    drug, place = span(TEXT, 0, 7, region_id="x"), in_control("other", span(TEXT, 0, 7, "X", region_id="x"))
    row = complete(task, [drug, place, in_control("other", span(TEXT, 8, 14, "X", region_id="x-label"))])
    two = RICH.replace("<View>", '<View><Labels name="other" toName="text"><Label value="X"/></Labels>')
    moved = two.replace('<Label value="DRUG"/>', "").replace(
        '<Label value="X"/>', '<Label value="X"/><Label value="DRUG"/>'
    )
    project.set_labeling_config(two, owner)
    project.set_labeling_config(moved, owner, {DRUG: Decision(LabelKey("labels", "other", "DRUG"))})
    drug = in_control("other", span(TEXT, 0, 7, region_id="x-label-2"))
    assert result_of(row) == [drug, place, in_control("other", span(TEXT, 8, 14, "X", region_id="x-label"))]
    without = moved.replace('<Label value="X"/>', "")
    project.set_labeling_config(without, owner, {LabelKey("labels", "other", "X"): Decision(None)})
    assert result_of(row) == [drug]


def test_an_entity_that_joins_the_control_of_its_status_keeps_its_id(project, owner):
    (task,) = make_tasks(project, TEXT)
    drug, dosage = span(TEXT, 0, 7, region_id="x"), span(TEXT, 8, 14, "DOSAGE", region_id="y")
    absent = in_control("status", span(TEXT, 0, 7, "absent", region_id="x"))
    about = choices_region("kind", "text", region_id="x", choices=["letter"], confidence=None)
    row = complete(task, [absent, drug, dosage, about, relation("x", "y", "has")])
    project.set_labeling_config(RICH, owner)
    moved = RICH.replace('<Label value="DRUG"/>', "").replace('<Label value="present"/>', '<Label value="DRUG"/>')
    project.set_labeling_config(moved, owner, {DRUG: Decision(LabelKey("labels", "status", "DRUG"))})
    child = in_control("status", span(TEXT, 0, 7, "absent", region_id="x-status", parent_id="x"))
    assert result_of(row) == [child, in_control("status", drug), dosage, about, relation("x", "y", "has")]
    assert check_result(row.result, project.parsed_config(), TEXT).refused == ()


def test_controls_that_become_one_leave_no_id_twice(project, owner):
    (task,) = make_tasks(project, TEXT)
    drug = span(TEXT, 0, 7, region_id="x")
    status = in_control("status", span(TEXT, 0, 7, "absent", region_id="x"))
    other = in_control("other", span(TEXT, 0, 7, "X", region_id="x"))
    row, prediction = complete(task, [status, drug, other]), predict(task, [status, drug, other])
    project.set_labeling_config(
        """<View><Labels name="label" toName="text"><Label value="DRUG"/></Labels>
        <Labels name="other" toName="text"><Label value="X"/></Labels>
        <Labels name="status" toName="text"><Label value="absent" assertion="true"/></Labels>
        <Text name="text" value="$text"/></View>""",
        owner,
    )
    names = {"label": "DRUG", "other": "X", "status": "absent"}
    project.set_labeling_config(
        """<View><Labels name="all" toName="text"><Label value="DRUG"/><Label value="X"/>
        <Label value="absent" assertion="true"/></Labels><Text name="text" value="$text"/></View>""",
        owner,
        {LabelKey("labels", *key): Decision(LabelKey("labels", "all", key[1])) for key in names.items()},
    )
    together = [
        in_control("all", span(TEXT, 0, 7, "absent", region_id="x-status", parent_id="x")),
        in_control("all", drug),
        in_control("all", span(TEXT, 0, 7, "X", region_id="x-other")),
    ]
    assert result_of(row) == result_of(prediction) == together
    assert check_result(row.result, project.parsed_config(), TEXT).refused == ()


def test_answers_about_one_region_whose_controls_become_one_stay_about_it(project, owner):
    (task,) = make_tasks(project, TEXT)
    drug = span(TEXT, 0, 7, region_id="x")
    one, two = (choices_region(name, "text", region_id="x", choices=[name], confidence=None) for name in ("a", "b"))
    row = complete(task, [one, drug, two])
    choices = '<Choices name="{0}" toName="text" perRegion="true">{1}</Choices>'.format
    a, b = '<Choice value="a"/>', '<Choice value="b"/>'
    project.set_labeling_config(NER_CONFIG.replace("</View>", choices("a", a) + choices("b", b) + "</View>"), owner)
    decisions = {LabelKey("choices", name, name): Decision(LabelKey("choices", "all", name)) for name in "ab"}
    project.set_labeling_config(NER_CONFIG.replace("</View>", choices("all", a + b) + "</View>"), owner, decisions)
    joined = {**in_control("all", two), "id": "x-b", "parentID": "x"}
    assert result_of(row) == [in_control("all", one), drug, joined]
    assert check_result(row.result, project.parsed_config(), TEXT).refused == ()


@pytest.mark.parametrize(("about", "becomes"), [("second", "second"), ("text,second", "text")])
def test_a_region_is_about_a_text_of_the_control_that_it_moves_into(project, owner, about, becomes):
    (task,) = make_tasks(project, TEXT)
    row = complete(task, [span(TEXT, 0, 7), span(TEXT, 8, 14, "DOSAGE")])
    two = RICH.replace("<Text", '<Text name="second" value="$text"/><Text').replace(
        '<Labels name="status" toName="text">', f'<Labels name="status" toName="{about}">'
    )
    project.set_labeling_config(two, owner)
    moved = two.replace('<Label value="DRUG"/>', "").replace('<Label value="present"/>', '<Label value="DRUG"/>')
    project.set_labeling_config(moved, owner, {DRUG: Decision(LabelKey("labels", "status", "DRUG"))})
    assert result_of(row) == [
        {**span(TEXT, 0, 7), "from_name": "status", "to_name": becomes},
        span(TEXT, 8, 14, "DOSAGE"),
    ]
    assert check_result(row.result, project.parsed_config(), TEXT).refused == ()


def test_a_used_label_does_not_turn_into_a_status_unasked(project, used, owner):
    as_status = NER_CONFIG.replace('value="DRUG"', 'value="DRUG" assertion="true"')
    with pytest.raises(LabelsInUse) as refused:
        project.set_labeling_config(as_status, owner)
    assert str(refused.value) == (
        'The label "DRUG" of "label" is an assertion status now, but 3 regions in 2 completions on 1 task have it. '
        "Decide whether to rename or to remove."
    )
    project.set_labeling_config(as_status, owner, {DRUG: Decision(DOSAGE)})
    assert result_of(used[1]) == [span(TEXT, 0, 7, "DOSAGE", region_id="DRUG-0-7")]


def test_a_problem_comes_before_any_decision(project, used, owner):
    with pytest.raises(ConfigRefused) as refused:
        project.set_labeling_config(WITHOUT_DRUG.replace('toName="text"', 'toName="no"'), owner)
    assert not isinstance(refused.value, LabelsInUse)
