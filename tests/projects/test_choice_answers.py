"""Answers whose choices stand elsewhere, or of which one only is taken, once the config is another."""

import pytest
from django.urls import reverse

from projects.config_change import ANSWERS, FORM, LabelKey
from projects.label_use import Decision
from projects.models import Completion, Project
from projects.models.project import LabelsInUse
from projects.results import check_result, choices_region
from projects.stored_results import Use
from tests.conftest import client_of
from tests.projects.rows import in_use, make_tasks, page, predict, span, texts

TEXT = "Aspirin 100 mg for pain."
SURGERY = LabelKey("choices", "dep", "Surgery")
SEVERAL = LabelKey(ANSWERS, "dep", "")
VASCULAR = LabelKey("choices", "dep", "Vascular")


def config(*choices: str, takes: str = "multiple") -> str:
    return f"""<View><Choices name="dep" toName="text" choice="{takes}">{"".join(choices)}</Choices>
  <Text name="text" value="$text"/></View>"""


def choice(name: str, *inside: str) -> str:
    return f'<Choice value="{name}">{"".join(inside)}</Choice>'


BEFORE = config(choice("Surgery", choice("Vascular")), choice("Medicine"), choice("Other"))


NAMELESS = {"from_id": "k", "to_id": "k", "type": "relation", "labels": None}


def answer(*choices, control="dep"):
    return choices_region(control, "text", region_id="k", choices=choices, confidence=None)


def result_of(row):
    row.refresh_from_db()
    return row.result


def chosen(response) -> dict[str, str]:
    """What the confirmation on a page would send as it stands."""
    section = page(response).xpath("//section[@id='confirmation']")[0]
    selects = section.xpath(".//select")
    fields = {select.get("name"): next(iter(select.xpath("option[@selected]/@value")), "") for select in selects}
    return {**fields, "confirmed": section.xpath(".//button[@name='confirmed']/@value")[0]}


@pytest.fixture
def answered(project: Project, owner):
    """A draft and a prediction of the same."""
    project.set_labeling_config(BEFORE, owner)
    (task,) = make_tasks(project, TEXT)
    result = [answer(["Surgery", "Vascular"], "Other"), NAMELESS]
    return Completion.objects.create(task=task, username="anna", result=result), predict(task, result)


def test_answers_move_with_their_choice_and_others_stay(project, answered, owner):
    draft, prediction = answered
    version = draft.version
    elsewhere = config(choice("Surgery"), choice("Medicine", choice("Vascular"), choice("Other")))
    assert project.set_labeling_config(elsewhere, owner) == {draft.task_id}
    assert result_of(draft) == result_of(prediction) == [answer(["Medicine", "Vascular"], "Other"), NAMELESS]
    assert draft.version == version + 1
    assert project.set_labeling_config(config(choice("Surgery"), choice("Vascular"), choice("Other")), owner) == {
        draft.task_id
    }
    assert result_of(draft) == [answer(["Vascular"], "Other"), NAMELESS]


def test_what_moved_away_is_not_in_use_of_what_it_stood_under(project, answered, owner):
    without = config(choice("Medicine", choice("Vascular")), choice("Other"))
    assert in_use(project, without) == {}
    project.set_labeling_config(without, owner, {SURGERY: Decision(None)})
    assert result_of(answered[0]) == [answer(["Medicine", "Vascular"], "Other"), NAMELESS]


def test_a_renamed_answer_stands_where_its_new_name_does(project, answered, owner):
    renamed = config(choice("Surgery"), choice("Medicine", choice("Vessels")), choice("Other"))
    assert in_use(project, renamed) == {VASCULAR: Use(1, 1, 1, 1)}
    project.set_labeling_config(renamed, owner, {VASCULAR: Decision(LabelKey("choices", "dep", "Vessels"))})
    assert [result_of(row) for row in answered] == [[answer(["Medicine", "Vessels"], "Other"), NAMELESS]] * 2


SINGLE = BEFORE.replace('choice="multiple"', 'choice="single"')


def test_several_answers_do_not_become_one_unasked(project, answered, owner):
    with pytest.raises(LabelsInUse) as refused:
        project.set_labeling_config(SINGLE, owner)
    assert refused.value.undecided == {SEVERAL: Use(1, 1, 1, 1)}
    assert str(refused.value) == (
        'The control "dep" takes one answer now, before several, but 1 region in 1 completion on 1 task has several. '
        "Decide to keep the first."
    )
    project.refresh_from_db()
    assert project.labeling_config == BEFORE


