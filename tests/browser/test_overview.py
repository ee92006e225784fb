"""From a submitted completion to the figures about it: Overview, activity, comparison."""

import pytest
from playwright.sync_api import Page, expect

from projects import label_counts
from tests.browser.editing import prepared, press, region, saved, select, suggested

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def submitted(open_task, project, manager, monkeypatch) -> Page:
    """The page of a manager who took over all that was predicted, added a region, and submitted."""
    # On a busy machine a worker would count, and here is none.
    monkeypatch.setattr(label_counts, "AT_ONCE_MS", 10_000)
    page = open_task(manager, prepared(project, *suggested()))
    page.get_by_role("button", name="Copy", exact=False).first.click()
    select(page, "metformin")
    press(page, "d")
    saved(page)
    press(page, "Alt+Enter")
    expect(page.get_by_role("heading", name="Next task")).to_be_visible()
    return page


def row(page: Page, table: str, name: str) -> list[str]:
    """The numbers of one row of a table."""
    cells = page.locator(f"{table} tbody tr", has=page.get_by_role("rowheader", name=name)).locator("td.number")
    return cells.all_inner_texts()


def test_what_was_submitted_shows_in_every_figure_of_the_overview(submitted):
    page = submitted
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Models against people")).to_be_visible()
    assert row(page, "section:nth-of-type(1) table", "Submitted") == ["1", "100.0 %"]
    assert row(page, "section:nth-of-type(2) table", "mona")[:2] == ["1", "0"]
    assert row(page, "#label-counts table", "DRUG") == ["2", "1"]
    # Metformin was added where the config asks no model for drugs.
    assert row(page, ".scores", "DRUG") == ["1.00", "1.00", "1.00", "1"]
    page.get_by_role("link", name="Submitted").click()
    expect(page.locator("#task-rows tr")).to_have_count(1)


def test_the_activity_log_leads_back_to_the_task(submitted):
    page = submitted
    page.get_by_role("link", name="Activity").click()
    page.get_by_label("Kind").select_option("Submitted")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".activity tbody tr")).to_have_count(1)
    expect(page.locator(".activity tbody th")).to_have_text("mona")
    page.locator(".activity td a").click()
    expect(page.get_by_role("heading", name="note 1")).to_be_visible()


def test_two_results_are_compared_by_keyboard_alone(submitted, project):
    page = submitted
    page.goto(f"{project.tasks.get().get_absolute_url()}compare/")
    expect(page.locator(".differences tbody tr")).not_to_have_count(0)
    box = page.get_by_role("checkbox", name="Same")
    box.focus()
    press(page, "Space", "Enter")
    expect(page.get_by_role("checkbox", name="Same")).not_to_be_checked()
    expect(page.locator(".differences tbody tr")).to_have_count(1)
    link = page.locator(".differences td a")
    link.focus()
    press(page, "Enter")
    expect(page.locator("mark:target")).to_have_text("metformin")
    expect(page.locator("mark:target")).to_be_in_viewport()


def test_a_narrow_window_holds_the_comparison(open_task, project, manager):
    task = prepared(project, *suggested())
    task.completions.create(user=manager, username="mona", result=[region("aspirin", "DOSAGE")])
    page = open_task(manager, task, viewport={"width": 390, "height": 800})
    page.goto(f"{task.get_absolute_url()}compare/")
    left, right = (page.locator(f"#text-{side} + .compared-text").bounding_box() for side in ("left", "right"))
    assert (left["x"], left["width"]) == (right["x"], right["width"])
    assert left["y"] + left["height"] <= right["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
