import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from projects import beat, deletion, imports, search_index
from projects.exchange import FileRefused, import_file, importing
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

    with ThreadPoolExecutor(1) as executor:
        with transaction.atomic():
            assert search_index.index_words(project.pk) == 2
            deleted = executor.submit(in_a_thread, delete, project, owner)
            wait_until_somebody_waits()
        assert deleted.result(10) == reverse("projects:list")
    assert (Project.objects.count(), Task.objects.count()) == (0, 0)


def delete(project: Project, owner: User) -> str:
    return client_of(owner).post(url(project), {"name": "Discharge notes"}).url


def in_a_thread(call: Callable[..., object], *arguments: object) -> object:
    try:
        return call(*arguments)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_it_goes_while_a_worker_imports_into_it(project, owner, monkeypatch, caplog, settings):
    """Each used to hold rows that the other one needed."""
    stored, asked = threading.Event(), threading.Event()
    go_on = beat.Beat.go_on

    def held_up(self: beat.Beat, **figures: object) -> None:
        stored.set()
        assert asked.wait(10)
        assert self.over.wait(10)
        go_on(self, **figures)

    monkeypatch.setattr(beat.Beat, "go_on", held_up)
    monkeypatch.setattr(beat, "SECONDS", 0.05)
    monkeypatch.setattr(imports, "AT_ONCE_BYTES", 0)
    monkeypatch.setattr(importing, "BATCH_ROWS", 1)
    file = SimpleUploadedFile("notes.json", json.dumps([{"text": "one"}, {"text": "two"}]).encode())
    report = imports.begin(project, file, owner)
    with ThreadPoolExecutor(2) as executor:
        imported = executor.submit(in_a_thread, imports.run, report.pk)
        assert stored.wait(10)
        OrmQ.objects.all().delete()
        assert delete(project, owner) == reverse("projects:list")
        assert ([job.task["func"] for job in OrmQ.objects.all()], project.members.count()) == (
            ["projects.deletion.delete_in_worker"],
            0,
        )
        deleted = executor.submit(in_a_thread, deletion.delete_in_worker, project.pk)
        asked.set()
        assert (imported.result(20), deleted.result(20)) == (None, None)
    assert (Project.objects.count(), Task.objects.count(), list(settings.UPLOADS_DIR.iterdir())) == (0, 0, [])
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_an_import_that_waited_while_its_project_went_is_refused(project, owner):
    Project.objects.filter(pk=project.pk).delete()
    with pytest.raises(FileRefused, match="The project was deleted meanwhile. Nothing was imported."):
        import_file(project, SimpleUploadedFile("notes.txt", b"one"), "notes.txt", owner)


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