def test_the_first_answer_is_kept_and_the_draft_can_be_saved(project, answered, owner):
    draft, prediction = answered
    version = draft.version
    assert project.set_labeling_config(SINGLE, owner, {SEVERAL: Decision(None, (1, 1, 1))}) == {draft.task_id}
    assert result_of(draft) == result_of(prediction) == [answer(["Surgery", "Vascular"]), NAMELESS]
    assert draft.version == version + 1
    assert check_result(draft.result[:1], project.parsed_config(), TEXT).refused == ()
    assert str(project.activities.newest()[0]) == (
        'olga saved Labeling Config version 3: only the first answer of control "dep" kept; regions changed on 1 task'
    )


def test_of_two_answers_the_one_that_stays_in_the_config_is_kept(project, answered, owner):
    without = SINGLE.replace(choice("Surgery", choice("Vascular")), "")
    project.set_labeling_config(without, owner, {key: Decision(None) for key in (SEVERAL, SURGERY, VASCULAR)})
    assert result_of(answered[0]) == [answer("Other"), NAMELESS]


def test_a_renamed_control_that_takes_one_answer_asks_too(project, answered, owner):
    renamed = SINGLE.replace('name="dep"', 'name="ward"')
    decisions = {
        key: Decision(LabelKey("choices", "ward", key.name))
        for key in (SURGERY, VASCULAR, LabelKey("choices", "dep", "Other"))
    }
    with pytest.raises(LabelsInUse) as refused:
        project.set_labeling_config(renamed, owner, decisions)
    assert list(refused.value.undecided) == [SEVERAL]
    project.set_labeling_config(renamed, owner, decisions | {SEVERAL: Decision(None)})
    assert result_of(answered[0]) == [answer(["Surgery", "Vascular"], control="ward"), NAMELESS]


def test_each_part_of_a_split_control_keeps_its_first_answer_where_one_is_taken(project, owner):
    project.set_labeling_config(config(*map(choice, "ABCD")), owner)
    (task,) = make_tasks(project, TEXT)
    row = Completion.objects.create(task=task, username="anna", result=[answer("A", "D", "C", "B")])
    prediction = predict(task, [answer("B", "A")])
    split = config(*map(choice, "CD"), takes="single").replace(
        "</View>", '<Choices name="new" toName="text"><Choice value="A"/><Choice value="B"/></Choices></View>'
    )
    decisions = {LabelKey("choices", "dep", name): Decision(LabelKey("choices", "new", name)) for name in "AB"}
    with pytest.raises(LabelsInUse) as refused:
        project.set_labeling_config(split, owner, decisions)
    assert refused.value.undecided == {SEVERAL: Use(1, 1, 1, 1)}
    project.set_labeling_config(split, owner, decisions | {SEVERAL: Decision(None)})
    assert result_of(row) == [answer("A", control="new"), answer("D")]
    assert result_of(prediction) == [answer("B", control="new")]
    assert check_result(row.result, project.parsed_config(), TEXT).refused == ()


UNRELATED = config(choice("Letter"), takes="single").replace('name="dep"', 'name="kind"')
LETTER = LabelKey("choices", "kind", "Letter")


def test_several_answers_of_a_control_that_is_gone_are_not_asked_about_where_none_becomes_another(
    project, answered, owner, manager
):
    response = client_of(manager).post(reverse("projects:setup", args=[project.pk]), {"labeling_config": UNRELATED})
    assert texts(response, "//section[@id='confirmation']/ul/li") == [
        'Removed: choice "Surgery" of "dep", choice "Vascular" of "dep", choice "Medicine" of "dep", choice "Other" of '
        '"dep".',
        'Added: choice "Letter" of "kind".',
    ]
    assert texts(response, "//div[@class='field decision']/label") == [
        f'The choice "{name}" of "dep" is gone.' for name in ("Vascular", "Other")
    ]
    gone = {key: Decision(None) for key in (VASCULAR, LabelKey("choices", "dep", "Other"))}
    project.set_labeling_config(UNRELATED, owner, gone)
    assert result_of(answered[0]) == []


def among(*controls: tuple[str, str]) -> str:
    """A config of these controls, each with its choices."""
    parts = "".join(f'<Choices name="{name}" toName="text">{choices}</Choices>' for name, choices in controls)
    return f'<View>{parts}<Text name="text" value="$text"/></View>'


def kind(name: str, control: str = "kind") -> LabelKey:
    return LabelKey("choices", control, name)


NOTES = among(("kind", choice("note", choice("short")) + choice("letter")))


