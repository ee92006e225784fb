"""What is selected in the text, what is chosen beside it, and which of the two a label is for."""

import pytest
from playwright.sync_api import expect

from projects.models import Completion
from tests.browser.editing import click_on, middle, only, prepared, press, region, saved, select, spans

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def task(project, manager):
    task = prepared(project)
    Completion.objects.create(task=task, user=manager, username="mona", result=[region("metformin")])
    return task


def test_a_region_that_is_chosen_in_the_list_gets_the_label_and_not_what_was_selected_before(open_task, task, manager):
    page = open_task(manager, task)
    double_click(page, "aspirin")
    page.locator("#regions [data-region]").click()
    press(page, "p")
    saved(page)
    assert spans(only(task)) == [("PROBLEM", "metformin")]
    assert page.evaluate("getSelection().toString()") == ""


def test_a_region_that_is_chosen_by_keys_gets_the_label_too(open_task, task, manager):
    page = open_task(manager, task)
    double_click(page, "aspirin")
    page.locator("#regions").evaluate("list => list.focus()")
    press(page, "Tab", "p")
    saved(page)
    assert spans(only(task)) == [("PROBLEM", "metformin")]


def test_a_click_beside_the_text_ends_the_selection(open_task, task, manager):
    page = open_task(manager, task)
    double_click(page, "aspirin")
    box = page.locator("#text").bounding_box()
    page.mouse.click(box["x"] + 40, box["y"] + box["height"] + 60)
    assert page.evaluate("getSelection().toString()") == ""
    press(page, "p")
    expect(page.locator("[data-label='PROBLEM']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#text mark")).to_have_text(["metformin"])


def test_a_selection_that_ends_beside_the_text_is_labelled(open_task, task, manager):
    page = open_task(manager, task)
    x, y = middle(page, "aspirin")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 400, y, steps=4)
    page.mouse.up()
    press(page, "p")
    saved(page)
    assert spans(only(task)) == [("PROBLEM", "Given aspirin"), ("DRUG", "metformin")]


@pytest.mark.parametrize("chosen", ["All equal", "Whole words", "Undo"])
def test_tools_leave_the_selection(open_task, task, manager, chosen):
    page = open_task(manager, task)
    double_click(page, "aspirin")
    page.get_by_role("button", name=chosen).click(force=True)
    page.locator("[data-label='PROBLEM']").click()
    saved(page)
    assert spans(only(task)) == [("PROBLEM", "aspirin"), ("DRUG", "metformin")]


def test_what_fingers_select_gets_the_label_that_is_tapped(open_task, task, manager):
    page = open_task(manager, task, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    select(page, "aspirin")
    page.locator("[data-label='PROBLEM']").tap()
    saved(page)
    assert spans(only(task)) == [("PROBLEM", "aspirin"), ("DRUG", "metformin")]


def test_what_keys_select_gets_the_label_of_the_next_key(open_task, task, manager):
    page = open_task(manager, task)
    click_on(page, "later")
    press(page, "Control+End", "Control+Shift+ArrowLeft", "Control+Shift+ArrowLeft", "p")
    saved(page)
    assert spans(only(task)) == [("DRUG", "metformin"), ("PROBLEM", "later.")]


def double_click(page, word):
    page.mouse.dblclick(*middle(page, word))
    assert page.evaluate("getSelection().toString()").strip() == word
