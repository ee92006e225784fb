"""Runs as a manager works with them: scope, try-out, thresholds, retry, roll back."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.spark]


@pytest.fixture
def project(stack) -> int:
    """The demo's config and models on six tasks of its own, deployed."""
    new = "Project.create(owner=demo.owner, name='Runs in a browser')"
    team = "[new.members.create(user=m.user, role=m.role) for m in demo.members.exclude(user=demo.owner)]"
    save = "new.set_labeling_config(demo.labeling_config, demo.owner)"
    made = f"(lambda demo: (lambda new: ({save}, {team}, new.pk)[-1])({new}))(Project.objects.order_by('pk')[0])"
    return int(stack.query(made))


def open_popup(page: Page, project: int):
    page.goto(f"/projects/{project}/")
    page.get_by_role("button", name="Preannotate").click()
    return page.get_by_role("dialog")


def import_tasks(page: Page, project: int, texts: dict[str, str]) -> None:
    page.goto(f"/projects/{project}/import/")
    rows = "\n".join(f"{title}\t{text}" for title, text in texts.items())
    page.get_by_label("File").set_input_files(
        {"name": "notes.tsv", "mimeType": "text/tab-separated-values", "buffer": f"title\ttext\n{rows}\n".encode()}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name=re.compile("notes.tsv"))).to_be_visible()


def run_is_through(popup) -> None:
    expect(popup.get_by_text("Done", exact=True)).to_be_visible(timeout=120_000)


def test_a_manager_tries_runs_filters_by_confidence_and_rolls_back(log_in, project):
    page = log_in("manager")
    texts = {f"Note {n}": f"Aspirin {n}00 mg orally once daily for chest pain. Denies nausea." for n in range(1, 6)}
    import_tasks(page, project, texts)
    popup = open_popup(page, project)
    popup.get_by_role("button", name="Deploy").click()
    expect(popup.get_by_text("Ready", exact=True)).to_be_visible(timeout=120_000)
    page.keyboard.press("Escape")

    # The scope is changed in the window, and the button says how many tasks that is.
    page.goto(f"/projects/{project}/")
    page.get_by_label(re.compile("^Select task")).first.check()
    page.get_by_role("button", name="Preannotate").click()
    popup = page.get_by_role("dialog")
    expect(popup.get_by_role("button", name="Preannotate 1 task")).to_be_enabled()
    popup.get_by_label(re.compile("All tasks without predictions")).check()
    start = popup.get_by_role("button", name="Preannotate 5 tasks")
    expect(start).to_be_enabled()
    expect(popup.get_by_label(re.compile("All tasks without predictions"))).to_be_focused()

    # Trying shows regions and stores nothing.
    popup.get_by_role("button", name="Try on 3 tasks").click()
    expect(popup.locator("#try-out mark").first).to_be_visible(timeout=60_000)
    expect(popup.locator("#try-out article")).to_have_count(3)
    expect(popup.get_by_text(re.compile("All 5 tasks would take about"))).to_be_visible()

    # Whoever imports meanwhile changes the number, and the window asks again.
    other = log_in("owner")
    import_tasks(other, project, {"Note 6": "Takes metformin 500 mg."})
    start.click()
    expect(popup.get_by_text("The number of tasks has changed since this window was opened.")).to_be_visible()
    popup.get_by_role("button", name="Preannotate 6 tasks").click()
    run_is_through(popup)
    expect(popup.get_by_text("6 with regions")).to_be_visible()
    page.keyboard.press("Escape")

    # Nothing is sure enough: each task says why it has no region; the older predictions are replaced.
    popup = open_popup(page, project)
    popup.get_by_label(re.compile("All tasks of the project")).check()
    popup.get_by_role("button", name="Preannotate 6 tasks").wait_for()
    popup.get_by_label("Replace older predictions").check()
    popup.get_by_text("Only confident findings").click()
    for field in popup.locator(".thresholds input").all():
        field.fill("1")
    popup.get_by_role("button", name="Preannotate 6 tasks").click()
    run_is_through(popup)
    # A model trained on another machine may be wholly sure of a word, so the numbers are compared with each other.
    without = popup.get_by_text(re.compile(r"No regions: \d tasks?.*under the threshold"))
    expect(without).to_be_visible()
    summary = popup.inner_text()
    found, none = (int(re.search(rf"(\d+)\s+{words}", summary)[1]) for words in ("with regions", "none found"))
    assert (found + none, none > 0) == (6, True)
    assert without.inner_text().startswith(f"No regions: {none} task")
    popup.get_by_role("link", name=re.compile("^Run \\d+")).click()
    expect(page.get_by_role("heading", name="Tasks without regions, by reason")).to_be_visible()

    page.get_by_role("link", name="Roll back").click()
    expect(page.get_by_text("6 predictions on 6 tasks will be removed.")).to_be_visible()
    expect(page.get_by_text("6 older predictions will show again.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Roll back run")).click()
    expect(page.get_by_text(re.compile("Rolled back by manager.*6 predictions removed"))).to_be_visible(timeout=30_000)
    page.goto(f"/projects/{project}/")
    expect(page.locator("#task-rows").get_by_text(re.compile(r"\d+ regions?"))).to_have_count(6)


def test_what_failed_is_retried_from_the_page_of_the_run(log_in, stack):
    page = log_in("manager")
    run = stack.query("PreannotationRun.objects.filter(state='done', rolled_back_at=None).order_by('pk')[0].pk")
    two = "list(run.run_tasks.values_list('pk', flat=True)[:2])"
    fail = f"run.run_tasks.filter(pk__in={two}).update(state='failed', failure='It was too long.')"
    found = f"PreannotationRun.objects.get(pk={run})"
    project = stack.query(f"(lambda run: ({fail}, run.project_id)[1])({found})")
    stack.query(f"PreannotationRun.objects.filter(pk={run}).update(failed=2)")
    page.goto(f"/projects/{project}/runs/{run}/")
    expect(page.get_by_role("link", name="It was too long.")).to_be_visible()
    page.get_by_role("button", name="Retry failed").click()
    expect(page.get_by_text(f"repeats what failed in run {run}.")).to_be_visible()
    expect(page.get_by_text(f"failed tasks of run {run}", exact=True)).to_be_visible()
    expect(page.get_by_text("2 of 2 tasks")).to_be_visible(timeout=60_000)