@pytest.mark.parametrize(
    ("after", "decisions", "stored"),
    [
        (
            among(("form", choice("note") + choice("letter")), ("topic", choice("note", choice("short")))),
            {"note": kind("note", "form"), "short": kind("short", "topic"), "letter": kind("letter", "form")},
            [("topic", ["note", "short"])],
        ),
        (
            among(("sort", choice("note", choice("short")) + choice("memo"))),
            {"note": kind("memo", "sort"), "short": kind("short", "sort")},
            [("sort", ["note", "short"])],
        ),
        (
            among(("kind", choice("paper", choice("short")))),
            {"note": None, "letter": None},
            [("kind", ["paper", "short"])],
        ),
        (
            among(("kind", choice("paper", choice("short")))),
            {"note": None, "letter": kind("paper")},
            [("kind", ["paper", "short"])],
        ),
    ],
    ids=["two controls", "one control", "removed around it", "renamed around it"],
)
@pytest.mark.parametrize("given", [["note", "short"], ["letter", "short"]], ids=["its way", "another way"])
def test_an_answer_follows_its_own_choice_whatever_becomes_of_those_around_it(
    project, owner, given, after, decisions, stored
):
    project.set_labeling_config(NOTES, owner)
    (task,) = make_tasks(project, TEXT)
    completion = Completion.objects.create(task=task, username="anna", result=[answer(given, control="kind")])
    project.set_labeling_config(after, owner, {kind(name): Decision(target) for name, target in decisions.items()})
    result = result_of(completion)
    assert [(region["from_name"], region["value"]["choices"][0]) for region in result] == stored
    assert check_result(result, project.parsed_config(), TEXT).refused == ()


def test_what_a_choice_stands_in_is_not_asked_about_because_of_it(project, owner, manager):
    project.set_labeling_config(NOTES, owner)
    (task,) = make_tasks(project, TEXT)
    Completion.objects.create(task=task, username="anna", result=[answer(["note", "short"], control="kind")])
    after = among(("kind", choice("letter", choice("brief"))))
    response = client_of(manager).post(reverse("projects:setup", args=[project.pk]), {"labeling_config": after})
    assert texts(response, "//div[@class='field decision']/label") == ['The choice "short" of "kind" is gone.']


def test_several_answers_of_a_control_that_is_gone_are_asked_about_where_one_is_taken_of_what_they_become(
    project, answered, owner
):
    gone = {key: Decision(LETTER) for key in (SURGERY, VASCULAR, LabelKey("choices", "dep", "Other"))}
    with pytest.raises(LabelsInUse) as refused:
        project.set_labeling_config(UNRELATED, owner, gone)
    assert str(refused.value) == (
        'The control "dep" took several answers, and what its choices become takes one, but 1 region in 1 completion '
        "on 1 task has several. Decide to keep the first."
    )


def test_the_page_asks_about_several_answers_once_it_is_decided_what_they_become(project, answered, manager):
    client, address = client_of(manager), reverse("projects:setup", args=[project.pk])
    renamed = {"labeling_config": SINGLE.replace('name="dep"', 'name="ward"')}
    names = chosen(client.post(address, renamed))
    asked = client.post(address, renamed | names)
    several = 'decision ["answers", "dep", ""]'
    assert chosen(asked) == names | {several: ""}
    assert texts(asked, "//div[@class='field decision']/label")[-1] == (
        'The control "dep" took several answers, and what its choices become takes one.'
    )
    (keep,) = page(asked).xpath("//select[@name=$name]/option[2]/@value", name=several)
    client.post(address, renamed | names | {several: keep})
    assert result_of(answered[0]) == [answer(["Surgery", "Vascular"], control="ward"), NAMELESS]


def test_what_moving_answers_takes_is_told_before(project, answered, manager, monkeypatch):
    monkeypatch.setattr("projects.stored_results.SECONDS_A_ROW", 3)
    elsewhere = config(choice("Surgery"), choice("Medicine", choice("Vascular")), choice("Other"))
    response = client_of(manager).post(reverse("projects:setup", args=[project.pk]), {"labeling_config": elsewhere})
    assert texts(response, "//section[@id='confirmation']/p[@class='decision']") == [
        "On so many tasks that takes about 6 seconds; leave the page open."
    ]


def test_several_answers_of_predictions_only_stand_in_nobodys_way(project, answered, owner):
    draft, prediction = answered
    draft.delete()
    assert in_use(project, SINGLE) == {SEVERAL: Use(predictions=1)}
    assert project.set_labeling_config(SINGLE, owner) == set()
    assert len(result_of(prediction)[0]["value"]["choices"]) == 2


def test_the_page_asks_to_keep_the_first_answer(project, answered, manager):
    client, address = client_of(manager), reverse("projects:setup", args=[project.pk])
    response = client.post(address, {"labeling_config": SINGLE})
    narrowed = 'The control "dep" takes one answer now, before several.'
    assert texts(response, "//section[@id='confirmation']/ul/li") == [narrowed]
    assert texts(response, "//div[@class='field decision']/*[self::label or self::p]") == [
        narrowed,
        "Several answers: 1 region in 1 completion on 1 task, and 1 prediction.",
    ]
    (question,) = page(response).xpath("//section[@id='confirmation']//select")
    assert [option.text for option in question] == ["Decide", "Keep the first answer of 1 completion and 1 prediction"]
    (button,) = page(response).xpath("//section[@id='confirmation']//button[@name='confirmed']")
    fields = {"labeling_config": SINGLE, "confirmed": button.get("value")}
    client.post(address, fields | {question.get("name"): question[1].get("value")})
    assert result_of(answered[0]) == [answer(["Surgery", "Vascular"]), NAMELESS]


