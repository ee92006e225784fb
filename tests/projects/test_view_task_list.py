import pytest
from django.test import Client
from django.urls import reverse

from projects.digests import digest
from projects.models import Assignment, Project, Task
from projects.search_index import index_words, refresh_marks
from projects.task_pages import PAGE_SIZE
from tests.conftest import client_of
from tests.projects.rows import make_tasks, page, predict, span, texts


def url(project) -> str:
    return reverse("projects:tasks", args=[project.pk])


def titles(response) -> list[str]:
    return texts(response, "//tr/th[@scope='row']/a")


def numbered(first: int, last: int) -> list[str]:
    return [f"note {number}" for number in range(first, last + 1)]


def test_it_shows_the_tasks_with_their_state(project, manager, annotator):
    found, failed, untouched = make_tasks(project, "Took aspirin.", "broken", "not yet")
    Task.objects.filter(pk=found.pk).update(preannotation_state="found", region_count=2, lowest_confidence=0.512)
    Task.objects.filter(pk=failed.pk).update(preannotation_state="failed", failure="The text is too long.")
    Assignment.objects.create(task=found, user=annotator, role="annotator")
    response = client_of(manager).get(url(project))
    rows = page(response).xpath("//tbody/tr")
    assert response.status_code == 200
    assert titles(response) == ["note 1", "note 2", "note 3"]
    assert texts(response, "//tbody//*[starts-with(@class, 'state state-')]") == ["2 regions", "Failed"]
    assert page(response).xpath("//*[contains(@class, 'state-failed')]/@data-tip") == ["The text is too long."]
    assert [" ".join(cell.text_content().split()) for cell in rows[0]][1:] == [
        str(found.pk), "note 1 Took aspirin.", "", "Incomplete", "anna", "2 regions", "0.51", "now",
    ]  # fmt: skip
    assert untouched.pk == int(rows[2][1].text_content())


@pytest.mark.parametrize(("person", "buttons"), [("owner", 1), ("manager", 1), ("reviewer", 0), ("annotator", 0)])
def test_only_owner_and_manager_have_the_button(request, project, person, buttons):
    user = request.getfixturevalue(person)
    for task in make_tasks(project, "text"):
        Assignment.objects.create(task=task, user=user, role="annotator" if person == "annotator" else "reviewer")
    response = client_of(user).get(url(project))
    assert titles(response) == ["note 1"]
    assert len(page(response).xpath("//button[@id='preannotate']")) == buttons
    assert len(page(response).xpath("//input[@name='task']")) == buttons


def test_the_button_opens_the_popup_with_ticked_tasks_or_this_page(project, manager):
    tasks = make_tasks(project, "one", "two")
    tree = page(client_of(manager).get(url(project)))
    form = tree.xpath("//form[@id='selection']")[0]
    ids = [str(task.pk) for task in tasks]
    assert form.get("hx-post") == form.get("action") == reverse("preannotation:popup", args=[project.pk])
    assert tree.xpath("//input[@name='task'][@form='selection']/@value") == ids
    assert ",".join(tree.xpath("//input[@name='page'][@form='selection']/@value")).split(",") == ids


def test_a_stranger_gets_404(project, outsider):
    assert client_of(outsider).get(url(project)).status_code == 404


def test_staff_who_are_no_members_get_404(project, outsider):
    outsider.is_staff = outsider.is_superuser = True
    outsider.save()
    assert client_of(outsider).get(url(project)).status_code == 404


def test_whoever_is_not_logged_in_is_asked_to(project):
    assert Client().get(url(project)).url == f"{reverse('login')}?next={url(project)}"


def test_annotators_and_reviewers_see_what_they_are_assigned_to(project, annotator, reviewer):
    first, second, _ = make_tasks(project, "one", "two", "three")
    Assignment.objects.create(task=first, user=annotator, role="annotator")
    Assignment.objects.create(task=second, user=reviewer, role="reviewer")
    assert titles(client_of(annotator).get(url(project))) == ["note 1"]
    assert titles(client_of(reviewer).get(url(project))) == ["note 2"]


