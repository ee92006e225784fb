"""The loop that all of it is for: preannotate, correct, train, compare, deploy what is better, preannotate again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.editing import press, select
from tests.browser.test_runs import open_popup
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.spark]

ENGINE_MS = 180_000
"""For what loads models or trains them, on a machine that has other things to do as well."""
OTHERS = "Other deployments and trainings on this server"
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
TEXTS = [PATTERNS[number % 2].format(word) for number, word in enumerate(ALLERGENS)]
TESTED = 5


def new_projects(stack: Stack, *wanted: tuple[str, ...]) -> list[int]:
    """(name, owner, managers …) each, with a label that a sample model of the demo knows under another name, and finds
    in other sentences."""
    user = "User.objects.get(username={!r})".format

    def made(name: str, owner: str, *managers: str) -> str:
        new = f"Project.create(owner={user(owner)}, name={name!r})"
        team = ", ".join(f"new.members.create(user={user(manager)}, role='manager')" for manager in managers)
        save = f"new.set_labeling_config({CONFIG!r}, {user(owner)})"
        return f"(lambda new: ({save}, [{team}], new.pk)[-1])({new})"

    return stack.query(f"[{', '.join(made(*one) for one in wanted)}]")


def import_tasks(page: Page, project: int, labelled: bool = False) -> None:
    """One task for each text, the last ones tagged Test; labelled: with a submitted completion each."""
    rows = [
        {
            "data": {"title": f"Allergy {number}", "text": text},
            "tags": ["Test" if number > len(TEXTS) - TESTED else "Train"],
            "completions": [completion(text)] if labelled else [],
        }
        for number, text in enumerate(TEXTS, 1)
    ]
    page.goto(f"/projects/{project}/import/")
    file = {"name": "allergies.json", "mimeType": "application/json", "buffer": json.dumps(rows).encode()}
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name=re.compile("allergies.json"))).to_be_visible()


def allergen_of(text: str) -> str:
    return next(word for word in ALLERGENS if f" {word} " in text)


def completion(text: str) -> dict[str, object]:
    word = allergen_of(text)
    start = text.index(word)
    value = {"start": start, "end": start + len(word), "text": word, "labels": ["ALLERGEN"]}
    region = {"id": word, "from_name": "label", "to_name": "text", "type": "labels", "value": value}
    return {"result": [region], "submitted_at": "2026-01-01T10:00:00Z"}


def deploy(popup: Locator, *models: str) -> None:
    """models: as the popup has to name them once they are loaded."""
    popup.get_by_role("button", name="Deploy").click()
    is_deployed(popup, *models)


def is_deployed(popup: Locator, *models: str) -> None:
    names = popup.locator(".deployed-models tbody th")
    expect(names).to_have_text([re.compile(rf"^\s*{model}\b") for model in models], timeout=ENGINE_MS)
    expect(popup.locator("#deployment .state")).to_have_text("Ready", timeout=ENGINE_MS)


def preannotate_all(popup: Locator) -> None:
    popup.get_by_label(re.compile("All tasks of the project")).check()
    popup.get_by_role("button", name=f"Preannotate {len(TEXTS)} tasks").click()
    run = popup.locator("#popup-run")
    expect(run.locator(".state")).to_have_text("Done", timeout=ENGINE_MS)
    expect(run).to_contain_text(f"{len(TEXTS)} of {len(TEXTS)} tasks")
    expect(run).to_contain_text("0 failed")


def path_of(url: str) -> str:
    """The first save adds the completion to the address."""
    return urlsplit(url).path


def correct_all(page: Page, project: int) -> None:
    """Each task's allergen labelled by hand and submitted, one task after the other."""
    page.goto(f"/projects/{project}/next/")
    for _ in TEXTS:
        page.locator("#text .block").first.wait_for()
        word = allergen_of(page.locator("#text").inner_text())
        here = path_of(page.url)
        select(page, word)
        press(page, "a")
        expect(page.locator("#text mark", has_text=re.compile(f"^{word}$"))).to_be_visible()
        press(page, "Alt+Enter")
        page.wait_for_url(lambda url, here=here: path_of(url) != here)
    expect(page.locator("#text")).to_have_count(0)


def accept_tested(page: Page, project: int) -> None:
    """The completions of the tasks tagged Test, as the one who owns the project may."""
    for number in range(TESTED):
        page.goto(f"/projects/{project}/?tag=Test")
        page.locator("#task-rows th a").nth(number).click()
        page.get_by_role("region", name="Review").get_by_role("button", name="Accept").click()
        expect(page.locator(".task-bar .state")).to_have_text("Reviewed")


def start_training(page: Page, project: int, name: str, *afterwards: str) -> None:
    """Filled in without a pause, as whoever has done it before does."""
    page.goto(f"/projects/{project}/training/")
    page.get_by_label("Engine").select_option("NerCrf")
    for box in afterwards:
        page.get_by_label(box).check()
    page.get_by_label("Name of the model").fill(name)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", name=re.compile(r"^Training \d+$"))).to_be_visible()
    expect(page.locator(".run-facts")).to_contain_text(f"{len(TEXTS) - TESTED} to train on, {TESTED} to test on")


