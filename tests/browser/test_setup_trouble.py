"""The Setup page where a save is not simply a save: labels in use, somebody else's version, and who may come here."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import Dialog, Page, expect

from projects.models import Completion, Project
from tests.browser.test_setup import editor
from tests.browser.test_whole_way import save
from tests.conftest import NER_CONFIG, PASSWORD
from tests.projects.rows import make_tasks, span

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = "Given aspirin 100 mg daily."
WITHOUT_DOSAGE = NER_CONFIG.replace('    <Label value="DOSAGE" background="#c2410c" hotkey="o"/>\n', "")
WITH_FORM = NER_CONFIG.replace("</Labels>", '  <Label value="FORM"/>\n  </Labels>')


@pytest.fixture
def open_setup(open_page, project) -> Callable[..., Page]:
    return lambda user: open_page(user, f"/projects/{project.pk}/setup/")


def stored(project: Project) -> tuple[int, str]:
    now = Project.objects.get(pk=project.pk)
    return now.config_version, now.labeling_config


def test_a_label_in_use_is_removed_with_its_regions_after_saying_how_many(open_setup, project, manager, annotator):
    drug, dose = span(TEXT, 6, 13), span(TEXT, 14, 20, "DOSAGE")
    for task in make_tasks(project, TEXT, TEXT):
        Completion.objects.create(task=task, user=annotator, username=annotator.username, result=[drug, dose])
    page = open_setup(manager)
    editor(page).fill(WITHOUT_DOSAGE)
    save(page)
    decision = page.get_by_label('The label "DOSAGE" of "label" is gone.')
    expect(page.locator("#confirmation .field.decision p")).to_have_text(
        "In use: 2 regions in 2 completions on 2 tasks."
    )
    decision.select_option("Remove 2 regions in 2 completions on 2 tasks")
    assert [completion.result for completion in Completion.objects.all()] == [[drug, dose]] * 2
    page.get_by_role("button", name="Save these changes").click()
    expect(page.locator("#notices")).to_contain_text(
        "Labeling Config saved as version 2. Regions on 2 tasks changed with it."
    )
    expect(page.locator("#config-preview .label-chip")).to_have_text([re.compile("^DRUG")])
    assert stored(project) == (2, WITHOUT_DOSAGE)
    assert [completion.result for completion in Completion.objects.all()] == [[drug]] * 2


def test_a_save_that_another_one_overtook_is_refused_and_what_was_typed_stays(open_setup, project, manager, owner):
    mine, theirs = open_setup(manager), open_setup(owner)
    editor(mine).fill(WITH_FORM)
    editor(theirs).fill(WITHOUT_DOSAGE)
    save(theirs)
    expect(theirs.get_by_text("Version 2 by olga")).to_be_visible()

    save(mine)
    expect(mine.get_by_role("alert")).to_contain_text("Not saved: olga saved version 2 while you were writing.")
    expect(editor(mine)).to_have_value(WITH_FORM)
    expect(mine.get_by_text("● Not saved")).to_be_visible()
    assert stored(project) == (2, WITHOUT_DOSAGE)
    save(mine)
    expect(mine.get_by_text("Version 3 by mona")).to_be_visible()
    assert stored(project) == (3, WITH_FORM)


def test_leaving_a_changed_config_asks_and_staying_keeps_it(open_setup, project, manager):
    page = open_setup(manager)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    # A page that nobody has touched may not ask.
    editor(page).click()
    editor(page).fill(WITH_FORM)
    page.get_by_role("link", name="Tasks", exact=True).click(no_wait_after=True)
    expect(page.get_by_text("● Not saved")).to_be_visible()
    expect(editor(page)).to_have_value(WITH_FORM)
    assert (asked, re.sub(r".*/projects/\d+/", "", page.url)) == (["beforeunload"], "setup/")

    editor(page).fill(NER_CONFIG)
    page.get_by_role("link", name="Tasks", exact=True).click()
    expect(page.get_by_role("heading", name="Tasks", exact=True)).to_be_visible()
    assert (asked, stored(project)) == (["beforeunload"], (1, NER_CONFIG))


def signed_out(page: Page, user: User) -> None:
    """Waits for the login page, and logs in there."""
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Labeling Config")).to_be_visible()


def test_a_config_that_was_sent_while_signed_out_is_offered_after_signing_in(open_setup, project, manager, owner):
    page = open_setup(manager)
    # What the page asks by itself would find the session gone before the save does.
    page.route(re.compile("/setup/(check|models)/"), lambda route: route.fulfill(status=204))
    editor(page).fill(WITH_FORM)
    Session.objects.all().delete()
    save(page)
    page.get_by_label("Username").wait_for()
    page.unroute_all()
    signed_out(page, manager)
    expect(editor(page)).to_have_value(NER_CONFIG)
    expect(page.get_by_text(re.compile("^Your unsaved config of .+ is still here"))).to_be_visible()
    # What somebody else saved meanwhile is not replaced unseen.
    project.set_labeling_config(WITHOUT_DOSAGE, owner)
    page.reload()
    editor(page).press("End")
    save(page)
    expect(page.get_by_role("button", name="take it into the editor")).to_be_focused()
    page.keyboard.press("Enter")
    expect(editor(page)).to_have_value(WITH_FORM)
    expect(page.locator("#left-config")).to_be_hidden()
    save(page)
    expect(page.get_by_role("alert")).to_contain_text("Not saved: olga saved version 2 while you were writing.")
    assert stored(project) == (2, WITHOUT_DOSAGE)
    save(page)
    expect(page.get_by_text("Version 3 by mona")).to_be_visible()
    page.reload()
    expect(editor(page)).to_have_value(WITH_FORM)
    expect(page.locator("#left-config")).to_be_hidden()


def test_a_config_that_was_being_typed_as_the_session_ended_is_offered_until_it_is_dropped(
    open_setup, project, manager
):
    page = open_setup(manager)
    # Its own request would find the session gone before anything is typed.
    expect(page.get_by_text("Loading the models.")).to_have_count(0)
    Session.objects.all().delete()
    asked: list[Dialog] = []
    page.on("dialog", lambda dialog: asked.append(dialog) or dialog.accept())
    editor(page).fill(WITH_FORM)
    signed_out(page, manager)
    assert asked == []
    page.get_by_role("link", name="Tasks", exact=True).click()
    page.get_by_role("link", name="Setup", exact=True).click()
    page.get_by_role("button", name="drop it").click()
    expect(page.locator("#left-config")).to_be_hidden()
    page.reload()
    expect(editor(page)).to_have_value(NER_CONFIG)
    expect(page.locator("#left-config")).to_be_hidden()
    assert stored(project) == (1, NER_CONFIG)


def test_changes_that_were_looked_at_and_dropped_are_not_offered(open_setup, project, manager, annotator):
    task = make_tasks(project, TEXT)[0]
    Completion.objects.create(task=task, user=annotator, username=annotator.username)
    page = open_setup(manager)
    page.on("dialog", lambda dialog: dialog.accept())
    editor(page).fill(WITH_FORM)
    save(page)
    page.get_by_role("link", name="Drop them").click()
    expect(page.locator("#confirmation")).to_have_count(0)
    expect(editor(page)).to_have_value(NER_CONFIG)
    expect(page.locator("#left-config")).to_be_hidden()


def test_a_wrong_role_is_not_allowed_and_an_outsider_finds_nothing(open_page, project, annotator, outsider):
    for user, status, heading in ((annotator, 403, "Not allowed"), (outsider, 404, "Not found")):
        page = open_page(user, "/projects/")
        for place in ("setup", "import", "export", "settings"):
            answer = page.goto(f"/projects/{project.pk}/{place}/")
            assert (answer and answer.status, page.get_by_role("heading", level=1).all_inner_texts()) == (
                status,
                [heading],
            )
        page.goto(f"/projects/{project.pk}/")
        expect(page.get_by_role("link", name=re.compile("^(Setup|Import|Export|Settings)$"))).to_have_count(0)
