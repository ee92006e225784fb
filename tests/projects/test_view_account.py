import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.conftest import PASSWORD, client_of
from tests.projects.rows import page, texts

LOGIN, LOGOUT, CHANGE = reverse("login"), reverse("logout"), reverse("password_change")
NEW = "another-horse-battery"


def test_logging_in_leads_to_the_projects(owner):
    response = Client().post(LOGIN, {"username": "olga", "password": PASSWORD})
    assert (response.status_code, response.url) == (302, reverse("projects:list"))


def test_logging_in_leads_back_to_where_one_wanted_to_go(project, owner):
    wanted = reverse("projects:setup", args=[project.pk])
    form = page(Client().get(f"{LOGIN}?next={wanted}"))
    assert form.xpath("//input[@name='next']/@value") == [wanted]
    response = Client().post(LOGIN, {"username": "olga", "password": PASSWORD, "next": wanted})
    assert response.url == wanted


def test_logging_in_never_leads_elsewhere(owner):
    response = Client().post(LOGIN, {"username": "olga", "password": PASSWORD, "next": "https://example.org/"})
    assert response.url == reverse("projects:list")


def test_a_wrong_password_is_refused_with_the_name_kept(owner):
    response = Client().post(LOGIN, {"username": "olga", "password": "wrong"})
    assert response.status_code == 200
    assert page(response).xpath("//input[@name='username']/@value") == ["olga"]
    assert len(texts(response, "//*[@role='alert']")) == 1


@pytest.fixture
def guessed(owner, settings) -> None:
    """Somebody has tried one password after the other for olga."""
    settings.AXES_FAILURE_LIMIT = 3
    for number in range(3):
        last = Client().post(LOGIN, {"username": "olga", "password": f"guess {number}"})
    assert last.status_code == 429


def test_after_many_wrong_passwords_the_right_one_waits_too(guessed):
    response = Client().post(LOGIN, {"username": "olga", "password": PASSWORD})
    assert (response.status_code, texts(response, "//h1")) == (429, ["Too many wrong passwords"])
    assert "sessionid" not in response.cookies


def test_wrong_passwords_for_one_name_hold_up_nobody_else(guessed, manager):
    assert Client().post(LOGIN, {"username": "mona", "password": PASSWORD}).status_code == 302


def test_wrong_passwords_from_one_address_hold_up_no_other_address(guessed):
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post(LOGIN, {"username": "olga", "password": PASSWORD}).status_code == 302


def test_logging_out_needs_a_post(owner):
    client = client_of(owner)
    assert client.get(LOGOUT).status_code == 405
    assert client.get(reverse("projects:list")).status_code == 200
    assert client.post(LOGOUT).url == LOGIN
    assert client.get(reverse("projects:list")).status_code == 302


def test_the_password_is_changed(owner):
    typed = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    client = client_of(owner)
    response = client.post(CHANGE, typed, follow=True)
    assert texts(response, "//h1") == ["Password changed"]
    assert User.objects.get(username="olga").check_password(NEW)
    assert client.get(reverse("projects:list")).status_code == 200


def test_a_bad_new_password_is_refused(owner):
    typed = {"old_password": "wrong", "new_password1": "123", "new_password2": "124"}
    response = client_of(owner).post(CHANGE, typed)
    assert sorted(response.context["form"].errors) == ["new_password2", "old_password"]
    assert User.objects.get(username="olga").check_password(PASSWORD)


def test_changing_a_password_needs_a_login(db):
    assert Client().get(CHANGE).url == f"{LOGIN}?next={CHANGE}"
