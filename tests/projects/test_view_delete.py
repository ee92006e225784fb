import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from projects import search_index
from projects.models import Completion, Project, Task
from tests.conftest import client_of
from tests.projects.rows import make_tasks, predict, texts


def url(project: Project) -> str:
    return reverse("projects:delete", args=[project.pk])


def test_it_names_what_goes_in_numbers(project, owner, annotator):
    first, second = make_tasks(project, "one", "two")
    predict(first, [])
    predict(second, [])
    predict(second, [], "another version")
    Completion.objects.create(task=first, user=annotator, username="anna")
    assert texts(client_of(owner).get(url(project)), "//form//li")[:3] == [
        "2 tasks", "1 completion by people", "3 predictions"
    ]  # fmt: skip


def test_the_typed_name_deletes_the_project_and_no_other(project, owner):
    make_tasks(project, "one")
    other = Project.create(owner=owner, name="Other")
    kept = make_tasks(other, "kept")[0]
    response = client_of(owner).post(url(project), {"name": "Discharge notes"})
    assert response.url == reverse("projects:list")
    assert list(Project.objects.all()) == [other]
    assert list(Task.objects.all()) == [kept]


@pytest.mark.parametrize("typed", ["", "discharge notes", "Discharge", "Discharge notes and more", "\0"])
def test_any_other_name_deletes_nothing(project, owner, typed):
    response = client_of(owner).post(url(project), {"name": typed})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["name"]
    assert Project.objects.count() == 1


def test_showing_the_page_deletes_nothing(project, owner):
    client_of(owner).get(url(project), {"name": "Discharge notes"})
    assert Project.objects.count() == 1


@pytest.mark.parametrize(
    ("person", "status"), [("manager", 403), ("reviewer", 403), ("annotator", 403), ("outsider", 404)]
)
def test_only_the_owner_may(request, project, person, status):
    client = client_of(request.getfixturevalue(person))
    assert client.get(url(project)).status_code == status
    assert client.post(url(project), {"name": "Discharge notes"}).status_code == status
    assert Project.objects.count() == 1


def test_staff_who_are_no_members_get_404(project, outsider):
    outsider.is_staff = outsider.is_superuser = True
    outsider.save()
    assert client_of(outsider).post(url(project), {"name": "Discharge notes"}).status_code == 404


def test_whoever_is_not_logged_in_is_asked_to(project):
    assert Client().get(url(project)).url == f"{reverse('login')}?next={url(project)}"


@pytest.mark.django_db(transaction=True)
def test_it_goes_while_a_worker_makes_its_texts_searchable(project, owner):
    make_tasks(project, "one", "two")

    def delete() -> str:
        try:
            return client_of(owner).post(url(project), {"name": "Discharge notes"}).url
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as executor:
        with transaction.atomic():
            assert search_index.index_words(project.pk) == 2
            deleted = executor.submit(delete)
            wait_until_somebody_waits()
        assert deleted.result(10) == reverse("projects:list")
    assert (Project.objects.count(), Task.objects.count()) == (0, 0)


def wait_until_somebody_waits() -> None:
    end = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            # Only who waits for this transaction: the tests of other processes have databases beside this one.
            cursor.execute("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("nobody waited for the index's transaction")
