import pytest
from django.urls import reverse

from projects.models import Project
from tests.conftest import client_of

URL = reverse("projects:new")


def test_anybody_may_create_a_project_and_owns_it(outsider):
    response = client_of(outsider).post(URL, {"name": "Mine", "description": "Of my own"})
    project = Project.objects.get()
    assert response.url == reverse("projects:setup", args=[project.pk])
    assert (project.name, project.description, project.owner) == ("Mine", "Of my own", outsider)


def test_the_form_is_shown(outsider):
    response = client_of(outsider).get(URL)
    assert response.status_code == 200
    assert list(response.context["form"].fields) == ["name", "description"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "nul \0 inside", "turned \u202e around"])
def test_a_bad_name_is_refused_and_what_was_typed_stays(outsider, name):
    response = client_of(outsider).post(URL, {"name": name, "description": "kept as typed"})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["name"]
    assert response.context["form"]["description"].value() == "kept as typed"
    assert Project.objects.count() == 0
