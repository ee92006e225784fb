import pytest
from django.db import IntegrityError, transaction

from projects.models import Task, TaskMarks
from projects.models.ids import Statement
from projects.task_filter import TaskFilter
from projects.task_order import COLUMNS, Place, TaskOrder
from projects.task_pages import TaskPage
from tests.projects.rows import make_tasks


@pytest.fixture
def tasks(project, annotator, reviewer, manager):
    rows = make_tasks(project, *(f"text {number}" for number in range(7)))
    values = [
        ("b", ["x"], "reviewed", 2, 0.5),
        ("a", [], "incomplete", None, None),
        ("b", ["a", "z"], "reviewed", 0, None),
        ("C", ["x"], "submitted", 2, 0.1),
        ("", [], "incomplete", 10, 0.5),
        ("a", ["b"], "to_correct", None, None),
        ("ä", [], "incomplete", 1, 1.0),
    ]
    for task, (title, tags, status, regions, lowest) in zip(rows, values, strict=True):
        Task.objects.filter(pk=task.pk).update(
            title=title, tags=tags, status=status, region_count=regions, lowest_confidence=lowest
        )
    for task, user in ((rows[0], manager), (rows[0], annotator), (rows[2], manager), (rows[5], annotator)):
        task.assignments.create(user=user, role="annotator")
    return [task.pk for task in rows]


def ordered(ids: list[int], order: TaskOrder) -> list[int]:
    return [ids.index(pk) for pk in order.ids(Task.objects.all(), 100)]