OF_REGIONS = BEFORE.replace("toName=", 'perRegion="true" toName=')
TURNED = LabelKey(FORM, "dep", "")
DRUG = span(TEXT, 0, 7, region_id="d")


def of_region(*choices):
    given = answer(*choices)
    return {**given, "id": "d", "value": {**given["value"], "start": 0, "end": 7, "text": "Aspirin"}}


@pytest.mark.parametrize("to_regions", [True, False], ids=["to regions", "to the text"])
def test_answers_do_not_stay_unseen_where_their_control_asks_about_something_else(project, owner, to_regions):
    before, after = (BEFORE, OF_REGIONS) if to_regions else (OF_REGIONS, BEFORE)
    earlier, fitting = (answer("Other"), of_region("Medicine")) if to_regions else (of_region("Other"), answer("Other"))
    project.set_labeling_config(before, owner)
    (task,) = make_tasks(project, TEXT)
    linked = {"from_id": "d", "to_id": "k", "type": "relation"}
    drug = {**DRUG, "from_name": "kept"}
    row = Completion.objects.create(task=task, username="anna", result=[drug, earlier, linked])
    other = Completion.objects.create(task=task, username="ben", result=[drug, fitting])
    prediction = predict(task, [drug, earlier])
    with pytest.raises(LabelsInUse) as refused:
        project.set_labeling_config(after, owner)
    assert refused.value.undecided == {TURNED: Use(1, 1, 1, 1)}
    now = "each region now, before for the whole text" if to_regions else "the whole text now, before for each region"
    assert str(refused.value) == (
        f'The control "dep" is answered for {now}, but 1 region in 1 completion on 1 task has the earlier form. '
        "Decide to remove, or leave perRegion as it was."
    )
    assert project.set_labeling_config(after, owner, {TURNED: Decision(None, (1, 1, 1))}) == {task.pk}
    # Of the relation one end is gone with the answer about the text; an answer about a region has the region's id.
    assert result_of(row) == ([drug] if to_regions else [drug, linked])
    assert (result_of(other), result_of(prediction)) == ([drug, fitting], [drug, earlier])
    assert str(project.activities.newest()[0]) == (
        'olga saved Labeling Config version 3: earlier answers of control "dep" taken away, 1 region; '
        "regions changed on 1 task"
    )


def test_the_page_asks_about_answers_of_the_earlier_form(project, answered, manager):
    client, address = client_of(manager), reverse("projects:setup", args=[project.pk])
    response = client.post(address, {"labeling_config": OF_REGIONS})
    turned = 'The control "dep" is answered for each region now, before for the whole text.'
    assert texts(response, "//section[@id='confirmation']/ul/li") == [turned]
    assert texts(response, "//div[@class='field decision']/*[self::label or self::p]") == [
        f"{turned} To keep its answers, leave perRegion as it was.",
        "In use: 1 region in 1 completion on 1 task, and 1 prediction.",
    ]
    (question,) = page(response).xpath("//section[@id='confirmation']//select")
    assert [option.text for option in question] == ["Decide", "Remove 1 region in 1 completion on 1 task"]
    decided = chosen(response) | {question.get("name"): question[1].get("value")}
    client.post(address, {"labeling_config": OF_REGIONS} | decided)
    assert [result_of(row) for row in answered] == [[], [answer(["Surgery", "Vascular"], "Other"), NAMELESS]]


def test_earlier_answers_that_become_those_of_another_control_are_kept(project, answered, owner):
    other = config(choice("Other")).replace('name="dep"', 'name="more"')
    split = OF_REGIONS.replace(choice("Other"), "").replace(
        "<Text", other.removeprefix("<View>").split("<Text")[0] + "<Text"
    )
    decisions = {
        TURNED: Decision(None),
        LabelKey("choices", "dep", "Other"): Decision(LabelKey("choices", "more", "Other")),
    }
    project.set_labeling_config(split, owner, decisions)
    assert result_of(answered[0]) == [answer("Other", control="more"), NAMELESS]


def test_earlier_answers_of_predictions_only_stand_in_nobodys_way(project, answered, owner):
    answered[0].delete()
    assert in_use(project, OF_REGIONS) == {}
    assert project.set_labeling_config(OF_REGIONS, owner) == set()
