"""A run while it goes: who sees what of it, what else can be asked meanwhile, and how it is cancelled."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.running import BATCH, ENGINE_MS, Door, Product, notes, open_popup, shown_states, start_all

pytestmark = [pytest.mark.browser, pytest.mark.spark]

TASKS = 130
HELD_AT = 2 * BATCH + 1
PAGE = 50


def is_held(line: Locator) -> None:
    """The first batch is stored, the second one in hand, the third one waits at the door."""
    expect(line.locator(".state")).to_have_text("Running", timeout=ENGINE_MS)
    expect(line.locator(".run-counts")).to_have_text(f"{BATCH} of {TASKS} tasks", timeout=ENGINE_MS)


def started(page: Page, project: int) -> Locator:
    """The list's line of a run over all tasks, once that is held."""
    popup = open_popup(page, project)
    start_all(popup, TASKS)
    is_held(popup.locator("#popup-run"))
    page.keyboard.press("Escape")
    line = page.locator("#run-progress")
    is_held(line)
    return line


def words_of_rows(product: Product, project: int) -> list[str]:
    """What the list has to say of each task that was answered."""
    counted = "SELECT region_count FROM projects_task WHERE project_id = %s AND region_count IS NOT NULL ORDER BY id"
    counts = [count for (count,) in product.rows(counted, project)]
    return [f"{count} region{'' if count == 1 else 's'}" if count else "None found" for count in counts]


def is_through(line: Locator) -> None:
    expect(line.locator(".state")).to_have_text("Done", timeout=ENGINE_MS)
    expect(line.locator(".run-counts")).to_have_text(f"{TASKS} of {TASKS} tasks")


def test_a_run_is_seen_by_everybody_across_reloads_and_the_next_one_computes_nothing(
    log_in: Callable[..., Page], product: Product, door: Door
):
    project = product.project("Watched", notes(TASKS, door=HELD_AT))
    page, annotator = log_in("manager"), log_in("annotator")
    line = started(page, project)
    number = line.locator(".run-name").inner_text()
    assert product.states(project) == {"found": BATCH, "running": BATCH, "queued": TASKS - 2 * BATCH}

    page.reload()
    is_held(line)
    expect(line.locator(".run-name")).to_have_text(number)
    expect(page.locator("#task-rows tr")).to_have_count(PAGE)
    answered = words_of_rows(product, project)
    assert shown_states(page) == answered[:PAGE]
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.locator("#task-rows th a").first).to_have_text("Note 051")
    assert shown_states(page) == answered[PAGE:] + ["Running"] * 40
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.locator("#task-rows tr")).to_have_count(TASKS - 2 * PAGE)
    assert shown_states(page) == ["Running"] * 20 + ["Queued"] * 10

    annotator.goto(f"/projects/{project}/")
    theirs = annotator.locator("#run-progress")
    is_held(theirs)
    expect(theirs.locator(".run-name")).to_have_text(number)
    assert shown_states(annotator) == answered[:PAGE]
    expect(theirs.get_by_role("link")).to_have_count(0)
    expect(annotator.get_by_role("button", name=re.compile("Cancel|Preannotate"))).to_have_count(0)

    door.open()
    is_through(line)
    is_through(theirs)
    expect(annotator.locator("#task-rows .state-found")).to_have_count(PAGE)
    assert product.runs(project) == [("done", TASKS, TASKS, 0, 0, 0, 0)]
    assert product.predictions(project) == TASKS

    popup = open_popup(page, project)
    is_through(line)
    # Such a run is so short that it may be through before the list first asks for its progress.
    asked: list[Route] = []
    page.route(re.compile("/runs/progress/"), lambda route: asked.append(route))
    start_all(popup, TASKS)
    is_through(popup.locator("#popup-run"))
    expect(popup.locator("#popup-run")).to_contain_text(f"{TASKS} unchanged")
    for route in asked:
        route.continue_()
    page.unroute_all()
    page.keyboard.press("Escape")
    expect(page.locator("#task-rows .state-unchanged")).to_have_count(PAGE)
    assert shown_states(page) == [f"Unchanged, {words}" for words in words_of_rows(product, project)[:PAGE]]
    assert product.runs(project)[1:] == [("done", TASKS, 0, 0, TASKS, 0, 0)]
    worked = "SELECT batches, busy_seconds FROM preannotation_preannotationrun WHERE project_id = %s ORDER BY id DESC"
    assert product.rows(worked, project)[0] == (0, 0)
    assert product.predictions(project) == TASKS


