"""Answers whose choices stand elsewhere once the config is another."""

import pytest

from projects.config_change import LabelKey
from projects.label_use import Decision, Use
from projects.models import Completion, Project
from projects.results import choices_region
from tests.projects.rows import make_tasks, predict

TEXT = "Aspirin 100 mg for pain."
SURGERY = LabelKey("choices", "dep", "Surgery")
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
    assert project.labels_in_use(without) == {}
    project.set_labeling_config(without, owner, {SURGERY: Decision(None)})
    assert result_of(answered[0]) == [answer(["Medicine", "Vascular"], "Other"), NAMELESS]


def test_a_renamed_answer_stands_where_its_new_name_does(project, answered, owner):
    renamed = config(choice("Surgery"), choice("Medicine", choice("Vessels")), choice("Other"))
    assert project.labels_in_use(renamed) == {VASCULAR: Use(1, 1, 1, 1)}
    project.set_labeling_config(renamed, owner, {VASCULAR: Decision(LabelKey("choices", "dep", "Vessels"))})
    assert [result_of(row) for row in answered] == [[answer(["Medicine", "Vessels"], "Other"), NAMELESS]] * 2
