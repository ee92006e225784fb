import json

import pytest
from django.test import Client
from django.urls import reverse

from projects.models import Completion, Prediction, Project
from tests.conftest import client_of
from tests.projects.rows import make_tasks, page, predict, span

NOTE = "Given aspirin.\r\n😀"


def url(project: Project) -> str:
    return reverse("projects:export", args=[project.pk])


def exported(response) -> list[dict]:
    return json.loads(b"".join(response.streaming_content))


@pytest.fixture
def filled(project: Project, manager) -> Project:
    task = make_tasks(project, NOTE, "second")[0]
    predict(task, [span(NOTE, 6, 13)])
    Completion.objects.create(task=task, user=manager, username="mona", result=[span(NOTE, 6, 13)])
    return project


def test_it_offers_both_dialects(filled, manager):
    response = client_of(manager).get(url(filled))
    assert response.status_code == 200
    assert page(response).xpath("//input[@name='format']/@value") == ["annotation_lab", "label_studio", "conll"]
    assert page(response).xpath("//input[@type='checkbox']/@name") == ["completions", "predictions"]


@pytest.mark.parametrize(("dialect", "key"), [("annotation_lab", "completions"), ("label_studio", "annotations")])
def test_the_file_holds_the_tasks_with_what_was_asked_for(filled, manager, dialect, key):
    response = client_of(manager).post(url(filled), {"format": dialect, "completions": "on", "predictions": "on"})
    first, second = exported(response)
    assert response["Content-Disposition"].startswith('attachment; filename="discharge-notes-')
    assert response["Content-Type"] == "application/json"
    assert first["data"]["text"] == NOTE
    assert (len(first[key]), len(first["predictions"])) == (1, 1)
    assert second["data"]["text"] == "second"


def test_without_predictions_and_completions(filled, manager):
    response = client_of(manager).post(url(filled), {"format": "annotation_lab"})
    assert [(len(task["completions"]), len(task["predictions"])) for task in exported(response)] == [(0, 0), (0, 0)]


def test_hidden_predictions_stay_out(filled, manager):
    Prediction.objects.update(hidden=True)
    response = client_of(manager).post(url(filled), {"format": "annotation_lab", "predictions": "on"})
    assert [len(task["predictions"]) for task in exported(response)] == [0, 0]


@pytest.mark.parametrize("dialect", ["", "brat", "annotation_lab\0"])
def test_an_unknown_dialect_is_refused(filled, manager, dialect):
    response = client_of(manager).post(url(filled), {"format": dialect})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["format"]


def test_what_does_not_read_back_is_not_handed_out(filled, manager):
    Completion.objects.update(username=" mona ")
    response = client_of(manager).post(url(filled), {"format": "annotation_lab", "completions": "on"})
    assert response.status_code == 200
    assert len(response.context["form"].non_field_errors()) == 1


@pytest.mark.parametrize(
    ("person", "status"), [("owner", 200), ("manager", 200), ("reviewer", 403), ("annotator", 403), ("outsider", 404)]
)
def test_only_owner_and_manager_may(request, filled, person, status):
    client = client_of(request.getfixturevalue(person))
    assert client.get(url(filled)).status_code == status
    assert client.post(url(filled), {"format": "annotation_lab"}).status_code == status


def test_staff_who_are_no_members_get_404(project, outsider):
    outsider.is_staff = outsider.is_superuser = True
    outsider.save()
    assert client_of(outsider).get(url(project)).status_code == 404


def test_whoever_is_not_logged_in_is_asked_to(project):
    assert Client().get(url(project)).url == f"{reverse('login')}?next={url(project)}"


def test_an_empty_project_leads_to_the_import(project, manager):
    tree = page(client_of(manager).get(url(project)))
    assert tree.xpath("//p[@class='empty']/a/@href") == [reverse("projects:import", args=[project.pk])]


def test_the_filter_of_the_list_narrows_the_export_and_is_told(filled, manager):
    client = client_of(manager)
    narrowed = f"{url(filled)}?state=failed"
    list_page = page(client.get(f"{reverse('projects:tasks', args=[filled.pk])}?state=failed"))
    assert list_page.xpath("//a[text()='Export these']/@href") == [narrowed]
    filled.tasks.filter(text="second").update(preannotation_state="failed")
    response = client.get(narrowed)
    assert response.context["task_count"] == 1
    content = exported(client.post(narrowed, {"format": "annotation_lab"}))
    assert [task["data"]["text"] for task in content] == ["second"]