def test_a_run_is_cancelled_from_the_list_and_keeps_what_it_has_stored(
    log_in: Callable[..., Page], product: Product, door: Door
):
    project = product.project("Cancelled", notes(TASKS, door=HELD_AT))
    page = log_in("manager")
    line = started(page, project)
    line.get_by_role("button", name="Cancel").click()
    expect(line.get_by_role("button", name="Cancelling")).to_be_disabled()
    door.open()
    expect(line.locator(".state")).to_have_text("Cancelled", timeout=ENGINE_MS)
    expect(line.locator(".run-counts")).to_have_text(f"{BATCH} of {TASKS} tasks")
    expect(line).to_contain_text(f"{TASKS - BATCH} cancelled")
    expect(line.get_by_role("button")).to_have_count(0)
    assert product.runs(project) == [("cancelled", TASKS, BATCH, 0, 0, 0, TASKS - BATCH)]
    assert product.states(project) == {"found": BATCH, "cancelled": TASKS - BATCH}
    assert product.predictions(project) == BATCH

    assert shown_states(page) == words_of_rows(product, project)[:PAGE]
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Pre-annotation").select_option("Cancelled")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text(f"{TASKS - BATCH} tasks match")).to_be_visible()
    expect(page.locator("#task-rows th a").first).to_have_text("Note 061")
    assert shown_states(page) == ["Cancelled"] * PAGE


def test_a_try_out_stores_nothing_and_is_answered_before_the_run_under_way_ends(
    log_in: Callable[..., Page], product: Product, door: Door
):
    project = product.project("Tried", notes(TASKS, door=HELD_AT))
    page = log_in("manager")
    popup = open_popup(page, project)
    popup.get_by_role("button", name="Try on 3 tasks").click()
    tried = popup.locator("#try-out")
    expect(tried.locator("article")).to_have_count(3, timeout=ENGINE_MS)
    expect(tried).to_contain_text("Nothing was stored.")
    assert (product.predictions(project), product.states(project)) == (0, {"": TASKS})

    start_all(popup, TASKS)
    is_held(popup.locator("#popup-run"))
    popup.get_by_role("button", name="Try on 3 tasks").click()
    expect(tried.get_by_role("status")).to_have_text("Queued A worker takes it after the batch it has in hand.")
    assert product.predictions(project) == BATCH
    door.open()
    expect(tried.locator("article")).to_have_count(3, timeout=ENGINE_MS)
    expect(tried.locator("article mark")).to_have_count(3)
    is_through(popup.locator("#popup-run"))
    ends = "SELECT t.state, t.beat_at < r.finished_at FROM preannotation_tryout AS t "
    ends += "JOIN preannotation_preannotationrun AS r USING (project_id) WHERE t.project_id = %s ORDER BY t.id"
    assert product.rows(ends, project) == [("done", True), ("done", True)]
    own = "SELECT count(*) FROM projects_prediction WHERE run_id = (SELECT id FROM preannotation_preannotationrun "
    own += "WHERE project_id = %s)"
    assert (product.rows(own, project), product.predictions(project)) == ([(TASKS,)], TASKS)
    page.keyboard.press("Escape")
    page.goto(f"/projects/{project}/?predictions=without")
    expect(page.get_by_text("No task matches.")).to_be_visible()


def test_two_managers_who_click_alike_get_one_run_and_one_deployment_and_other_scopes_wait(
    log_in: Callable[..., Page], product: Product, door: Door
):
    busy = product.project("Started twice", notes(5, door=1))
    new = product.project("Deployed twice", notes(1), deployed=False)
    pages = log_in("manager"), log_in("owner")
    popups = [open_popup(page, busy) for page in pages]
    for popup in popups:
        popup.get_by_label("All tasks of the project").check()
        expect(popup.get_by_role("button", name="Preannotate 5 tasks")).to_be_enabled()
    for popup in popups:
        popup.get_by_role("button", name="Preannotate 5 tasks").click()
    for popup in popups:
        expect(popup.locator("#popup-run .state")).to_have_text("Running", timeout=ENGINE_MS)
    assert len({popup.locator("#popup-run .run-name").inner_text() for popup in popups}) == 1
    assert product.runs(busy) == [("running", 5, 0, 0, 0, 0, 0)]

    page = pages[1]
    page.goto(f"/projects/{busy}/")
    page.get_by_label(re.compile("^Select task")).first.check()
    page.get_by_role("button", name="Preannotate").click()
    second = page.get_by_role("dialog")
    second.get_by_role("button", name="Preannotate 1 task").click()
    expect(second.locator("#popup-run section").last.locator(".run-line")).to_contain_text("1 run before it")
    assert product.runs(busy) == [("running", 5, 0, 0, 0, 0, 0), ("queued", 1, 0, 0, 0, 0, 0)]

    # The one worker is busy, so the first click's deployment still waits when the second click comes.
    popups = [open_popup(page, new) for page in pages]
    for popup in popups:
        popup.get_by_role("button", name="Deploy").click()
    for popup in popups:
        expect(popup.locator("#deployment .state")).to_have_text("Queued")
        expect(popup.locator(".deployment-facts").first).to_contain_text("by manager")
    assert product.rows("SELECT state FROM preannotation_deployment WHERE project_id = %s", new) == [("queued",)]
    door.open()
    for popup in popups:
        expect(popup.locator("#deployment .state")).to_have_text("Ready", timeout=ENGINE_MS)
    assert product.rows("SELECT state FROM preannotation_deployment WHERE project_id = %s", new) == [("ready",)]
    page.goto(f"/projects/{busy}/runs/")
    expect(page.locator("tbody .run-state")).to_have_text(["Done", "Done"])
    assert product.runs(busy) == [("done", 5, 5, 0, 0, 0, 0), ("done", 1, 0, 0, 1, 0, 0)]
