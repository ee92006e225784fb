"""The popup in a browser: what its buttons and Enter do, and that it hears of what changes around it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from preannotation import actions
from preannotation.models import Deployment, PreannotationRun
from projects.models import Project
from tests.preannotation.conftest import CONFIG, add_tasks, ready, register_three, registered

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EXTRA = ("ner_test", "ner_symptom")


@pytest.fixture
def configured(project: Project, manager) -> Project:
    """A config with four models, and three tasks."""
    register_three()
    for name in EXTRA:
        registered(name, labels=[name.upper()])
    labels = "".join(f'<Label value="{name.upper()}" model="{name}"/>' for name in EXTRA)
    project.set_labeling_config(CONFIG.replace("</Labels>", f"{labels}</Labels>"), manager)
    add_tasks(project, ["a", "b", "c"])
    return project


@pytest.fixture
def open_popup(open_page, configured, manager) -> Callable[..., tuple[Page, Locator]]:
    def opened(**options) -> tuple[Page, Locator]:
        page = open_page(manager, f"/projects/{configured.pk}/", **options)
        page.get_by_role("button", name="Preannotate", exact=True).click()
        popup = page.get_by_role("dialog")
        expect(popup.get_by_role("heading", name="Preannotate")).to_be_visible()
        return page, popup

    return opened


def test_enter_in_a_field_does_nothing_while_nothing_can_start(open_popup, configured):
    page, popup = open_popup()
    popup.get_by_text("Only confident findings").click()
    for field in (
        popup.get_by_label("This page"),
        popup.get_by_label("Replace older predictions"),
        popup.get_by_label("ner_drug"),
    ):
        field.press("Enter")
        page.wait_for_timeout(300)
        expect(page.locator("#popup-title")).to_have_count(1)
        expect(field).to_be_focused()
    assert popup.locator("#popup-run, #popup-try").all_inner_texts() == ["", ""]


@pytest.mark.parametrize("name", ["This page", "Replace older predictions", "ner_drug"])
def test_enter_in_a_field_does_what_the_main_button_does(open_popup, configured, name):
    ready(actions.deploy(configured, None))
    page, popup = open_popup()
    popup.get_by_text("Only confident findings").click()
    popup.get_by_label(name).press("Enter")
    expect(popup.get_by_role("region", name="Run ")).to_be_visible()
    expect(page.locator("#popup-title")).to_have_count(1)
    assert popup.locator("#popup-try").inner_text() == ""
    assert PreannotationRun.objects.get().total == 3


@pytest.mark.parametrize("width", [1440, 390])
def test_what_a_click_has_started_is_in_sight_with_its_cancel(open_popup, configured, width):
    ready(actions.deploy(configured, None))
    page, popup = open_popup(viewport={"width": width, "height": 900})
    popup.get_by_role("button", name="Preannotate 3 tasks").click()
    cancel = popup.get_by_role("button", name="Cancel", exact=True)
    cancel.wait_for()
    expect(popup.locator("#popup-run")).to_be_focused()
    assert [is_in_sight(popup, part) for part in (popup.get_by_role("progressbar"), cancel)] == [True, True]
    page.keyboard.press("Tab")
    expect(popup.get_by_role("link", name="Run ")).to_be_focused()


def test_the_focus_stays_where_it_is_while_a_run_tells_how_far_it_is(open_popup, configured):
    ready(actions.deploy(configured, None))
    page, popup = open_popup()
    popup.get_by_role("button", name="Preannotate 3 tasks").click()
    # What the click brought has the focus first.
    expect(popup.locator("#popup-run")).to_be_focused()
    for part in (popup.get_by_role("link", name="Run "), popup.get_by_role("button", name="Cancel", exact=True)):
        part.focus()
        with page.expect_response("**/runs/*/") as told:
            pass
        told.value.finished()
        expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
        expect(part).to_be_focused()


@pytest.mark.parametrize("width", [1440, 390])
def test_why_nothing_was_started_is_in_sight(open_popup, configured, width):
    ready(actions.deploy(configured, None))
    _, popup = open_popup(viewport={"width": width, "height": 900})
    popup.get_by_text("Only confident findings").click()
    popup.get_by_label("ner_drug").fill("7")
    popup.locator("#start-form").evaluate("form => { form.noValidate = true; }")
    popup.get_by_role("button", name="Preannotate 3 tasks").click()
    refused = popup.get_by_text('The threshold of "ner_drug" is "7".')
    refused.wait_for()
    expect(popup.locator("#popup-run")).to_be_focused()
    assert is_in_sight(popup, refused)


def test_trying_follows_the_deployment_as_preannotating_does(open_popup, configured):
    _, popup = open_popup()
    both = [popup.get_by_role("button", name=name) for name in ("Try on 3 tasks", "Preannotate 3 tasks")]
    for button in both:
        expect(button).to_be_disabled()
    popup.get_by_role("button", name="Deploy").click()
    expect(popup.get_by_text("Queued", exact=True)).to_be_visible()
    ready(Deployment.objects.get())
    for button in both:
        expect(button).to_be_enabled()
    popup.get_by_text("Stop…").click()
    popup.get_by_role("button", name="Stop deployment").click()
    for button in both:
        expect(button).to_be_disabled()


def test_a_first_deployment_by_somebody_else_arrives_in_an_open_popup(open_popup, configured, owner):
    _, popup = open_popup()
    expect(popup.get_by_text("Nothing has been deployed in this project yet.")).to_be_visible()
    ready(actions.deploy(configured, owner))
    expect(popup.get_by_text("by olga")).to_be_visible()
    expect(popup.get_by_role("button", name="Preannotate 3 tasks")).to_be_enabled()


def is_in_sight(popup: Locator, part: Locator) -> bool:
    """Whether the part is wholly inside the popup's window, with nothing over it."""
    return part.evaluate(
        """(part, popup) => {
            const [inner, outer] = [part.getBoundingClientRect(), popup.getBoundingClientRect()];
            const over = document.elementFromPoint(inner.x + inner.width / 2, inner.y + inner.height / 2);
            return inner.top >= outer.top && inner.bottom <= outer.bottom && part.contains(over);
        }""",
        popup.element_handle(),
    )
