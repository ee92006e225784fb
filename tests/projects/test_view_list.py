from django.test import Client
from django.urls import reverse
from django.utils import timezone

from projects.models import Project
from tests.conftest import client_of
from tests.projects.rows import make_tasks, page, texts

URL = reverse("projects:list")
ROW = "//tbody/tr"


def test_it_shows_my_projects_with_roles_and_counts(project, annotator):
    make_tasks(project, "one", "two", "three")
    response = client_of(annotator).get(URL)
    cells = [" ".join(cell.text_content().split()) for cell in page(response).xpath(f"{ROW}/*")]
    assert response.status_code == 200
    assert cells[0].split(" ")[0:2] == ["Discharge", "notes"]
    assert cells[1] == "Annotator"
    assert cells[2] == "olga"
    assert cells[3] == "3"


def test_all_roles_of_one_person_are_named(project, manager):
    project.members.create(user=manager, role="reviewer")
    assert texts(client_of(manager).get(URL), f"{ROW}/td[1]") == ["Manager, Reviewer"]


def test_other_peoples_projects_are_not_listed(project, outsider):
    assert texts(client_of(outsider).get(URL), ROW) == []


def test_staff_see_only_what_they_are_members_of(project, outsider):
    outsider.is_staff = outsider.is_superuser = True
    outsider.save()
    assert texts(client_of(outsider).get(URL), ROW) == []


def test_the_empty_list_says_what_to_do(outsider):
    empty = page(client_of(outsider).get(URL)).xpath("//div[@class='empty']")[0]
    assert "otto" in empty.text_content()
    assert empty.xpath(".//a/@href") == [reverse("projects:new")]


def test_whoever_is_not_logged_in_is_asked_to(db):
    response = Client().get(URL)
    assert (response.status_code, response.url) == (302, f"{reverse('login')}?next={URL}")


def test_what_changed_last_comes_first(project, owner):
    later = Project.create(owner=owner, name="Later", config_changed_at=timezone.now())
    names = texts(client_of(owner).get(URL), f"{ROW}/th/a")
    assert names == [later.name, project.name]


def test_ten_projects_cost_as_many_queries_as_one(project, owner, django_assert_num_queries):
    for number in range(10):
        Project.create(owner=owner, name=f"Project {number}")
    client = client_of(owner)
    # Session, user, projects, members.
    with django_assert_num_queries(4):
        client.get(URL)
