"""Regions whose text has another name in the next config."""

from __future__ import annotations

import pytest

from projects.followed_texts import about_another
from projects.models import Completion
from projects.results import check_result, choices_region
from projects.stored_results import Use
from tests.conftest import NER_CONFIG
from tests.projects.rows import make_tasks, predict, span

TEXT = "Aspirin 100 mg for pain."
KIND = '<Choices name="kind" toName="text"><Choice value="note"/></Choices></View>'
BEFORE = NER_CONFIG.replace("</View>", KIND)
SECOND = BEFORE.replace("</View>", '<Text name="copy" value="$text"/></View>')


@pytest.fixture
def worked_on(project, owner):
    """A submitted completion and a prediction of the same."""
    project.set_labeling_config(BEFORE, owner)
    (task,) = make_tasks(project, TEXT)
    kind = choices_region("kind", "text", region_id="k", choices=["note"], confidence=None)
    result = [span(TEXT, 0, 7, "DRUG", region_id="a"), kind]
    return Completion.objects.create(task=task, username="anna", result=result), predict(task, result)


def texts_of(row) -> list[str]:
    row.refresh_from_db()
    return [region["to_name"] for region in row.result]


@pytest.mark.parametrize(
    ("after", "texts"),
    [
        (BEFORE.replace('name="text"', 'name="note"').replace('toName="text"', 'toName="note"'), ["note", "note"]),
        (SECOND, ["text", "text"]),
        (SECOND.replace('name="label" toName="text"', 'name="label" toName="copy"'), ["copy", "text"]),
        (SECOND.replace('name="label" toName="text"', 'name="label" toName="copy,text"'), ["text", "text"]),
    ],
    ids=["another name", "a second one", "another one", "one more"],
)
def test_regions_follow_the_text_that_their_control_is_about(project, owner, worked_on, after, texts):
    changed = project.set_labeling_config(after, owner)
    assert [texts_of(row) for row in worked_on] == [texts, texts]
    completion = worked_on[0]
    assert changed == ({completion.task_id} if texts != ["text", "text"] else set())
    assert check_result(completion.result, project.parsed_config(), TEXT).refused == ()


def test_what_follows_is_counted_before(project, worked_on):
    assert about_another(project.pk, {"label": ["note"], "kind": ["text", "note"]}) == Use(1, 1, 1, predictions=1)
    assert about_another(project.pk, {"label": ["text"]}) == Use()