def test_annotators_see_unassigned_tasks_where_they_may_take_the_next(project, annotator, manager):
    first, _ = make_tasks(project, "one", "two")
    Assignment.objects.create(task=first, user=manager, role="annotator")
    project.annotators_take_next = True
    project.save()
    assert titles(client_of(annotator).get(url(project))) == ["note 2"]


def test_annotators_find_no_task_of_nobody_where_all_that_they_see_is_assigned(project, annotator, manager):
    first, _ = make_tasks(project, "one", "two")
    Assignment.objects.create(task=first, user=annotator, role="annotator")
    assert titles(client_of(annotator).get(url(project))) == ["note 1"]
    assert titles(client_of(annotator).get(url(project) + "?person=!")) == []
    assert titles(client_of(manager).get(url(project) + "?person=!")) == ["note 2"]


def test_an_empty_project_says_to_import(project, manager, annotator):
    importing = reverse("projects:import", args=[project.pk])
    empty = "//div[@class='empty']"
    assert importing in page(client_of(manager).get(url(project))).xpath(f"{empty}//a/@href")
    assert page(client_of(annotator).get(url(project))).xpath(f"{empty}//a/@href") == []


def test_pages_lead_forward_and_back(project, manager):
    make_tasks(project, *(f"text {number}" for number in range(2 * PAGE_SIZE + 10)))
    client = client_of(manager)
    first = client.get(url(project))
    second = client.get(url(project) + page(first).xpath("//a[@rel='next']/@href")[0])
    third = client.get(url(project) + page(second).xpath("//a[@rel='next']/@href")[0])
    assert [titles(response) for response in (first, second, third)] == [
        numbered(1, PAGE_SIZE), numbered(PAGE_SIZE + 1, 2 * PAGE_SIZE), numbered(2 * PAGE_SIZE + 1, 2 * PAGE_SIZE + 10)
    ]  # fmt: skip
    assert page(third).xpath("//a[@rel='next']") == []
    assert page(first).xpath("//a[@rel='prev']") == []
    back = client.get(url(project) + page(third).xpath("//a[@rel='prev']/@href")[0])
    assert titles(back) == titles(second)
    last = client.get(url(project) + "?last=1")
    assert titles(last) == numbered(PAGE_SIZE + 11, 2 * PAGE_SIZE + 10)
    assert page(last).xpath("//a[@rel='next']") == []


def test_going_back_to_the_beginning_shows_a_full_first_page(project, manager):
    tasks = make_tasks(project, *(f"text {number}" for number in range(PAGE_SIZE + 10)))
    response = client_of(manager).get(url(project) + f"?before={tasks[10].pk}")
    assert titles(response) == numbered(1, PAGE_SIZE)


@pytest.mark.parametrize(
    "query",
    ["after=x", "after=-1", "before=", "before=%00", "after=²", "before=x&after=", "after=9999999999999999999999"],
)
def test_nonsense_in_the_address_shows_the_first_page(project, manager, query):
    make_tasks(project, "one")
    response = client_of(manager).get(f"{url(project)}?{query}")
    assert titles(response) == ["note 1"]


def test_a_page_behind_the_last_task_leads_back(project, manager):
    task = make_tasks(project, "one")[0]
    response = client_of(manager).get(url(project) + f"?after={task.pk}")
    assert page(response).xpath("//div[@class='empty']//a/@href") == ["?"]


def test_htmx_gets_the_rows_only(project, manager):
    make_tasks(project, "one", "two")
    response = client_of(manager).get(url(project), headers={"HX-Request": "true"})
    assert response.content.count(b"<tr") == 2
    assert response.content.count(b"<table") == 0
    assert response.content.decode() in client_of(manager).get(url(project)).content.decode()