def is_trained(page: Page, model: str) -> None:
    expect(page.locator("#training-progress .run-line .state")).to_have_text("Done", timeout=ENGINE_MS)
    expect(page.locator("#training-progress .run-name")).to_have_text(model)


def compared_f1(page: Page, project: int, old: str, new: str) -> tuple[float, float]:
    """As the evaluation of both sets them side by side."""
    page.goto(f"/projects/{project}/evaluations/")
    for model in (old, new):
        page.get_by_role("checkbox", name=re.compile(f"^{model} ")).check()
    page.get_by_role("button", name="Evaluate the ticked models").click()
    expect(page.get_by_role("heading", name=re.compile(r"Evaluation \d+$"))).to_be_visible()
    expect(page.locator("#evaluation-progress .state")).to_have_text("Done", timeout=ENGINE_MS)
    page.get_by_role("button", name="Compare").click()
    pair = page.get_by_role("region", name=f"{old} and {new} side by side").first
    figures = re.search(r"F1 ([\d.]+) → ([\d.]+)", pair.inner_text())
    assert figures
    return float(figures[1]), float(figures[2])


def f1_of_runs(stack: Stack, project: int) -> list[float]:
    """Of the predictions of each run, in order, against the allergens of all tasks."""
    spans = "[[r['value']['start'], r['value']['end']] for r in p.result]"
    mine = f"Prediction.objects.filter(task__project={project}).order_by('pk')"
    found: dict[str, list[bool]] = {}
    for version, text, said in stack.query(f"[[p.model_version, p.task.text, {spans}] for p in {mine}]"):
        found.setdefault(version, []).extend(text[start:end] == allergen_of(text) for start, end in said)
    return [2 * sum(right) / (len(right) + len(TEXTS)) for right in found.values()]


def test_twenty_corrected_tasks_teach_a_better_model(log_in: Callable[..., Page], stack: Stack):
    (project,) = new_projects(stack, ("The loop", "owner", "manager"))
    page, owner = log_in("manager"), log_in("owner")
    import_tasks(page, project)
    popup = open_popup(page, project)
    deploy(popup, "ner_posology")
    preannotate_all(popup)
    correct_all(page, project)

    start_training(page, project, "ner_allergen", "Use it in this project's Labeling Config")
    accept_tested(owner, project)
    is_trained(page, "ner_allergen 1")
    expect(page.get_by_role("img", name=re.compile(r"^Loss from \d"))).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile(r"^Quality: F1 [01]\.\d+$"))).to_be_visible()
    expect(page.get_by_text("It is in the Labeling Config since version 3.", exact=True)).to_be_visible()

    before, now = compared_f1(page, project, "ner_posology 1", "ner_allergen 1")
    assert now > before

    popup = open_popup(owner, project)
    expect(popup.get_by_text("Stale", exact=True)).to_be_visible()
    deploy(popup, "ner_allergen")
    preannotate_all(popup)
    first, second = f1_of_runs(stack, project)
    assert second > first


def others_in(popup: Locator) -> Locator:
    popup.get_by_text(OTHERS).click()
    return popup.locator("#others")


def test_two_people_train_and_deploy_while_a_third_preannotates(log_in: Callable[..., Page], stack: Stack):
    """The third is in the project of the first, while the second is in none of theirs."""
    mine, theirs, busy = new_projects(stack, ("Mine", "manager", "owner"), ("Theirs", "stranger"), ("Busy", "owner"))
    first, second, third = log_in("manager"), log_in("stranger"), log_in("owner")
    import_tasks(first, mine, labelled=True)
    import_tasks(second, theirs, labelled=True)
    import_tasks(third, busy)
    popup = open_popup(third, busy)
    lines = others_in(popup).get_by_role("listitem")

    both = "Use it in this project's Labeling Config", "Deploy after training"
    start_training(first, mine, "ner_mine", *both)
    start_training(second, theirs, "ner_theirs", *both)
    expect(lines.filter(has_text="training by stranger")).to_contain_text("another project")
    expect(lines.filter(has=third.get_by_text("Mine", exact=True))).to_contain_text("by manager")
    deploy(popup, "ner_posology")
    preannotate_all(popup)

    is_trained(first, "ner_mine 1")
    is_trained(second, "ner_theirs 1")
    told = {}
    people = (first, mine, "ner_mine"), (second, theirs, "ner_theirs"), (third, busy, "ner_posology")
    for page, project, own in people:
        popup = open_popup(page, project)
        is_deployed(popup, own)
        others = others_in(popup)
        expect(others.get_by_text("deployment by").first).to_be_visible()
        words = others.inner_text()
        told[project] = [word for word in ("Mine", "Theirs", "Busy", "ner_mine 1", "ner_theirs 1") if word in words]
    assert told == {mine: [], theirs: [], busy: ["Mine", "ner_mine 1"]}
