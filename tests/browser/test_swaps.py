"""Fragments that arrive while somebody works on the page: no click is lost, and nothing that was entered."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Locator, Page, Response, Route, expect

from preannotation import actions
from preannotation.models import Training, TryOut
from projects.models import Project
from tests.browser.conftest import until
from tests.preannotation.conftest import CONFIG, label_forty, ready, register_three, registered
from tests.preannotation.test_training_actions import asked

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def labelled(project: Project, manager: User, annotator: User) -> Project:
    """With models, and forty tasks that have a submitted completion each."""
    register_three()
    project.set_labeling_config(CONFIG, manager)
    return label_forty(project, annotator)


@pytest.fixture
def training(labelled: Project) -> Training:
    """Under way, with a log that is longer than its box."""
    made = asked(labelled, name="ner_mine")
    made.state, made.started_at = Training.State.RUNNING, timezone.now()
    made.log = "\n".join(f"line {number}" for number in range(200))
    made.save()
    return made


def place_of(training: Training) -> str:
    return f"/projects/{training.project_id}/training/{training.pk}/"


def hold(button: Locator) -> None:
    """The mouse goes down on it and stays down."""
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    button.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    button.page.mouse.down()


def taken_in(answer: Response) -> None:
    """Until the page has done with it what it does."""
    answer.finished()
    expect(answer.frame.locator(".htmx-request, .htmx-settling")).to_have_count(0)


def answered(page: Page, address: str) -> None:
    """Until an answer from there has been taken in."""
    with page.expect_response(lambda response: address in response.url) as answer:
        pass
    taken_in(answer.value)


class Held:
    """Requests to an address, kept back until they are let go."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.routes = page, list[Route]()
        page.route(address, lambda route: self.routes.append(route))

    def wait_for(self, count: int) -> None:
        until(self.page, lambda: len(self.routes) >= count, f"{count} requests")

    def let_go(self) -> None:
        self.wait_for(1)
        route = self.routes.pop(0)
        with self.page.expect_response(route.request.url):
            route.continue_()
        self.page.wait_for_timeout(100)


def test_a_button_that_is_held_down_while_its_page_polls_still_counts(open_page, manager, training):
    page = open_page(manager, place_of(training))
    hold(page.get_by_role("button", name="Cancel"))
    answered(page, place_of(training))
    page.mouse.up()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()


def test_a_log_stays_open_and_where_it_was_read_while_its_page_polls(open_page, manager, training):
    page = open_page(manager, place_of(training))
    page.get_by_text("Log", exact=True).click()
    log = page.locator("pre.log")
    log.evaluate("log => log.scrollTo(0, 400)")
    Training.objects.filter(pk=training.pk).update(phase="training on 32 texts")
    expect(page.get_by_text("Training on 32 texts")).to_be_visible()
    expect(log).to_be_visible()
    assert log.evaluate("log => log.scrollTop") == 400


def test_an_answer_to_what_a_form_no_longer_says_changes_no_field(open_page, manager, labelled):
    page = open_page(manager, f"/projects/{labelled.pk}/training/")
    held = Held(page, "**/training/look/**")
    page.get_by_label("Engine").select_option("NerCrf")
    held.wait_for(1)
    name = page.get_by_label("Name of the model")
    name.fill("")
    name.type("ner_typed")
    held.let_go()
    expect(name).to_have_value("ner_typed")
    page.get_by_label("Deploy after training").check()
    # The first answer says that the fields are not those of what was chosen, the second one brings them.
    held.let_go()
    held.let_go()
    expect(page.get_by_label("Batch size")).to_have_count(0)
    given = [page.get_by_label(label) for label in ("Name of the model", "Engine")]
    assert [field.input_value() for field in given] == ["ner_typed", "NerCrf"]
    expect(page.get_by_label("Deploy after training")).to_be_checked()


def test_a_change_that_overtakes_another_ones_fields_brings_them_too(open_page, manager, labelled):
    labelled.tasks.update(tags=["Train"])
    labelled.tasks.filter(pk=labelled.tasks.first().pk).update(tags=["Test"])
    page = open_page(manager, f"/projects/{labelled.pk}/training/")
    expect(page.get_by_label("Seed of the lot")).to_have_count(0)
    held = Held(page, "**/training/look/**")
    page.get_by_label("Train and test").select_option(label="By lot, with a seed")
    held.wait_for(1)
    page.get_by_label("Deploy after training").check()
    held.wait_for(2)
    # What was asked first is given up by the page.
    held.routes.pop(0).abort()
    held.let_go()
    held.let_go()
    expect(page.get_by_label("Seed of the lot")).to_have_value("13")
    expect(page.get_by_label("Deploy after training")).to_be_checked()


def test_a_training_starts_although_its_form_is_answered_during_the_click(open_page, manager, labelled):
    page = open_page(manager, f"/projects/{labelled.pk}/training/")
    page.get_by_label("Name of the model").fill("ner_at_once")
    with page.expect_response("**/training/look/**") as answer:
        hold(page.get_by_role("button", name="Start training"))
    taken_in(answer.value)
    page.mouse.up()
    expect(page.get_by_role("heading", name=re.compile(r"^Training \d+$"))).to_be_visible()
    assert Training.objects.get().name == "ner_at_once"


def test_nothing_starts_between_the_choice_of_other_tasks_and_their_number(open_page, manager, labelled):
    ready(actions.deploy(Project.objects.get(pk=labelled.pk), manager))
    page = open_page(manager, f"/projects/{labelled.pk}/")
    page.get_by_label(re.compile("^Select task")).first.check()
    page.get_by_role("button", name="Preannotate").click()
    popup = page.get_by_role("dialog")
    start = popup.get_by_role("button", name=re.compile(r"^Preannotate \d+ tasks?$"))
    expect(start).to_be_enabled()
    held = Held(page, "**/preannotate/")
    popup.get_by_label(re.compile("All tasks of the project")).check()
    parts = [start, *(popup.get_by_role("button", name=name) for name in ("Deploy", "Try on 3 tasks"))]
    for part in [*parts, popup.get_by_label("Replace older predictions")]:
        expect(part).to_be_disabled()
    held.let_go()
    expect(start).to_have_text("Preannotate 40 tasks")
    expect(start).to_be_enabled()


def test_tasks_are_tried_although_the_deployment_changes_during_the_click(open_page, manager, labelled):
    ready(actions.deploy(Project.objects.get(pk=labelled.pk), manager))
    page = open_page(manager, f"/projects/{labelled.pk}/")
    page.get_by_role("button", name="Preannotate").click()
    popup = page.get_by_role("dialog")
    hold(popup.get_by_role("button", name="Try on 3 tasks"))
    registered("ner_drug", version=2)
    answered(page, "/deployments/last/")
    page.mouse.up()
    expect(popup.locator("#try-out")).to_contain_text("Queued")
    expect(popup.get_by_text("Stale", exact=True)).to_be_visible()
    assert TryOut.objects.count() == 1


def test_a_row_is_ticked_although_the_list_is_brought_up_to_date_during_the_click(open_page, manager, labelled):
    page = open_page(manager, f"/projects/{labelled.pk}/")
    box = page.get_by_label(re.compile("^Select task")).first
    hold(box)
    with page.expect_response(f"**/projects/{labelled.pk}/"):
        page.evaluate("htmx.trigger(document.body, 'tasks-changed')")
    expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    with page.expect_response(f"**/projects/{labelled.pk}/"):
        page.mouse.up()
    expect(page.locator("#selected")).to_have_text("1 selected")