def test_the_footer_counts(project, manager):
    make_tasks(project, "one", "two")
    response = client_of(manager).get(url(project))
    assert (response.context["count"], response.context["count_words"]) == (2, "")


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("q=aspirin", 2 * PAGE_SIZE),
        ("q=label:DRUG", PAGE_SIZE + 2),
        ("q=aspirin+label:DRUG", PAGE_SIZE + 1),
        ("q=aspirin&label=DRUG", PAGE_SIZE + 1),
        ("q=aspirin&tag=x", PAGE_SIZE + 3),
        ("label=DRUG", PAGE_SIZE + 2),
    ],
)
def test_the_footer_counts_what_meets_all_that_is_asked(project, manager, asked, count):
    """Of twice a page with the word, one more than a page with the label; of two that have something else, one too."""
    words = make_tasks(project, *(f"aspirin {number}" for number in range(2 * PAGE_SIZE)))
    other = make_tasks(project, "ibuprofen 1", "ibuprofen 2", tags=["x"])
    for task in (*words[: PAGE_SIZE + 1], other[0]):
        predict(task, [span(task.text, 0, 7)])
    Task.objects.filter(pk__in=[task.pk for task in words[: PAGE_SIZE + 3]]).update(tags=["x"])
    refresh_marks([task.pk for task in (*words, *other)])
    index_words(project.pk)
    response = client_of(manager).get(f"{url(project)}?{asked}")
    assert (response.context["count"], response.context["count_words"]) == (count, "")


def test_titles_and_texts_are_escaped(project, manager):
    make_tasks(project, "<script>alert(1)</script>", "plain")
    Task.objects.update(title="<img src=x onerror=alert(1)>")
    response = client_of(manager).get(url(project))
    assert titles(response) == ["<img src=x onerror=alert(1)>"] * 2
    assert page(response).xpath("//tbody//script | //tbody//img") == []


@pytest.mark.parametrize("number", [1, 2 * PAGE_SIZE])
def test_the_number_of_queries_does_not_grow(project, manager, annotator, django_assert_num_queries, number):
    tasks = make_tasks(project, *(f"text {number}" for number in range(number)))
    Assignment.objects.bulk_create([Assignment(task=task, user=annotator, role="annotator") for task in tasks])
    client = client_of(manager)
    # Session, user; project, members; bounds, ids, tasks with people and their work; estimate and count where there are
    # more; known values.
    with django_assert_num_queries(8 if number <= PAGE_SIZE else 10):
        client.get(url(project))


def test_long_texts_stay_in_the_database(project, manager):
    make_tasks(project, "x" * 100_000)
    assert len(client_of(manager).get(url(project)).content) < 20_000


def test_filter_and_order_survive_paging_and_a_visit_to_a_task(project, manager):
    make_tasks(project, *(f"text {number}" for number in range(PAGE_SIZE + 1)), status="reviewed")
    client = client_of(manager)
    first = client.get(url(project) + "?status=reviewed&sort=-title")
    following = page(first).xpath("//a[@rel='next']/@href")[0]
    assert following.startswith("?status=reviewed&sort=-title&after=")
    second = client.get(url(project) + following)
    assert titles(second) == ["note 1"]
    task = client.get(page(second).xpath("//tr/th[@scope='row']/a/@href")[0])
    back = page(task).xpath("//nav[@aria-label='Project']/a[1]/@href")[0]
    assert titles(client.get(back)) == ["note 1"]
    before = client.get(page(task).xpath("//a[@rel='prev']/@href")[0])
    assert texts(before, "//div[contains(@class, 'task-bar')]/h2") == ["note 10"]
    assert page(before).xpath("//nav[@aria-label='Project']/a[1]/@href") == [back]


def test_what_narrows_the_list_is_shown_and_can_be_taken_back(project, manager):
    make_tasks(project, "a", "b", tags=["x"])
    response = client_of(manager).get(url(project) + "?tag=x&status=incomplete&sort=title&tick=1")
    assert texts(response, "//a[@class='chip']") == ["Incomplete ×", "tag x ×"]
    assert page(response).xpath("//a[@class='chip']/@href") == ["?tag=x&sort=title", "?status=incomplete&sort=title"]
    assert page(response).xpath("//a[text()='Clear filter']/@href") == ["?sort=title"]
    assert texts(response, "//footer/span") == ["2 on this page, 2 tasks match"]
    assert page(response).xpath("//input[@name='filter']/@value") == ["status=incomplete&tag=x"]


def test_a_filter_that_nothing_matches_can_be_cleared(project, manager):
    make_tasks(project, "a")
    response = client_of(manager).get(url(project) + "?tag=absent")
    assert texts(response, "//div[@class='empty']//b") == ["No task matches."]
    assert page(response).xpath("//div[@class='empty']//a/@href") == ["?"]


