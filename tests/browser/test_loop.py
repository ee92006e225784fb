"""The loop that all of it is for: pre-annotate, correct, train, compare, deploy what is better, pre-annotate again."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.editing import press, select
from tests.browser.test_runs import import_tasks, open_popup, run_is_through
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.spark]

CONFIG = """<View>
  <Labels name="label" toName="text">
    <Label value="ALLERGEN" model="ner_posology" predicted_values="DRUG" hotkey="a"/>
  </Labels>
  <Text name="text" value="$text"/>
</View>"""
ALLERGENS = (
    "peanuts", "shellfish", "latex", "pollen", "walnuts", "kiwi", "strawberries", "wool", "feathers", "sesame", "lupin",
    "celery", "mustard", "nickel", "hazelnuts", "ragweed", "mould", "perfume", "eggs", "milk",
)  # fmt: skip
PATTERNS = ("She reacts badly to {} at home.", "He reacts badly to {} since childhood.")
TEXTS = {f"Allergy {n}": PATTERNS[n % 2].format(word) for n, word in enumerate(ALLERGENS, 1)}


def new_project(stack: Stack, name: str) -> int:
    """With the demo's people, and labels that its model knows under another name."""
    new = f"Project.create(owner=demo.owner, name={name!r})"
    team = "[new.members.create(user=m.user, role=m.role) for m in demo.members.exclude(user=demo.owner)]"
    save = f"new.set_labeling_config({CONFIG!r}, demo.owner)"
    made = f"(lambda demo: (lambda new: ({save}, {team}, new.pk)[-1])({new}))(Project.objects.order_by('pk')[0])"
    return int(stack.query(made))


@pytest.fixture
def project(stack) -> int:
    return new_project(stack, "The loop")


def preannotate_all(page: Page, project: int) -> None:
    popup = open_popup(page, project)
    popup.get_by_label(re.compile("All tasks of the project")).check()
    popup.get_by_role("button", name="Preannotate 20 tasks").click()
    run_is_through(popup)
    page.keyboard.press("Escape")


def found_in(page: Page, project: int) -> int:
    """How many tasks have regions."""
    page.goto(f"/projects/{project}/")
    return page.locator("#task-rows").get_by_text(re.compile(r"^[1-9]\d* regions?$")).count()


def f1_of(page: Page, project: int, model: str) -> float:
    page.goto(f"/projects/{project}/overview/")
    line = page.locator("summary", has_text=model).inner_text()
    figures = re.search(r"F1 ([\d.]+)", line)
    return float(figures[1]) if figures else 0.0


def correct(page: Page, project: int) -> None:
    """Each task's allergen labelled by hand and submitted, one after the other."""
    page.goto(f"/projects/{project}/next/")
    for _ in TEXTS:
        page.locator("#text .block").first.wait_for()
        text = page.locator("#text").inner_text()
        here = page.url
        select(page, next(word for word in ALLERGENS if f" {word} " in text))
        press(page, "a", "Alt+Enter")
        page.wait_for_url(lambda url, here=here: url != here)


def test_twenty_corrected_tasks_teach_a_better_model(log_in, project):
    page = log_in("manager")
    import_tasks(page, project, TEXTS)
    popup = open_popup(page, project)
    popup.get_by_role("button", name="Deploy").click()
    expect(popup.get_by_text("Ready", exact=True)).to_be_visible(timeout=120_000)
    page.keyboard.press("Escape")
    preannotate_all(page, project)
    before = found_in(page, project)
    correct(page, project)
    first = f1_of(page, project, "ner_posology 1")

    # A look at the examples first, then the chart while it learns, then what it is worth.
    page.goto(f"/projects/{project}/training/")
    page.get_by_label("Name of the model").fill("ner_allergen")
    page.get_by_label("Engine").select_option("NerCrf")
    expect(page.get_by_role("heading", name=re.compile(r"^1\d tasks to train on, \d to test on$"))).to_be_visible()
    page.get_by_label("Use it in this project's Labeling Config").check()
    page.get_by_label("Deploy after training").check()
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=180_000)
    expect(page.get_by_role("img", name=re.compile("^Loss from"))).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile(r"^Quality: F1 [01]\.\d+$"))).to_be_visible()
    expect(
        page.get_by_text(re.compile("It is in the Labeling Config since version 3. Deployment .* was asked for."))
    ).to_be_visible(timeout=10_000)

    # Somebody else sees in the popup what is deployed now.
    other = log_in("owner")
    popup = open_popup(other, project)
    expect(popup.get_by_text("Ready", exact=True)).to_be_visible(timeout=120_000)
    expect(popup.get_by_text("ner_allergen 1").first).to_be_visible()
    preannotate_all(page, project)
    assert found_in(page, project) > before + 10
    assert f1_of(page, project, "ner_allergen 1") > first


def import_labelled(page: Page, project: int) -> None:
    """The same tasks with a submitted completion each, from a file."""
    tasks = []
    for title, text in TEXTS.items():
        word = next(word for word in ALLERGENS if f" {word} " in text)
        start = text.index(word)
        value = {"start": start, "end": start + len(word), "text": word, "labels": ["ALLERGEN"]}
        region = {"id": title, "from_name": "label", "to_name": "text", "type": "labels", "value": value}
        done = {"result": [region], "submitted_at": "2026-01-01T10:00:00Z"}
        tasks.append({"data": {"title": title, "text": text}, "completions": [done]})
    page.goto(f"/projects/{project}/import/")
    file = {"name": "labelled.json", "mimeType": "application/json", "buffer": json.dumps(tasks).encode()}
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name=re.compile("labelled.json"))).to_be_visible()


def start_training(page: Page, project: int, name: str) -> None:
    page.goto(f"/projects/{project}/training/")
    page.get_by_label("Name of the model").fill(name)
    page.get_by_label("Engine").select_option("NerCrf")
    page.get_by_label("Use it in this project's Labeling Config").check()
    page.get_by_label("Deploy after training").check()
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", name=re.compile(r"^Training \d+$"))).to_be_visible()


def deployed(page: Page, project: int) -> str:
    """What the popup says of the last deployment, once that is ready."""
    popup = open_popup(page, project)
    expect(popup.get_by_text("Ready", exact=True)).to_be_visible(timeout=180_000)
    return popup.inner_text()


def test_two_people_train_and_deploy_while_a_third_preannotates(log_in, stack):
    mine, theirs, busy = (new_project(stack, name) for name in ("Mine", "Theirs", "Busy"))
    manager, owner, third = log_in("manager"), log_in("owner"), log_in("manager")
    import_labelled(manager, mine)
    import_labelled(owner, theirs)
    import_tasks(third, busy, TEXTS)
    popup = open_popup(third, busy)
    popup.get_by_role("button", name="Deploy").click()
    expect(popup.get_by_text("Ready", exact=True)).to_be_visible(timeout=120_000)
    third.keyboard.press("Escape")

    start_training(manager, mine, "ner_mine")
    start_training(owner, theirs, "ner_theirs")
    expect(owner.get_by_text("1 training before it")).to_be_visible()
    preannotate_all(third, busy)
    for page in (manager, owner):
        expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=240_000)
    assert [name in deployed(manager, mine) for name in ("ner_mine 1", "ner_theirs 1")] == [True, False]
    assert [name in deployed(owner, theirs) for name in ("ner_mine 1", "ner_theirs 1")] == [False, True]
    assert [name in deployed(third, busy) for name in ("ner_posology 1", "ner_mine 1")] == [True, False]
