"""Finding tasks by what they are and hold, and giving many of them to people."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from projects.models import Assignment, Project, Task
from projects.results import choices_region
from projects.search_index import refresh_marks
from tests.browser.editing import CONFIG
from tests.projects.rows import make_tasks, predict, span

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = "Given aspirin 100 mg."
PAGE = 50


@pytest.fixture
def mixed(project: Project, annotator: User) -> Project:
    """Five tasks of which no two are alike in what the list can ask for."""
    Project.objects.filter(pk=project.pk).update(labeling_config=CONFIG)
    first, second, third, fourth, _ = tasks = make_tasks(project, TEXT, TEXT, "Took metformin.", "Slept.", "Walks.")
    choice = choices_region("kind", "text", region_id="k", choices=["discharge"], confidence=0.9, model="kinds")
    predict(first, [span(TEXT, 6, 13, confidence=0.4), choice])
    predict(second, [span(TEXT, 14, 20, "DOSAGE", confidence=0.8)], "ner_posology 2")
    predict(third, [span("Took metformin.", 5, 14, confidence=0.7)])
    predict(fourth, [], "ner_posology 1")
    for task, values in (
        (first, {"preannotation_state": "found", "region_count": 2, "lowest_confidence": 0.4, "status": "submitted"}),
        (second, {"preannotation_state": "found", "region_count": 1, "lowest_confidence": 0.8}),
        (third, {"preannotation_state": "found", "region_count": 1, "lowest_confidence": 0.7, "status": "reviewed"}),
        (fourth, {"preannotation_state": "empty", "region_count": 0}),
    ):
        Task.objects.filter(pk=task.pk).update(**values)
    for task in (second, fourth):
        task.assignments.create(user=annotator, role="annotator")
    refresh_marks([task.pk for task in tasks])
    return project


@pytest.fixture
def open_list(open_page, manager, project) -> Callable[..., Page]:
    return lambda query="": open_page(manager, f"/projects/{project.pk}/{query}")


def listed(page: Page) -> Locator:
    return page.locator("#task-rows th a")


def filtered(page: Page, **fields: str) -> None:
    """Chooses in the panel what differs from what stands there, and applies it."""
    page.locator("details.filters > summary").click()
    for label, value in fields.items():
        field = page.get_by_label(label.replace("_", " "), exact=True)
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.get_by_role("button", name="Apply").click()


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def tick(page: Page, *titles: str) -> None:
    for title in titles:
        page.get_by_role("row").filter(has=page.get_by_role("link", name=title, exact=True)).get_by_role(
            "checkbox"
        ).check()


def in_bulk(page: Page, verb: str) -> Locator:
    page.get_by_role("group", name="For the selected tasks").get_by_role("button", name=verb).click()
    popup = page.get_by_role("dialog")
    popup.get_by_role("heading", level=2).wait_for()
    return popup


def assigned() -> dict[str, list[str]]:
    """Annotators of each task that has some."""
    held: dict[str, list[str]] = {}
    for title, name in Assignment.objects.order_by("task", "user__username").values_list(
        "task__title", "user__username"
    ):
        held.setdefault(title, []).append(name)
    return held


def test_each_filter_of_the_panel_shows_its_tasks_and_survives_a_reload(open_list, mixed):
    page = open_list()
    for fields, query, titles in (
        ({"Pre-annotation": "Regions found"}, {"state": ["found"]}, ["note 1", "note 2", "note 3"]),
        ({"Pre-annotation": "None found"}, {"state": ["empty"]}, ["note 4"]),
        ({"Pre-annotation": "Not preannotated"}, {"state": ["!"]}, ["note 5"]),
        ({"Status": "Reviewed"}, {"status": ["reviewed"]}, ["note 3"]),
        ({"Label": "DOSAGE"}, {"label": ["DOSAGE"]}, ["note 2"]),
        ({"Assigned_to": "anna"}, {"person": ["anna"]}, ["note 2", "note 4"]),
        ({"Assigned_to": "Nobody"}, {"person": ["!"]}, ["note 1", "note 3", "note 5"]),
        ({"from": "0.5", "to": "0.75"}, {"least": ["0.5"], "most": ["0.75"]}, ["note 3"]),
        (
            {"Pre-annotation": "Regions found", "Status": "Incomplete", "Assigned_to": "anna", "to": "0,9"},
            {"state": ["found"], "status": ["incomplete"], "person": ["anna"], "most": ["0,9"]},
            ["note 2"],
        ),
    ):
        filtered(page, **fields)
        expect(listed(page)).to_have_text(titles)
        assert address(page) == query
        page.reload()
        expect(listed(page)).to_have_text(titles)
        expect(page.locator(".filter-chips .chip")).to_have_count(len(query))
        page.get_by_role("link", name="Clear filter").click()
        expect(listed(page)).to_have_count(5)


def test_a_search_finds_labels_their_texts_and_choices(open_list, mixed):
    page = open_list()
    for typed, titles in (
        ("label:DRUG", ["note 1", "note 3"]),
        ("label:DRUG=aspirin", ["note 1"]),
        ('label:DOSAGE="100 mg"', ["note 2"]),
        ("choice:discharge", ["note 1"]),
        ("label:DRUG choice:discharge", ["note 1"]),
    ):
        page.get_by_role("searchbox").fill(typed)
        page.get_by_role("searchbox").press("Enter")
        expect(page.get_by_role("link", name=f"search: {typed}: remove this filter")).to_be_visible()
        expect(listed(page)).to_have_text(titles)
        assert address(page) == {"q": [typed]}
    page.get_by_role("searchbox").fill("choice:note")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("No task matches.")).to_be_visible()


def test_an_order_leads_on_over_the_pages(open_list, project):
    make_tasks(project, *(f"Text {number}" for number in range(1, 121)))
    in_order = sorted((f"note {number}" for number in range(1, 121)), reverse=True)
    page = open_list()
    heading = page.get_by_role("columnheader", name="Task", exact=True)
    for direction in ("ascending", "descending"):
        heading.get_by_role("link").click()
        expect(heading).to_have_attribute("aria-sort", direction)
    for start in (0, PAGE, 2 * PAGE):
        expect(listed(page)).to_have_text(in_order[start : start + PAGE])
        expect(heading).to_have_attribute("aria-sort", "descending")
        if start < 2 * PAGE:
            page.get_by_role("link", name="Next", exact=True).click()
    page.get_by_role("link", name="Previous", exact=True).click()
    expect(listed(page)).to_have_text(in_order[PAGE : 2 * PAGE])


def test_tasks_ticked_on_two_pages_lose_a_tag_and_no_others(open_list, project):
    make_tasks(project, *(f"Text {number}" for number in range(1, 61)), tags=["Keep", "Old"])
    page = open_list()
    tick(page, "note 2", "note 3")
    page.get_by_role("link", name="Next", exact=True).click()
    page.wait_for_load_state()
    tick(page, "note 60")
    expect(page.locator("#selected")).to_have_text("3 selected, 2 on other pages")
    popup = in_bulk(page, "Tag")
    popup.get_by_label("Remove").check()
    popup.get_by_label("Tags").fill("Old")
    popup.get_by_role("button", name="Change tags of 3 tasks").click()
    expect(popup.get_by_role("heading", name="3 tasks freed of the tag Old")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#task-rows .tag", has_text="Old")).to_have_count(9)
    page.get_by_role("link", name="Previous", exact=True).click()
    expect(page.locator("#task-rows input[name=task]:checked")).to_have_count(2)
    freed = Task.objects.filter(tags=["Keep"]).order_by("pk").values_list("title", flat=True)
    assert list(freed) == ["note 2", "note 3", "note 60"]
    assert Task.objects.filter(tags=["Keep", "Old"]).count() == 57


def test_ticks_that_another_filter_does_not_show_are_told_and_left_out(open_list, project):
    make_tasks(project, *(f"Text {number}" for number in range(1, 61)), tags=["Ward"])
    Task.objects.filter(title="note 1").update(tags=[])
    page = open_list("?sort=id")
    tick(page, "note 1", "note 2")
    filtered(page, Tag="Ward")
    selected, leave_out = page.locator("#selected"), page.get_by_role("button", name="Leave those out")
    expect(selected).to_have_text("2 selected, 1 not in this list")
    page.get_by_role("link", name="Next", exact=True).click()
    tick(page, "note 60")
    expect(selected).to_have_text("3 selected, 1 on other pages, 1 not in this list")
    popup = in_bulk(page, "Delete")
    told = popup.get_by_text("1 of them is not in the list as it is filtered now: tag Ward.")
    expect(told).to_be_visible()
    page.keyboard.press("Escape")
    leave_out.click()
    expect(selected).to_have_text("2 selected, 1 on other pages")
    expect(leave_out).to_be_hidden()
    popup = in_bulk(page, "Delete")
    expect(told).to_have_count(0)
    popup.get_by_role("button", name="Delete 2 tasks").click()
    expect(page.get_by_text("2 tasks deleted.")).to_be_visible()
    assert Task.objects.filter(title__in=["note 1", "note 2", "note 60"]).get().title == "note 1"


@pytest.mark.parametrize("ask", ["Tag", "Preannotate"])
def test_ticks_of_tasks_that_somebody_else_has_deleted_are_forgotten_once_that_is_heard(open_list, project, ask):
    make_tasks(project, "one", "two", "three")
    page = open_list()
    tick(page, "note 1", "note 2")
    Task.objects.get(title="note 1").delete()
    page.reload()
    expect(page.locator("#selected")).to_have_text("2 selected, 1 on other pages")
    page.get_by_role("button", name=ask, exact=True).click()
    page.get_by_role("dialog").get_by_role("heading", level=2).wait_for()
    expect(page.locator("#selected")).to_have_text("1 selected")
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#selected")).to_have_text("1 selected")


def test_all_that_match_are_given_out_in_turn_and_taken_back(open_list, project, manager):
    make_tasks(project, *(f"Text {number}" for number in range(1, 81)), tags=["Ward"])
    make_tasks(project, *(f"Other text {number}" for number in range(1, 41)))
    page = open_list("?tag=Ward")
    page.get_by_label("Select all tasks of this page").check()
    page.get_by_role("button", name="Select all 80 that match").click()
    expect(page.locator("#selected")).to_have_text("All 80 that match selected")
    popup = in_bulk(page, "Assign")
    popup.get_by_label("each task to one of the chosen, in turn").check()
    popup.get_by_label("anna").check()
    popup.get_by_label("mona").check()
    popup.get_by_role("button", name="Change assignees of 80 tasks").click()
    expect(popup.get_by_role("heading", name="80 tasks assigned to")).to_be_visible()
    page.keyboard.press("Escape")
    people = page.locator("#task-rows td.people")
    expect(people.first).not_to_have_text("")
    shown = people.all_inner_texts()
    assert (len(shown), sorted(set(shown))) == (PAGE, ["anna", "mona"])
    names = list(assigned().values())
    assert (len(names), names.count(["anna"]), names.count(["mona"])) == (80, 40, 40)
    assert not Assignment.objects.exclude(task__tags=["Ward"]).exists()

    # Back from those of one person only, of two tasks.
    page.get_by_role("button", name="Clear").click()
    given = [title for title, names in assigned().items() if names == ["anna"]][:2]
    tick(page, *given)
    popup = in_bulk(page, "Assign")
    popup.get_by_label("Take the annotators back").check()
    popup.get_by_role("button", name="Change assignees of 2 tasks").click()
    expect(popup.get_by_role("heading", name="2 tasks taken back from all annotators")).to_be_visible()
    names = list(assigned().values())
    assert (names.count(["anna"]), names.count(["mona"]), set(given) & set(assigned())) == (38, 40, set())


def test_nobody_chosen_is_said_in_the_popup_and_nothing_changes(open_list, project):
    make_tasks(project, "One", "Two")
    page = open_list()
    tick(page, "note 1")
    popup = in_bulk(page, "Assign")
    popup.get_by_role("button", name="Change assignees of 1 task").click()
    expect(popup.get_by_text("Choose who gets the tasks.")).to_be_visible()
    popup.get_by_label("Reviewer: the one chosen").check()
    popup.get_by_label("anna").check()
    popup.get_by_role("button", name="Change assignees of 1 task").click()
    expect(popup.get_by_text("anna may not review in this project.")).to_be_visible()
    expect(popup.get_by_label("anna")).to_be_checked()
    assert assigned() == {}
