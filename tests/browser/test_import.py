"""Import and export as a manager meets them: a worker imports what is large, and says what it could not take."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.running import WORKER_MS

pytestmark = [pytest.mark.browser]


def open_import(page: Page, name: str) -> None:
    page.get_by_role("link", name="New project").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create project").click()
    page.get_by_role("link", name="Import", exact=True).click()


def import_file(page: Page, name: str, content: str | bytes) -> None:
    buffer = content.encode() if isinstance(content, str) else content
    page.get_by_label("File").set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": buffer})
    page.get_by_role("button", name="Import").click()


def figure(page: Page, title: str) -> str:
    return page.locator("dl.figures > div", has_text=title).locator("dd").inner_text()


def test_a_large_file_is_imported_by_a_worker_and_a_broken_line_is_named(log_in):
    page = log_in("manager")
    open_import(page, "Large files")
    rows = [json.dumps({"text": f"Note {number}. " + "Given aspirin. " * 40}) for number in range(2_000)]
    rows[7] = "{broken"
    import_file(page, "large.jsonl", "\n".join(rows))
    expect(page.get_by_role("heading", name=re.compile("large.jsonl"))).to_be_visible()
    expect(page.get_by_text("Tasks imported")).to_be_visible(timeout=WORKER_MS)
    assert (figure(page, "Tasks imported"), figure(page, "Rows refused")) == ("1,999", "1")
    expect(page.get_by_text("Line 8 is not valid JSON")).to_be_visible()
    page.get_by_role("link", name="Go to the tasks").click()
    expect(page.get_by_text("1,999 tasks in all")).to_be_visible()


def test_a_wrong_file_is_refused_and_leaves_nothing_behind(log_in):
    page = log_in("manager")
    open_import(page, "Wrong files")
    import_file(page, "wrong.json", '[{"text": "one"}, {"text": ')
    expect(page.get_by_text("The file is not valid JSON at line 1")).to_be_visible()
    page.get_by_role("link", name="Tasks", exact=True).click()
    expect(page.get_by_text("This project has no tasks yet.")).to_be_visible()


def test_what_a_filter_shows_is_exported(log_in, stack):
    page = log_in("manager")
    open_import(page, "Exports")
    import_file(page, "two.json", json.dumps([{"text": "Given aspirin."}, {"text": "Slept well."}]))
    page.get_by_role("link", name="Tasks", exact=True).click()
    expect(page.locator("#task-rows tr")).to_have_count(2)
    stack.make_searchable(int(page.url.rstrip("/").split("/")[-1]))
    page.get_by_label("Search in the texts").fill("aspirin")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Export these").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export 1 task").click()
    held = json.loads(download.value.path().read_text())
    assert [task["data"]["text"] for task in held] == ["Given aspirin."]