def test_a_search_that_is_not_understood_says_why_and_shows_nothing(project, manager):
    make_tasks(project, "a")
    response = client_of(manager).get(url(project), {"q": "author:anna"})
    assert texts(response, "//*[@id='q-problems']/p") == [
        '"author:" can\'t be searched by. Use label:DRUG, label:DRUG=aspirin or choice:discharge; put "author:anna" in '
        "quotes as text."
    ]
    assert texts(response, "//div[@class='empty']//b") == ["The search was not understood, so nothing is shown."]
    assert page(response).xpath("//input[@id='q']/@value") == ["author:anna"]


def test_texts_that_are_not_searchable_yet_are_counted(project, manager):
    make_tasks(project, "aspirin")
    index_words(project.pk)
    client = client_of(manager)
    assert texts(client.get(url(project), {"q": "aspirin"}), "//*[@id='unsearchable']") == []
    make_tasks(Project.create(owner=manager, name="Other"), "elsewhere")
    Task.objects.bulk_create(
        Task(project=project, title="new", text="aspirin", text_hash=digest("a"), data_hash=digest(str(number)))
        for number in range(2)
    )
    response = client.get(url(project), {"q": "aspirin"})
    assert (titles(response), texts(response, "//*[@id='unsearchable']")) == (
        ["note 1"],
        ["2 new tasks: the text is not searchable yet. The index follows the import; search again in a moment."],
    )


def test_a_click_on_a_head_sorts_and_a_second_one_turns_it_round(project, manager):
    make_tasks(project, "a", "b")
    client = client_of(manager)
    head = "//th[@scope='col']/a[starts-with(normalize-space(), 'Task')]/@href"
    first = client.get(url(project) + page(client.get(url(project) + "?tag=")).xpath(head)[0])
    second = client.get(url(project) + page(first).xpath(head)[0])
    assert (titles(first), titles(second)) == (["note 1", "note 2"], ["note 2", "note 1"])
    assert page(second).xpath("//th[@aria-sort]/@aria-sort") == ["descending"]


def test_all_that_match_are_counted_exactly(project, annotator, outsider):
    one, two, _ = make_tasks(project, "a", "b", "c")
    for task in (one, two):
        Assignment.objects.create(task=task, user=annotator, role="annotator")
    Task.objects.filter(pk__in=[two.pk, two.pk + 1]).update(status="reviewed")
    count = reverse("projects:task_count", args=[project.pk])
    assert client_of(annotator).get(count, {"status": "reviewed"}).json() == {"count": 1}
    assert client_of(outsider).get(count).status_code == 404


def test_ticked_tasks_that_a_filter_leaves_out_are_told(project, manager, annotator):
    one, two, gone = make_tasks(project, "aspirin", "b", "c")
    refresh_marks([one.pk, two.pk])
    Task.objects.filter(pk=one.pk).update(status="reviewed")
    Task.objects.filter(pk=gone.pk).delete()
    address = reverse("projects:tasks_outside", args=[project.pk])
    ticked = {"task": f"{one.pk},{two.pk},{gone.pk}"}

    def outside(filter: str) -> list[int]:
        return client_of(manager).post(address, ticked | {"filter": filter}).json()["ids"]

    assert [outside(filter) for filter in ("status=reviewed", "predictions=without", "")] == [
        [two.pk, gone.pk],
        [gone.pk],
        [],
    ]
    assert client_of(annotator).post(address, ticked).status_code == 403


def test_regions_that_an_import_brought_are_told_without_a_run(project, manager):
    brought, empty, none = make_tasks(project, "one", "two", "three")
    Task.objects.filter(pk=brought.pk).update(region_count=3)
    Task.objects.filter(pk=empty.pk).update(region_count=0)
    shown = texts(client_of(manager).get(url(project)), "//tbody/tr/td[6]")
    assert shown == ["Imported, 3 regions", "Imported, none found", ""]


def test_where_a_change_leaves_no_row_the_whole_page_comes_anew(project, manager):
    make_tasks(project, "one")
    client, htmx = client_of(manager), {"HX-Request": "true"}
    there = client.get(url(project) + "?status=incomplete", headers=htmx)
    gone = client.get(url(project) + "?status=reviewed", headers=htmx)
    assert (there.get("HX-Refresh"), gone.get("HX-Refresh")) == (None, "true")
