import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from projects.models import ImportReport, Project, Task
from tests.conftest import client_of
from tests.projects.rows import page, span, texts

TASKS = [{"text": "Took aspirin.", "title": "first"}, {"text": "Took nothing.", "title": "second"}]


def url(project: Project) -> str:
    return reverse("projects:import", args=[project.pk])


def report_url(project: Project, report: ImportReport) -> str:
    return reverse("projects:import_report", args=[project.pk, report.pk])


def upload(user, project: Project, content: bytes, name: str = "tasks.json"):
    return client_of(user).post(url(project), {"file": SimpleUploadedFile(name, content)})


def test_a_file_becomes_tasks_and_a_report(project, manager):
    response = upload(manager, project, json.dumps(TASKS).encode())
    report = ImportReport.objects.get()
    assert (response.status_code, response.url) == (302, report_url(project, report))
    assert list(Task.objects.order_by("pk").values_list("title", "text", "created_username")) == [
        ("first", "Took aspirin.", manager.username),
        ("second", "Took nothing.", manager.username),
    ]
    assert (report.imported, report.refused, report.created_by) == (2, 0, manager)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.jsonl", b'{"text": "one"}\n{"text": "two"}'),
        ("notes.csv", b"title,text\na,one\nb,two\n"),
        ("notes.tsv", b"title\ttext\na\tone\nb\ttwo\n"),
    ],
)
def test_every_format_comes_in(project, manager, name, content):
    upload(manager, project, content, name)
    assert list(Task.objects.order_by("pk").values_list("text", flat=True)) == ["one", "two"]


def test_a_text_file_is_one_task_with_its_very_text(project, manager):
    upload(manager, project, "one\r\ntwo\rthree 😀".encode(), "note.txt")
    assert list(Task.objects.values_list("title", "text")) == [("note.txt", "one\r\ntwo\rthree 😀")]


def test_the_report_counts_and_gives_reasons(project, manager):
    bad = span("Took aspirin.", 5, 12) | {"from_name": "nothing"}
    rows = [
        {"text": "fine"},
        {"title": "no text"},
        {"data": {"text": "Took aspirin."}, "predictions": [{"result": [bad]}]},
    ]
    upload(manager, project, json.dumps(rows).encode())
    report = ImportReport.objects.get()
    response = client_of(manager).get(report_url(project, report))
    assert texts(response, "//dl[@class='figures']//dd") == ["2", "0", "0", "1", "1", "0"]
    assert texts(response, "//tbody/tr/td[1]") == ["2", "3"]
    assert texts(response, "//tbody/tr/td[3]") == [problem["reason"] for problem in report.problems]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"text": "one"}, {"text": "two"}], "Every row was taken as it is."),
        ([{"text": "here"}, {"text": "two"}], "Every new row was taken as it is."),
        ([{"text": "here"}], "Nothing in it is new."),
        ([], "The file has no rows."),
    ],
)
def test_a_report_without_problems_says_what_became_of_the_rows(project, manager, rows, said):
    upload(manager, project, b'[{"text": "here"}]')
    upload(manager, project, json.dumps(rows).encode())
    response = client_of(manager).get(report_url(project, ImportReport.objects.latest("pk")))
    assert texts(response, "//div[@id='import-report']/p") == [said]


def test_earlier_imports_are_listed(project, manager):
    upload(manager, project, json.dumps(TASKS).encode())
    report = ImportReport.objects.get()
    tree = page(client_of(manager).get(url(project)))
    assert tree.xpath("//tbody//a/@href") == [report_url(project, report)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.json", b""),
        ("broken.json", b'[{"text": "one"}, {"text":'),
        ("binary.txt", b"\xff\xfe\x00\xd8"),
        ("latin.csv", "title,text\na,caf\u00e9\n".encode("latin-1")),
        ("no-text.csv", b"title,body\na,b\n"),
        ("table.xlsx", b"PK\x03\x04"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason_and_leaves_nothing(project, manager, name, content):
    response = upload(manager, project, content, name)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["file"]
    assert len(texts(response, "//form[@id='import-form']//p[@class='bad']")) == 1
    assert (Task.objects.count(), ImportReport.objects.count()) == (0, 0)


def test_no_file_is_asked_for(project, manager):
    response = client_of(manager).post(url(project))
    assert response.context["form"].errors == {"file": ["Choose a file first."]}


def test_a_report_of_another_project_is_not_found(project, manager, outsider):
    upload(manager, project, json.dumps(TASKS).encode())
    other = Project.create(owner=outsider, name="Other")
    assert client_of(outsider).get(report_url(other, ImportReport.objects.get())).status_code == 404


@pytest.mark.parametrize(
    ("person", "status"), [("owner", 200), ("manager", 200), ("reviewer", 403), ("annotator", 403), ("outsider", 404)]
)
def test_only_owner_and_manager_may(request, project, person, status):
    user = request.getfixturevalue(person)
    report = ImportReport.objects.create(project=project, file_name="earlier.json")
    assert client_of(user).get(url(project)).status_code == status
    assert client_of(user).get(report_url(project, report)).status_code == status
    upload(user, project, json.dumps(TASKS).encode())
    assert Task.objects.count() == (2 if status == 200 else 0)


def test_staff_who_are_no_members_get_404(project, outsider):
    outsider.is_staff = outsider.is_superuser = True
    outsider.save()
    assert client_of(outsider).get(url(project)).status_code == 404


def test_whoever_is_not_logged_in_is_asked_to(project):
    assert Client().get(url(project)).url == f"{reverse('login')}?next={url(project)}"


def test_the_list_leaves_the_problems_in_the_database(project, manager, django_assert_num_queries):
    for number in range(20):
        ImportReport.objects.create(project=project, file_name=f"{number}.json", created_by=manager)
    client = client_of(manager)
    # Session, user; project, members; reports.
    with django_assert_num_queries(5):
        client.get(url(project))
