"""What goes wrong between an editor and its server: nothing is lost, and everything is said."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from projects.models import Completion, Project
from tests.browser.conftest import until
from tests.browser.editing import CONFIG, only, prepared, press, region, saved, select, spans
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def label(page, word: str, key: str = "d") -> None:
    select(page, word)
    press(page, key)


@pytest.fixture
def draft(project, manager):
    task = prepared(project)
    return Completion.objects.create(task=task, user=manager, username="mona", result=[region("aspirin")])


def two_tabs(open_task, manager, draft):
    first = open_task(manager, draft.task)
    second = open_task(manager, draft.task, context=first.context)
    label(first, "metformin")
    saved(first)
    label(second, "nausea", "p")
    dialog = second.get_by_role("dialog", name="Somebody saved this completion meanwhile")
    expect(dialog).to_be_visible()
    return first, second, dialog


def test_a_second_tab_sees_the_difference_and_keeps_its_own(open_task, draft, manager):
    _, second, dialog = two_tabs(open_task, manager, draft)
    expect(dialog).to_contain_text("PROBLEM on “nausea”")
    expect(dialog).to_contain_text("DRUG on “metformin”")
    draft.refresh_from_db()
    assert spans(draft) == [("DRUG", "aspirin"), ("DRUG", "metformin")]
    dialog.get_by_role("button", name="Keep mine on top").click()
    saved(second)
    draft.refresh_from_db()
    assert (spans(draft), draft.version) == ([("PROBLEM", "nausea"), ("DRUG", "aspirin")], 3)


def test_a_second_tab_may_take_what_is_stored_and_undo_that(open_task, draft, manager):
    _, second, dialog = two_tabs(open_task, manager, draft)
    dialog.get_by_role("button", name="Take what is stored").click()
    expect(second.locator("#text mark")).to_have_text(["aspirin", "metformin"])
    second.get_by_role("button", name="Undo").click()
    expect(second.locator("#text mark")).to_have_text(["nausea", "aspirin"])
    saved(second)


def test_a_difference_that_is_put_off_stays_told_and_overwrites_nothing(open_task, draft, manager):
    _, second, dialog = two_tabs(open_task, manager, draft)
    press(second, "Escape")
    expect(dialog).to_be_hidden()
    label(second, "later", "p")
    second.wait_for_timeout(1_500)
    draft.refresh_from_db()
    assert spans(draft) == [("DRUG", "aspirin"), ("DRUG", "metformin")]
    second.get_by_role("button", name="Compare").click()
    expect(dialog).to_be_visible()


def test_work_without_a_server_survives_a_reload_and_is_saved_when_it_is_back(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    page.route("**/completions/**", lambda route: route.abort())
    label(page, "aspirin")
    expect(page.locator("#trouble")).to_contain_text("The server does not answer. Your work is kept in this browser")
    expect(page.locator("#save-state")).to_have_text("▲ Not saved")
    label(page, "metformin")
    page.wait_for_timeout(1_300)
    page.reload()
    expect(page.locator("#text mark")).to_have_text(["aspirin", "metformin"])
    page.unroute("**/completions/**")
    page.get_by_role("button", name="Save", exact=True).click()
    saved(page)
    assert spans(only(task)) == [("DRUG", "aspirin"), ("DRUG", "metformin")]
    expect(page.locator("#trouble")).to_be_empty()
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('draft'))") == []


def test_a_submit_without_a_server_is_made_up_for_when_it_is_back(open_task, draft, manager):
    page = open_task(manager, draft.task)
    page.route("**/completions/**", lambda route: route.abort())
    label(page, "metformin")
    press(page, "Alt+Enter")
    expect(page.locator("#trouble")).to_contain_text("is kept in this browser and is submitted as soon as it does")
    page.unroute("**/completions/**")
    page.wait_for_url("**/next/**")
    draft.refresh_from_db()
    assert (draft.submitted_at is not None, spans(draft)) == (True, [("DRUG", "aspirin"), ("DRUG", "metformin")])


def leave_and_come_back(page, draft):
    """What is not saved yet is sent as the page goes, and has arrived when it comes again."""
    address = page.url
    page.goto("/projects/")
    until(page, lambda: Completion.objects.get(pk=draft.pk).version > draft.version, "what was sent")
    page.goto(address)


def test_what_was_sent_as_the_page_was_left_is_gone_on_with(open_task, draft, manager):
    page = open_task(manager, draft.task)
    page.locator("#note").fill("ask Rui")
    press(page, "Tab")
    leave_and_come_back(page, draft)
    expect(page.locator("#note")).to_have_value("ask Rui")
    expect(page.locator("#trouble")).to_be_empty()
    label(page, "metformin")
    saved(page)
    expect(page.locator("#trouble")).to_be_empty()
    draft.refresh_from_db()
    assert (spans(draft), draft.note) == ([("DRUG", "aspirin"), ("DRUG", "metformin")], "ask Rui")


def test_a_region_that_was_sent_as_the_page_was_left_is_not_told_as_unsaved(open_task, draft, manager):
    page = open_task(manager, draft.task)
    label(page, "metformin")
    leave_and_come_back(page, draft)
    expect(page.locator("#text mark")).to_have_text(["aspirin", "metformin"])
    # Saving once more would take the words away again.
    assert page.locator("#trouble").inner_text() == ""
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('draft'))") == []


def test_a_note_that_is_still_being_written_is_kept(open_task, draft, manager):
    page = open_task(manager, draft.task)
    page.locator("#text mark").click()
    page.locator("#region [data-field=note]").fill("ask Rui")
    saved(page)
    page.reload()
    page.locator("#text mark").click()
    expect(page.locator("#region [data-field=note]")).to_have_value("ask Rui")
    page.locator("#region [data-field=note]").fill("ask Rui again")
    page.reload()
    page.locator("#text mark").click()
    expect(page.locator("#region [data-field=note]")).to_have_value("ask Rui again")


def rename_drug(draft):
    """As Setup does it, in the config and in what is stored."""
    renamed = CONFIG.replace("DRUG", "MEDICINE")
    Project.objects.update(labeling_config=renamed, config_version=2)
    moved = draft.result[0] | {"value": draft.result[0]["value"] | {"labels": ["MEDICINE"]}}
    Completion.objects.filter(pk=draft.pk).update(result=[moved], version=2)


def test_what_a_renamed_label_changed_is_not_laid_on_another_tab(open_task, draft, manager):
    page = open_task(manager, draft.task)
    rename_drug(draft)
    label(page, "nausea", "p")
    expect(page.locator("#trouble")).to_contain_text("Not saved: the Labeling Config was changed meanwhile.")
    page.get_by_role("button", name="Reload and take what is stored").click()
    expect(page.locator("#text mark")).to_have_text(["aspirin"])
    expect(page.locator("#regions")).to_contain_text("MEDICINE")


def test_what_a_tab_left_alone_has_the_new_name_when_its_own_work_is_kept(open_task, draft, manager):
    page = open_task(manager, draft.task)
    rename_drug(draft)
    label(page, "nausea", "p")
    page.get_by_role("button", name="Reload and keep mine").click()
    dialog = page.get_by_role("dialog", name="Somebody saved this completion meanwhile")
    expect(dialog).to_contain_text("PROBLEM on “nausea”")
    expect(dialog).not_to_contain_text("aspirin")
    dialog.get_by_role("button", name="Keep mine on top").click()
    saved(page)
    draft.refresh_from_db()
    assert sorted(spans(draft)) == [("MEDICINE", "aspirin"), ("PROBLEM", "nausea")]


def test_an_answer_that_got_lost_makes_no_second_completion(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    lost = []

    def lose(route):
        route.fetch()
        lost.append(route)
        route.abort()

    page.route("**/completions/", lose)
    label(page, "aspirin")
    expect(page.locator("#trouble")).to_contain_text("does not answer")
    page.unroute("**/completions/")
    page.reload()
    expect(page.locator("#text mark")).to_have_text(["aspirin"])
    # It has arrived, whatever became of the answer.
    assert page.locator("#trouble").inner_text() == ""
    label(page, "metformin")
    saved(page)
    assert lost
    assert spans(only(task)) == [("DRUG", "aspirin"), ("DRUG", "metformin")]


def test_a_session_that_ends_is_told_and_the_work_goes_on_after_signing_in(open_task, draft, manager):
    page = open_task(manager, draft.task)
    Session.objects.all().delete()
    label(page, "metformin")
    link = page.get_by_role("link", name="Sign in in another tab")
    expect(link).to_be_visible()
    with page.context.expect_page() as opened:
        link.click()
    other = opened.value
    other.get_by_label("Username").fill("mona")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Log in").click()
    other.get_by_role("heading", name="Projects").wait_for()
    page.bring_to_front()
    saved(page, within=30_000)
    draft.refresh_from_db()
    assert spans(draft) == [("DRUG", "aspirin"), ("DRUG", "metformin")]


def test_a_label_that_was_renamed_meanwhile_is_named_with_its_regions(open_task, project, manager):
    task = prepared(project)
    page = open_task(manager, task)
    Project.objects.update(labeling_config=CONFIG.replace("PROBLEM", "FINDING"), config_version=2)
    label(page, "nausea", "p")
    trouble = page.locator("#trouble")
    expect(trouble).to_contain_text("“nausea”")
    expect(trouble).to_contain_text('"PROBLEM" is not in "label" of the Labeling Config')
    page.get_by_role("button", name="Reload with the new labels").click()
    expect(page.locator("#regions")).to_contain_text("not in the config")
    page.locator("#text mark").click()
    press(page, "p")
    saved(page)
    assert spans(only(task)) == [("FINDING", "nausea")]


def test_a_completion_that_was_deleted_can_be_saved_as_a_new_one(open_task, draft, manager):
    page = open_task(manager, draft.task)
    task = draft.task
    draft.delete()
    label(page, "metformin")
    page.get_by_role("button", name="Save mine as a new completion").click()
    saved(page)
    assert spans(only(task)) == [("DRUG", "aspirin"), ("DRUG", "metformin")]


def test_what_was_submitted_in_another_tab_is_not_changed(open_task, draft, manager):
    page = open_task(manager, draft.task)
    Completion.objects.update(submitted_at=draft.created_at)
    label(page, "metformin")
    expect(page.locator("#trouble")).to_contain_text("submitted")
    page.get_by_role("button", name="Save mine as a new draft").click()
    saved(page)
    draft.refresh_from_db()
    assert spans(draft) == [("DRUG", "aspirin")]
    assert Completion.objects.count() == 2


def test_a_required_choice_is_asked_for_before_submitting(open_task, project, manager):
    task = prepared(project)
    required = CONFIG.replace('name="kind" toName="text" choice="single"', 'name="kind" toName="text" required="true"')
    Project.objects.update(labeling_config=required)
    page = open_task(manager, task)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#trouble")).to_contain_text('choose "kind" first')
    press(page, "1", "Alt+Enter")
    page.wait_for_url(re.compile("/next/"))
    assert only(task).submitted_at is not None
