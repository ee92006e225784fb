"""Relations between regions: drawn, drawn again, and taken away by what the config allows."""

import re

import pytest
from playwright.sync_api import Page, expect

from projects.models import Completion, Project, Task
from tests.browser.editing import CONFIG, only, prepared, press, region, saved, select

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RELATIONS = re.compile("<Relations>.*</Relations>")


def joined(task: Task) -> list[str]:
    return [name for one in only(task).result if one["type"] == "relation" for name in one["labels"]]


def draw(page: Page) -> None:
    """From aspirin to its dose, which stands after it."""
    page.locator("#text mark").first.click()
    press(page, "Alt+r", "ArrowRight", "Alt+r")


def drug_and_dose(open_task, project, user) -> tuple[Task, Page]:
    """Both labelled by hand, the dose chosen."""
    task = prepared(project)
    page = open_task(user, task)
    for word, key in (("aspirin", "d"), ("100 mg", "o")):
        select(page, word)
        press(page, key)
    return task, page


def related(task, user, *labels):
    ends = {"type": "relation", "direction": "right", "from_id": "a", "to_id": "m"}
    result = [region("aspirin", region_id="a"), region("100 mg", "DOSAGE", region_id="m")]
    result += [{**ends, "labels": [label]} for label in labels]
    Completion.objects.create(task=task, user=user, username="mona", result=result)


def test_a_label_that_forbids_a_relation_takes_it_away_and_undo_brings_it_back(open_task, project, manager):
    task, page = drug_and_dose(open_task, project, manager)
    press(page, "ArrowLeft", "Alt+r", "ArrowRight", "Alt+r")
    expect(page.locator("#relations")).to_contain_text("aspirin → 100 mg has dose")
    press(page, "ArrowLeft", "p")
    expect(page.locator("#said")).to_contain_text("1 relation removed")
    expect(page.locator("#relations")).not_to_contain_text("has dose")
    press(page, "Control+z")
    expect(page.locator("#relations")).to_contain_text("aspirin → 100 mg has dose")


def test_relations_notes_and_choices_of_a_region(open_task, project, manager):
    task, page = drug_and_dose(open_task, project, manager)
    press(page, "Alt+r", "ArrowLeft", "Alt+r")
    expect(page.locator("#said")).to_contain_text("allows no relation from DOSAGE to DRUG")
    press(page, "Alt+r", "ArrowRight", "Alt+r")
    expect(page.locator("#relations")).to_contain_text("aspirin → 100 mg has dose")
    press(page, "h", "Alt+n")
    page.keyboard.type("as written")
    press(page, "Control+Enter")
    saved(page)
    done = only(task)
    drug, dose, relation, choice = done.result
    assert (relation["from_id"], relation["to_id"], relation["labels"]) == (drug["id"], dose["id"], ["has dose"])
    assert (choice["id"], choice["value"]["choices"]) == (dose["id"], ["high"])
    assert dose["meta"] == {"text": ["as written"]}


def test_a_relation_that_is_drawn_again_stays(open_task, project, manager):
    task = prepared(project)
    related(task, manager, "has dose")
    page = open_task(manager, task)
    draw(page)
    expect(page.locator("#said")).to_have_text("There already: aspirin has dose 100 mg")
    expect(page.locator("#relations")).to_contain_text("aspirin → 100 mg has dose")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    expect(page.get_by_role("button", name="Begin a relation")).to_be_visible()


@pytest.mark.parametrize(
    ("had", "then"), [([], "first"), (["first"], "second"), (["second"], "third"), (["third"], "first")]
)
def test_a_relation_that_is_drawn_again_goes_on_to_the_next_that_is_allowed(open_task, project, manager, had, then):
    task = prepared(project)
    names = "".join(f'<Relation value="{name}"/>' for name in ("first", "second", "third"))
    Project.objects.update(labeling_config=RELATIONS.sub(f"<Relations>{names}</Relations>", CONFIG))
    related(task, manager, *had)
    page = open_task(manager, task)
    draw(page)
    saved(page)
    assert joined(task) == [then]


def test_relations_of_which_each_is_there_stay_all(open_task, project, manager):
    task = prepared(project)
    names = '<Relations><Relation value="first"/>'
    Project.objects.update(labeling_config=CONFIG.replace("<Relations>", names))
    related(task, manager, "first", "has dose")
    page = open_task(manager, task)
    draw(page)
    expect(page.locator("#said")).to_have_text("There already: aspirin first, has dose 100 mg")
    expect(page.locator("#relations li")).to_have_count(2)
