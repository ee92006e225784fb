"""The Setup page as a manager uses it: typing, templates, and a label that people already worked with."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_whole_way import new_project, save

pytestmark = [pytest.mark.browser, pytest.mark.spark]

TEXT = "Aspirin for pain."
ONE = """<View>
  <Labels name="label" toName="text">
    <Label value="DRUG"/>
  </Labels>
  <Text name="text" value="$text"/>
</View>
"""
# Annotation Lab's own dialect: a task with one completion of one region.
DONE = {
    "data": {"text": TEXT, "title": "Done"},
    "completions": [
        {
            "created_username": "manager",
            "result": [
                {
                    "id": "a",
                    "from_name": "label",
                    "to_name": "text",
                    "type": "labels",
                    "value": {"start": 0, "end": 7, "text": "Aspirin", "labels": ["DRUG"]},
                }
            ],
        }
    ],
}


@pytest.fixture
def setup_page(log_in):
    page = log_in("manager")
    new_project(page, "Setup")
    page.get_by_role("link", name="Setup", exact=True).last.click()
    # What is filled in before the page's scripts run is not heard.
    page.wait_for_load_state()
    return page


def editor(page: Page):
    return page.locator("#labeling-config")


def caret(page: Page) -> list[int]:
    return editor(page).evaluate("field => [field.selectionStart, field.selectionEnd, field.scrollTop]")


def test_typing_shows_a_problem_with_its_line_and_keeps_the_cursor(setup_page):
    page = setup_page
    editor(page).fill(ONE.replace("<Text", "\n" * 60 + "  <Text"))
    expect(page.locator("#config-preview .label-chip")).to_have_text("DRUG")
    editor(page).evaluate("field => { field.setSelectionRange(70, 70); field.scrollTop = 200; }")
    top = page.locator("#config-preview").bounding_box()
    editor(page).press("<")
    expect(page.locator("#config-problems").get_by_role("button", name=re.compile(r"Line \d"))).to_be_visible()
    assert caret(page)[:2] == [71, 71]
    expect(editor(page)).to_be_focused()
    expect(page.locator("#config-preview .label-chip")).to_have_text("DRUG")
    assert page.locator("#config-preview").bounding_box() == top
    editor(page).press("Backspace")
    expect(page.locator("#config-problems")).to_contain_text("No problems")


def test_a_template_replaces_the_text_in_one_step_that_undo_takes_back(setup_page):
    page = setup_page
    before = editor(page).input_value()
    page.get_by_text("Start from a template").click()
    page.get_by_role("link", name="Use Named entities").click()
    expect(editor(page)).to_have_value(re.compile("Treatment"))
    expect(page.locator("#config-preview .label-chip")).to_have_count(3)
    expect(page.get_by_text("● Not saved")).to_be_visible()
    editor(page).press("Control+z")
    expect(editor(page)).to_have_value(before)
    expect(page.get_by_text("● Not saved")).to_be_hidden()


def test_removing_a_used_label_asks_and_a_rename_takes_its_regions_along(setup_page):
    page = setup_page
    editor(page).fill(ONE)
    save(page)
    expect(page.get_by_text("Version 2 by manager")).to_be_visible()
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("File").set_input_files(
        {"name": "done.json", "mimeType": "application/json", "buffer": json.dumps([DONE]).encode()}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name=re.compile("done.json"))).to_be_visible()

    page.get_by_role("link", name="Setup", exact=True).last.click()
    editor(page).fill(ONE.replace("DRUG", "MEDICATION"))
    save(page)
    asked = page.get_by_label('The label "DRUG" of "label" is gone.')
    expect(asked.get_by_role("option")).to_have_text(
        ["Decide", 'Rename to "MEDICATION"', "Remove 1 region in 1 completion on 1 task"]
    )
    page.get_by_role("button", name="Save these changes").click()
    expect(asked).to_be_focused()
    asked.select_option('Rename to "MEDICATION"')
    page.get_by_role("button", name="Save these changes").click()
    expect(page.get_by_text("Version 3 by manager")).to_be_visible()
    expect(page.locator("#notices")).to_contain_text("Regions on 1 task changed with it.")
    editor(page).fill(ONE)
    save(page)
    expect(page.get_by_label('The label "MEDICATION" of "label" is gone.')).to_be_visible()
