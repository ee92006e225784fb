import pytest

from projects.models import Task
from projects.task_order import Place
from projects.task_pages import PAGE_SIZE, TaskPage, neighbours
from tests.projects.rows import make_tasks


@pytest.fixture
def ids(project) -> list[int]:
    return [task.pk for task in make_tasks(project, *(f"text {number}" for number in range(PAGE_SIZE + 5)))]


def shown(page: TaskPage) -> tuple[list[int], bool, bool]:
    return [task.pk for task in page.tasks], page.has_previous, page.has_next


def test_the_first_page(ids):
    assert shown(TaskPage.of(Task.objects.all(), None, None)) == (ids[:PAGE_SIZE], False, True)


def test_the_page_behind_it(ids):
    assert shown(TaskPage.of(Task.objects.all(), Place(ids[PAGE_SIZE - 1]), None)) == (ids[PAGE_SIZE:], True, False)


def test_the_last_page_is_full(ids):
    assert shown(TaskPage.of(Task.objects.all(), None, None, last=True)) == (ids[5:], True, False)


def test_back_from_the_last_page_is_the_first(ids):
    assert shown(TaskPage.of(Task.objects.all(), None, Place(ids[5]))) == (ids[:PAGE_SIZE], False, True)


def test_a_page_in_the_middle_going_back(ids):
    assert shown(TaskPage.of(Task.objects.all(), None, Place(ids[-1]))) == (ids[4:-1], True, True)


def test_exactly_one_page(ids):
    Task.objects.filter(pk__in=ids[PAGE_SIZE:]).delete()
    assert shown(TaskPage.of(Task.objects.all(), None, None)) == (ids[:PAGE_SIZE], False, False)
    assert shown(TaskPage.of(Task.objects.all(), None, None, last=True)) == (ids[:PAGE_SIZE], False, False)


def test_paging_goes_on_where_the_named_task_is_gone(ids):
    Task.objects.filter(pk=ids[10]).delete()
    assert shown(TaskPage.of(Task.objects.all(), Place(ids[10]), None))[0] == ids[11:]


def test_no_tasks_at_all(db):
    page = TaskPage.of(Task.objects.all(), None, None)
    assert shown(page) == ([], False, False)


def test_neighbours(ids):
    tasks = Task.objects.all()
    assert neighbours(tasks, tasks.get(pk=ids[0])) == (None, ids[1])
    assert neighbours(tasks, tasks.get(pk=ids[3])) == (ids[2], ids[4])
    assert neighbours(tasks, tasks.get(pk=ids[-1])) == (ids[-2], None)
