"""While a submit is on its way nothing is changed, so that nothing is lost; where it fails, work goes on."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from projects.models import Completion
from tests.browser.conftest import until
from tests.browser.editing import only, prepared, press, region, saved, select, spans

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STATE = "#save-state"
HELD = "Submitting: nothing can be changed until the server has answered."


def submitted(page: Page, word: str, address: str) -> list[Route]:
    """Labels a word and submits. Returns what that waits for, a request to this address."""
    waiting: list[Route] = []
    page.route(address, lambda route: waiting.append(route))
    select(page, word)
    press(page, "d", "Alt+Enter")
    until(page, lambda: bool(waiting), f"a request to {address}")
    return waiting


@pytest.fixture
def slow(open_task, project, manager) -> tuple[Page, list[Route]]:
    """A page whose submit is on its way, and what it waits for."""
    task = prepared(project)
    Completion.objects.create(task=task, user=manager, username="mona", result=[region("aspirin")])
    page = open_task(manager, task)
    return page, submitted(page, "metformin", "**/submit/**")


def test_nothing_changes_while_a_submit_is_on_its_way(slow):
    page, waiting = slow
    expect(page.locator(STATE)).to_have_text("Submitting…")
    press(page, "Delete", "p", "Control+z", "1", "Alt+Enter")
    expect(page.locator("#said")).to_have_text(HELD)
    for button in ("Undo", "Submit"):
        page.get_by_role("button", name=button).dispatch_event("click")
    page.get_by_label("discharge").focus()
    press(page, "Space", "ArrowDown")
    page.locator("#note").focus()
    page.keyboard.type("too late")
    expect(page.locator("#text mark")).to_have_text(["aspirin", "metformin"])
    expect(page.get_by_label("discharge")).not_to_be_checked()
    expect(page.locator("#note")).to_have_value("")
    assert len(waiting) == 1
    waiting[0].continue_()
    page.wait_for_url(re.compile("/next/"))
    done = Completion.objects.get()
    assert (done.submitted_at is not None, spans(done)) == (True, [("DRUG", "aspirin"), ("DRUG", "metformin")])


def test_a_submit_that_fails_lets_go_and_leaves_the_focus(slow):
    page, waiting = slow
    expect(page.get_by_role("button", name="Submit")).to_have_attribute("aria-disabled", "true")
    waiting[0].fulfill(status=400, json={"error": "Not now."})
    expect(page.locator("#trouble")).to_contain_text("Not now.")
    expect(page.locator(STATE)).to_have_text("▲ Not saved")
    expect(page.locator("#text")).to_be_focused()
    expect(page.get_by_role("button", name="Submit")).to_have_attribute("aria-disabled", "false")
    expect(page.locator("#note")).to_be_editable()
    press(page, "p")
    page.get_by_role("button", name="Save", exact=True).click()
    saved(page)
    assert spans(Completion.objects.get()) == [("DRUG", "aspirin"), ("PROBLEM", "metformin")]


def test_a_first_save_that_belongs_to_a_submit_holds_too(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    waiting = submitted(page, "aspirin", "**/completions/")
    press(page, "Delete")
    expect(page.locator("#said")).to_have_text(HELD)
    waiting[0].continue_()
    page.wait_for_url(re.compile("/next/"))
    assert spans(only(task)) == [("DRUG", "aspirin")]
