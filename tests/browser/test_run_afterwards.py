"""What comes of runs: rolled back beside people's work, set off by an import, and kept from those who don't manage."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.running import DOOR, ENGINE_MS, Door, Product, notes, open_popup, shown_states, start_all
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.spark]


def completions(product: Product, project: int) -> list[tuple[object, ...]]:
    """(who, whether it is submitted, what it says) of each on the project's tasks."""
    listed = (
        "SELECT c.username, c.submitted_at IS NOT NULL, c.result FROM projects_completion AS c "
        "JOIN projects_task AS t ON t.id = c.task_id WHERE t.project_id = %s ORDER BY c.id"
    )
    return product.rows(listed, project)


def test_what_was_copied_from_a_prediction_outlives_its_run(log_in: Callable[..., Page], product: Product):
    project = product.project("Rolled back", notes(2))
    page, annotator = log_in("manager"), log_in("annotator")
    popup = open_popup(page, project)
    start_all(popup, 2)
    expect(popup.locator("#popup-run .state")).to_have_text("Done", timeout=ENGINE_MS)
    assert product.predictions(project) == 2

    annotator.goto(f"/projects/{project}/")
    annotator.get_by_role("link", name="Note 001").click()
    annotator.get_by_role("button", name="Accept and submit").click()
    expect(annotator.get_by_role("heading", name="Note 002")).to_be_visible()
    before = completions(product, project)
    said = [(region["value"]["labels"], region["value"]["text"]) for region in before[0][2]]
    assert [(who, submitted) for who, submitted, _ in before] == [("annotator", True)]
    assert said == [(["DRUG"], "aspirin")]

    page.goto(f"/projects/{project}/runs/")
    page.locator("tbody th a").click()
    page.get_by_role("link", name="Roll back").click()
    expect(page.locator(".roll-back li")).to_have_text(
        [
            "2 predictions on 2 tasks will be removed.",
            "0 older predictions will show again.",
            "1 completion on these tasks will stay, also what was copied from these predictions.",
        ]
    )
    page.get_by_role("button", name=re.compile("^Roll back run")).click()
    expect(page.get_by_text(re.compile("Rolled back by manager.*: 2 predictions removed"))).to_be_visible(
        timeout=ENGINE_MS
    )
    expect(page.get_by_role("link", name="Roll back")).to_have_count(0)
    assert product.predictions(project) == 0
    assert completions(product, project) == before

    page.goto(f"/projects/{project}/")
    assert shown_states(page) == []
    assert page.locator("#task-rows .state").all_inner_texts() == ["Submitted", "Incomplete"]
    annotator.goto(f"/projects/{project}/")
    annotator.get_by_role("link", name="Note 001").click()
    expect(annotator.locator("#text mark")).to_have_text(["aspirin"])
    expect(annotator.get_by_text("None yet.")).to_be_visible()


def test_an_import_is_preannotated_by_itself_where_the_project_says_so(
    log_in: Callable[..., Page], product: Product, door: Door
):
    project = product.project("Preannotated imports", notes(1))
    page = log_in("manager")
    page.goto(f"/projects/{project}/settings/")
    page.get_by_label("Preannotate what is imported").check()
    page.get_by_role("button", name="Save").click()
    page.goto(f"/projects/{project}/settings/")
    expect(page.get_by_label("Preannotate what is imported")).to_be_checked()

    page.goto(f"/projects/{project}/import/")
    rows = [{"title": title, "text": f"{title}: takes aspirin."} for title in (DOOR, "New 2", "New 3")]
    file = {"name": "new.json", "mimeType": "application/json", "buffer": json.dumps(rows).encode()}
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text(re.compile(r"^Run \d+ preannotates what came in\.$"))).to_be_visible()
    # The run ends after the list was made, and before that asks for its progress.
    asked: list[Route] = []
    page.route(re.compile("/runs/progress/"), lambda route: asked.append(route))
    with page.expect_request(re.compile("/runs/progress/")):
        page.get_by_role("link", name="Go to the tasks").click()
    expect(page.locator("#task-rows .state-queued")).to_have_text(["Queued"] * 3)
    door.open()
    product.until_runs_are_through(project)
    for route in asked:
        route.continue_()
    page.unroute_all()
    line = page.locator("#run-progress")
    expect(line.locator(".state")).to_have_text("Done", timeout=ENGINE_MS)
    expect(line.locator(".run-counts")).to_have_text("3 of 3 tasks")
    expect(line).to_contain_text("started by import, by manager")
    expect(page.locator("#task-rows .state-found")).to_have_text(["1 region"] * 3)
    assert page.locator("#task-rows tr:has(.state-found) th a").all_inner_texts() == [DOOR, "New 2", "New 3"]
    assert product.runs(project) == [("done", 3, 3, 0, 0, 0, 0)]
    assert (product.states(project), product.predictions(project)) == ({"": 1, "found": 3}, 3)


def test_runs_are_kept_from_who_does_not_manage_and_hidden_from_strangers(log_in: Callable[..., Page], stack: Stack):
    demo = stack.query("Project.objects.get(name__contains='demo').pk")
    manager = log_in("manager")
    manager.goto(f"/projects/{demo}/runs/")
    run = manager.locator("tbody th a").last.get_attribute("href") or ""
    addresses = [f"/projects/{demo}/runs/", run, f"{run}roll-back/"]
    statuses = {
        name: [page.goto(address).status for address in addresses]
        for name in ("manager", "annotator", "reviewer", "stranger")
        for page in [manager if name == "manager" else log_in(name)]
    }
    refused = {"annotator": [403] * 3, "reviewer": [403] * 3, "stranger": [404] * 3}
    assert statuses == {"manager": [200] * 3} | refused
