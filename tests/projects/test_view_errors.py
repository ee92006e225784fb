import logging

from django.test import Client, RequestFactory
from django.urls import reverse

from annotationlab.errors import server_error
from tests.conftest import client_of
from tests.projects.rows import page, texts


def test_an_unknown_page_is_not_found_in_the_look_of_all_others(owner):
    response = client_of(owner).get("/nowhere/")
    assert response.status_code == 404
    assert texts(response, "//h1") == ["Not found"]
    assert page(response).xpath("//main//a/@href") == [reverse("projects:list")]


def test_strangers_learn_nothing_about_what_exists(project, outsider):
    there = client_of(outsider).get(reverse("projects:tasks", args=[project.pk]))
    missing = client_of(outsider).get(reverse("projects:tasks", args=[project.pk + 1]))
    words = [
        texts(response, "//main")[0].replace(str(pk), "N")
        for response, pk in ((there, project.pk), (missing, project.pk + 1))
    ]
    assert words[0] == words[1]


def test_a_wrong_role_is_told_why(project, annotator):
    response = client_of(annotator).get(reverse("projects:setup", args=[project.pk]))
    assert response.status_code == 403
    assert texts(response, "//main//p")[0] == "Only the owner and the managers of this project may do this."


def test_a_form_without_its_token_changes_nothing(project, owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    response = client.post(reverse("projects:settings", args=[project.pk]), {"name": "Changed"})
    project.refresh_from_db()
    assert (response.status_code, project.name) == (403, "Discharge notes")
    assert texts(response, "//header/a") == ["Annotation Lab"]


def test_an_address_with_a_number_beyond_the_database_is_not_found(owner):
    assert client_of(owner).get("/projects/99999999999999999999/").status_code == 404


def test_a_failure_quotes_the_id_that_is_logged_with_its_trace(caplog):
    request = RequestFactory().get("/projects/")
    with caplog.at_level(logging.ERROR, logger="annotationlab.errors"):
        try:
            raise RuntimeError("broken")
        except RuntimeError:
            response = server_error(request)
    assert response.status_code == 500
    shown = texts(response, "//code")
    assert shown == [response["X-Error-Id"]]
    assert [(shown[0] in record.getMessage(), record.exc_info[0]) for record in caplog.records] == [
        (True, RuntimeError)
    ]
