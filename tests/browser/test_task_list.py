"""The task list as a manager works with it: filter, search, select, change many tasks at once."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser]

TASKS = 120


def import_tasks(page: Page, name: str) -> str:
    """Makes a project of TASKS tasks, every second one tagged; the address of its list."""
    page.get_by_role("link", name="New project").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create project").click()
    page.get_by_role("link", name="Import", exact=True).click()
    rows = [
        {
            "data": {"text": f"Note {number} on aspirin.", "title": f"Note {number:03}"},
            "tags": ["Even"] * (1 - number % 2),
        }
        for number in range(TASKS)
    ]
    page.get_by_label("File").set_input_files(
        {"name": "notes.json", "mimeType": "application/json", "buffer": json.dumps(rows).encode()}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name=re.compile("notes.json"))).to_be_visible()
    page.get_by_role("link", name="Tasks", exact=True).click()
    expect(page.get_by_text(f"{TASKS} tasks in all")).to_be_visible()
    return page.url


def test_a_filter_survives_paging_and_a_visit_to_a_task(log_in):
    page = log_in("manager")
    import_tasks(page, "Narrowing")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Tag", exact=True).fill("Even")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("60 tasks match")).to_be_visible()
    assert page.url.endswith("?tag=Even")
    page.get_by_role("link", name="Task", exact=True).click()
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.locator("#task-rows tr")).to_have_count(10)
    page.locator("#task-rows th a").first.click()
    expect(page.get_by_role("heading", name="Note 100")).to_be_visible()
    page.get_by_role("link", name="Tasks", exact=True).click()
    expect(page.locator("#task-rows th a").first).to_have_text("Note 100")
    page.get_by_role("link", name="tag Even: remove this filter").click()
    expect(page.get_by_text(f"{TASKS} tasks in all")).to_be_visible()


def test_a_search_says_what_it_does_not_understand_and_finds_words_and_beginnings(log_in, stack):
    page = log_in("manager")
    import_tasks(page, "Searches")
    stack.make_searchable(int(page.url.rstrip("/").split("/")[-1]))
    search = page.get_by_role("searchbox")
    search.fill("author:anna")
    search.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text('"author:" can\'t be searched by')
    search.fill("aspi* 17")
    search.press("Enter")
    expect(page.locator("#task-rows th a")).to_have_text(["Note 017"])
    search.fill("aspi")
    search.press("Enter")
    expect(page.get_by_text("No task matches.")).to_be_visible()
    page.get_by_role("link", name="clear the filter").click()
    expect(page.get_by_text(f"{TASKS} tasks in all")).to_be_visible()


def test_what_is_ticked_survives_paging_and_is_tagged(log_in):
    page = log_in("manager")
    import_tasks(page, "Ticks")
    boxes = page.locator("#task-rows input[name=task]")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(page.locator("#selected")).to_have_text("4 selected")
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.get_by_role("link", name="Note 050")).to_be_visible()
    page.wait_for_load_state()
    boxes.nth(0).check()
    expect(page.locator("#selected")).to_have_text("5 selected, 4 on other pages")
    page.reload()
    expect(page.locator("#selected")).to_have_text("5 selected, 4 on other pages")
    page.get_by_role("button", name="Tag", exact=True).click()
    popup = page.get_by_role("dialog")
    popup.get_by_label("Tags").fill("Seen")
    popup.get_by_role("button", name="Change tags of 5 tasks").click()
    expect(popup.get_by_text("5 tasks tagged Seen")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#task-rows .tag", has_text="Seen")).to_have_count(1)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#selected")).to_have_text("")


def test_all_that_match_are_counted_exactly_and_deleted_after_asking(log_in):
    page = log_in("manager")
    address = import_tasks(page, "Deletions")
    page.goto(f"{address}?tag=Even")
    page.get_by_label("Select all tasks of this page").check()
    page.get_by_role("button", name="Select all 60 that match").click()
    expect(page.locator("#selected")).to_have_text("All 60 that match selected")
    page.get_by_role("button", name="Delete").click()
    popup = page.get_by_role("dialog")
    expect(popup.get_by_role("listitem")).to_have_text(["60 tasks", "0 completions by people", "0 predictions"])
    popup.get_by_role("button", name="Delete 60 tasks").click()
    expect(page.get_by_text("60 tasks deleted.")).to_be_visible()
    expect(page.get_by_text("No task matches.")).to_be_visible()
    page.get_by_role("link", name="Clear filter").click()
    expect(page.get_by_text("60 tasks in all")).to_be_visible()
    expect(page.locator("#selected")).to_have_text("")
