"""Deployments as people see them: stale, stopped, and what others have deployed on this server."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_whole_way import add_models, import_texts, new_project, save

pytestmark = [pytest.mark.browser, pytest.mark.spark]


def configured(page: Page, name: str, *models: str) -> None:
    new_project(page, name)
    page.get_by_role("link", name="Setup").click()
    add_models(page, *models)
    save(page)
    expect(page.get_by_text(re.compile("^Version 2"))).to_be_visible()
    import_texts(page)


def open_popup(page: Page) -> None:
    page.get_by_role("link", name="Tasks", exact=True).click()
    page.wait_for_load_state()
    page.get_by_role("button", name="Preannotate").click()


def test_a_deployment_goes_stale_under_the_eyes_of_who_watches_it_and_is_stopped_after_a_question(log_in, stack):
    page = log_in("manager")
    configured(page, "Stale and stopped", "ner_posology")
    open_popup(page)
    popup = page.get_by_role("dialog")
    popup.get_by_role("button", name="Deploy").click()
    expect(popup.locator("#deployment-progress p").first).to_be_visible()
    expect(popup.get_by_text("Ready", exact=True)).to_be_visible(timeout=120_000)
    expect(popup.get_by_text("Stale", exact=True)).to_have_count(0)

    other_tab = page.context.new_page()
    other_tab.goto(page.url)
    other_tab.get_by_role("link", name="Setup").click()
    add_models(other_tab, "ner_clinical")
    save(other_tab)
    expect(other_tab.get_by_text(re.compile("^Version 3"))).to_be_visible()
    expect(popup.get_by_text("Stale", exact=True)).to_be_visible()
    expect(popup.get_by_text(re.compile("^Missing until you deploy again: .*PROBLEM"))).to_be_visible()
    popup.get_by_text(re.compile("^What has changed since")).click()
    expect(popup.get_by_text("ner_clinical is not in this deployment.")).to_be_visible()

    popup.get_by_text("Stop…").click()
    expect(popup.get_by_text("Nobody can preannotate in this project until it is deployed again.")).to_be_visible()
    popup.get_by_role("button", name=re.compile("^Stop deployment")).click()
    expect(popup.get_by_text("Stopped", exact=True)).to_be_visible()
    expect(popup.get_by_role("button", name=re.compile("^Preannotate"))).to_be_disabled()
    expect(popup.get_by_role("button", name="Deploy")).to_be_enabled()


def test_the_others_on_this_server_are_named_to_their_members_only(log_in):
    page = log_in("manager")
    configured(page, "Kept from strangers", "ner_posology")
    open_popup(page)
    popup = page.get_by_role("dialog")
    popup.get_by_role("button", name="Deploy").click()
    expect(popup.get_by_text("Ready", exact=True)).to_be_visible(timeout=120_000)
    popup.get_by_text("Other deployments and trainings on this server").click()
    expect(popup.locator("#others")).to_contain_text("demo")

    stranger = log_in("stranger")
    configured(stranger, "Of a stranger", "ner_posology")
    open_popup(stranger)
    popup = stranger.get_by_role("dialog")
    popup.get_by_text("Other deployments and trainings on this server").click()
    expect(popup.locator("#others")).to_contain_text("another project")
    expect(popup.locator("#others")).to_contain_text("by manager")
    expect(popup.locator("#others")).not_to_contain_text("Kept from strangers")


def test_only_staff_find_the_operators_page(log_in):
    page = log_in("manager")
    expect(page.get_by_role("link", name="Operations")).to_have_count(0)
    assert page.goto("/operations/").status == 403
    admin = log_in("admin")
    admin.get_by_role("link", name="Operations").click()
    workers = admin.get_by_role("region", name="Workers")
    expect(workers.get_by_role("row", name=re.compile("spark")).filter(has_text="Alive")).to_have_count(1)
    admin.set_viewport_size({"width": 390, "height": 800})
    assert admin.evaluate("document.documentElement.scrollWidth") == 390
