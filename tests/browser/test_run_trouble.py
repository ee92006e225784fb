"""What goes wrong in front of people: a task, a deployment, a click that comes too late. The page says why."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.running import (
    CONFIG,
    ENGINE_MS,
    WITHOUT_MODELS,
    Product,
    notes,
    open_popup,
    shown_states,
    start_all,
)

pytestmark = [pytest.mark.browser, pytest.mark.spark]

# A model of the project's own whose files were damaged after they came in.
DAMAGED = """
import shutil
from pathlib import Path
from preannotation.models import NlpModel
from projects.models import Project
project = Project.objects.get(pk={project})
whole = NlpModel.objects.get(name="ner_posology", version=1)
facts = {{name: getattr(whole, name) for name in NlpModel.FACTS}}
made = NlpModel(**facts, origin="uploaded", project=project)
made.name, made.folder = "ner_damaged", "ner_damaged/1"
shutil.copytree(whole.path, made.path)
for file in (made.path / "metadata").iterdir():
    file.write_text("no longer what it was")
made.save()
project.set_labeling_config({config!r}, project.owner)
"""


def test_why_a_task_failed_shows_on_hover_and_on_focus_and_the_filter_finds_it(
    log_in: Callable[..., Page], product: Product
):
    project = product.project("One fails", notes(3))
    page = log_in("manager")
    popup = open_popup(page, project)
    start_all(popup, 3)
    expect(popup.locator("#popup-run .state")).to_have_text("Done", timeout=ENGINE_MS)
    reason = 'The models failed on this text (ValueError). The log has the "details" <of it>.'
    # No text is known that makes the engine fail, so the outcome is written as a worker writes it.
    failed = (
        "UPDATE projects_task SET preannotation_state = 'failed', failure = %s, region_count = NULL, "
        "lowest_confidence = NULL WHERE project_id = %s AND title = 'Note 002' RETURNING id"
    )
    ((task,),) = product.rows(failed, reason, project)
    page.goto(f"/projects/{project}/")
    state = page.locator(f"#task-{task} .state-failed")
    expect(state).to_have_text("Failed")
    tip = page.locator("#tip")
    expect(tip).to_be_hidden()
    state.hover()
    expect(tip).to_have_text(reason)
    page.get_by_role("heading", name="Tasks").hover()
    expect(tip).to_be_hidden()

    page.get_by_role("link", name="Note 002").focus()
    page.keyboard.press("Tab")
    expect(state).to_be_focused()
    expect(tip).to_be_visible()
    expect(state).to_have_accessible_description(reason)
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()

    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Pre-annotation").select_option("Failed")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("1 task matches")).to_be_visible()
    assert page.locator("#task-rows th a").all_inner_texts() == ["Note 002"]
    page.get_by_role("link", name="Clear filter").click()
    expect(page.get_by_text("3 tasks in all")).to_be_visible()
    assert shown_states(page) == ["1 region", "Failed", "1 region"]


def test_the_whole_reason_of_a_failed_deployment_stands_in_the_popup(log_in: Callable[..., Page], product: Product):
    project = product.project("Damaged", notes(1), WITHOUT_MODELS, deployed=False)
    config = CONFIG.replace("ner_posology", "ner_damaged")
    product.stack.manage("shell", "-v", "0", "-c", DAMAGED.format(project=project, config=config))
    page = log_in("manager")
    popup = open_popup(page, project)
    popup.get_by_role("button", name="Deploy").click()
    expect(popup.locator("#deployment .state")).to_have_text("Failed", timeout=ENGINE_MS)
    ((state, reason),) = product.rows(
        "SELECT state, failure FROM preannotation_deployment WHERE project_id = %s", project
    )
    expect(popup.locator("#deployment .notice.error")).to_have_text(reason)
    assert (state, reason.startswith("ner_damaged 1 could not be loaded. ")) == ("failed", True)
    assert reason.endswith(" in the log.")
    expect(popup.get_by_role("button", name="Preannotate 1 task")).to_be_disabled()
    expect(popup.get_by_role("button", name="Try on 3 tasks")).to_be_disabled()
    expect(popup.get_by_role("button", name="Deploy")).to_be_enabled()


def test_deploy_is_refused_once_the_config_names_no_model_and_setup_is_a_click_away(
    log_in: Callable[..., Page], product: Product
):
    project = product.project("Without models", notes(1), deployed=False)
    page, other = log_in("manager"), log_in("owner")
    popup = open_popup(page, project)
    expect(popup.get_by_role("button", name="Try on 3 tasks")).to_be_disabled()
    expect(popup.get_by_text("Nothing has been deployed in this project yet.")).to_be_visible()
    other.goto(f"/projects/{project}/setup/")
    other.locator("#labeling-config").fill(WITHOUT_MODELS)
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text(re.compile("^Version 3"))).to_be_visible()

    popup.get_by_role("button", name="Deploy").click()
    refusal = "The Labeling Config names no model. Choose models on the setup page, then deploy."
    expect(popup.get_by_role("alert")).to_have_text(refusal)
    expect(popup.get_by_role("button", name="Deploy")).to_be_disabled()
    assert product.rows("SELECT count(*) FROM preannotation_deployment WHERE project_id = %s", project) == [(0,)]
    popup.get_by_role("link", name="Choose models on the setup page").click()
    expect(page.locator("#model-widget")).to_be_visible()
    assert page.url.endswith(f"/projects/{project}/setup/")


def test_start_is_refused_when_somebody_has_stopped_the_deployment_meanwhile(
    log_in: Callable[..., Page], product: Product
):
    project = product.project("Stopped meanwhile", notes(1))
    page, other = log_in("manager"), log_in("owner")
    # As if the click came before the window has asked again.
    page.route(re.compile(r"/deployments/last/\?seen="), lambda route: route.fulfill(status=204))
    popup = open_popup(page, project)
    theirs = open_popup(other, project)
    theirs.get_by_text("Stop…").click()
    theirs.get_by_role("button", name=re.compile("^Stop deployment")).click()
    expect(theirs.locator("#deployment .state")).to_have_text("Stopped")

    popup.get_by_role("button", name="Preannotate 1 task").click()
    refusal = "Nothing is deployed in this project, or not ready yet. Deploy first."
    expect(popup.get_by_role("alert")).to_have_text(refusal)
    popup.get_by_role("button", name="Try on 3 tasks").click()
    expect(popup.locator("#popup-try").get_by_role("alert")).to_have_text(refusal)
    assert (product.runs(project), product.states(project)) == ([], {"": 1})
    page.unroute_all()
    expect(popup.locator("#deployment .state")).to_have_text("Stopped")
    expect(popup.locator(".deployment-facts").first).to_contain_text("stopped by owner")
    expect(popup.get_by_role("button", name="Preannotate 1 task")).to_be_disabled()