EXPECTED = {
    "id": [0, 1, 2, 3, 4, 5, 6],
    "-id": [6, 5, 4, 3, 2, 1, 0],
    "title": [4, 3, 1, 5, 0, 2, 6],
    "tags": [2, 5, 0, 3, 1, 4, 6],
    "-tags": [3, 0, 5, 2, 6, 4, 1],
    "status": [1, 4, 6, 0, 2, 3, 5],
    "people": [0, 5, 2, 1, 3, 4, 6],
    "-people": [2, 5, 0, 6, 4, 3, 1],
    "regions": [2, 6, 0, 3, 4, 1, 5],
    "-regions": [4, 3, 0, 6, 2, 5, 1],
    "lowest": [3, 0, 4, 6, 1, 2, 5],
    "-lowest": [6, 4, 0, 3, 5, 2, 1],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_order_with_missing_values_at_the_end_and_ids_between_equals(tasks, project, name):
    people = {(member.user.username, member.user_id) for member in project.members.all()}
    assert ordered(tasks, TaskOrder.of(name, people)) == EXPECTED[name]


@pytest.mark.parametrize("name", [sign + name for name in COLUMNS for sign in ("", "-")])
def test_walking_forward_and_back_in_pages_shows_every_task_once(tasks, project, monkeypatch, name):
    monkeypatch.setattr("projects.task_pages.PAGE_SIZE", 2)
    people = {(member.user.username, member.user_id) for member in project.members.all()}
    order = TaskOrder.of(name, people)
    whole = order.ids(Task.objects.all(), 100)
    pages = [TaskPage.of(Task.objects.all(), None, None, order=order)]
    while pages[-1].has_next:
        pages.append(TaskPage.of(Task.objects.all(), order.place(pages[-1].tasks[-1]), None, order=order))
    assert [task.pk for page in pages for task in page.tasks] == whole
    back = [TaskPage.of(Task.objects.all(), None, None, last=True, order=order)]
    while len(back[-1].tasks) == 2 and order.ids(Task.objects.all(), 1, order.place(back[-1].tasks[0]), back=True):
        back.append(TaskPage.of(Task.objects.all(), None, order.place(back[-1].tasks[0]), order=order))
    assert {task.pk for page in back for task in page.tasks} == set(whole)
    assert [task.pk for task in back[0].tasks] == whole[-2:]


@pytest.mark.parametrize("at", [None, "x", "nan", "9" * 30, "2020-99-99"])
def test_a_place_that_was_changed_by_hand_begins_anew_or_finds_nothing(tasks, at):
    for name in COLUMNS:
        TaskOrder.of(name).ids(Task.objects.all(), 10, Place(tasks[0], at))


def test_an_unknown_order_is_that_of_import():
    assert TaskOrder.of("password") == TaskOrder.of(None) == TaskOrder.of("people") == TaskOrder()


@pytest.mark.parametrize("near", [1, 600])
@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_looked_up_along_an_order_is_in_that_order(tasks, project, monkeypatch, name, near):
    monkeypatch.setattr("projects.models.task_queries.NEAR", near)
    monkeypatch.setattr("projects.models.task_queries.NEAR_EACH", 0)
    people = {(member.user.username, member.user_id) for member in project.members.all()}
    marked = [tasks[number] for number in (0, 1, 4, 5, 6)]
    TaskMarks.objects.bulk_create(TaskMarks(task_id=pk, marks=["p"]) for pk in marked)
    with_mark = Statement.of(TaskMarks.objects.filter(marks__contains=["p"]).values_list("task", flat=True))
    found = Task.objects.among_later(with_mark)
    order = TaskOrder.of(name, people)
    assert [tasks.index(pk) for pk in order.ids(found, 4)] == [n for n in EXPECTED[name] if tasks[n] in marked][:4]


BOUNDED = [(order, {"most": "0.5"}) for order in ("lowest", "regions", "doubt")] + [("lowest", {"least": "0.1"})]


@pytest.mark.parametrize(("name", "bound"), [*BOUNDED, ("tags", {"tag": "x"})])
def test_what_a_filter_leaves_out_is_not_looked_for_at_the_end_of_an_order(
    tasks, name, bound, django_assert_num_queries
):
    given = TaskFilter.of(bound).apply(Task.objects.all())
    whole = sorted(given.values_list("pk", flat=True))
    with django_assert_num_queries(1):
        assert sorted(TaskOrder(name).ids(given, 100)) == whole
    with django_assert_num_queries(1):
        assert sorted(TaskOrder(name, descending=True).ids(given, 100, back=True)) == whole
    with django_assert_num_queries(2):
        assert len(TaskOrder(name).ids(Task.objects.all(), 100)) == 7


@pytest.mark.parametrize(("name", "filtered"), [("tags", {"most": "0.5"}), ("lowest", {"tag": "z"})])
def test_what_a_filter_does_not_ask_about_may_be_missing(tasks, name, filtered):
    given = TaskFilter.of(filtered).apply(Task.objects.all())
    whole = sorted(given.values_list("pk", flat=True))
    assert any(getattr(task, COLUMNS[name].removesuffix("__0")) in ([], None) for task in given)
    assert sorted(TaskOrder(name).ids(given, 100)) == whole


def test_each_of_two_bounds_ends_its_own_order(tasks, django_assert_num_queries):
    given = TaskFilter.of({"tag": "x", "most": "0.5"}).apply(Task.objects.all())
    for name in ("tags", "lowest"):
        with django_assert_num_queries(1):
            assert sorted(TaskOrder(name).ids(given, 100)) == [tasks[0], tasks[3]]


def test_all_that_a_filter_leaves_lies_before_a_task_that_it_leaves_out(tasks):
    given = TaskFilter.of({"most": "0.5"}).apply(Task.objects.all())
    order = TaskOrder("lowest")
    assert order.ids(given, 100, Place(tasks[1])) == []
    assert [tasks.index(pk) for pk in order.ids(given, 100, Place(tasks[1]), back=True)] == [4, 0, 3]


def test_a_task_with_a_confidence_but_no_count_of_regions_is_refused(tasks):
    with pytest.raises(IntegrityError, match="confidence_of_regions"), transaction.atomic():
        Task.objects.filter(pk=tasks[0]).update(region_count=None)
