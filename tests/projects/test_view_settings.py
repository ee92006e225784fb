import pytest
from django.test import Client
from django.urls import reverse

from projects.admin import ProjectForm as AdminForm
from projects.forms import SettingsForm
from projects.models import Project
from tests.conftest import NER_CONFIG, client_of
from tests.projects.rows import page, texts

NEW = {
    "name": "Progress notes",
    "description": "Of one ward",
    "annotators_take_next": "on",
    "next_task_order": "doubtful",
}


def url(project: Project) -> str:
    return reverse("projects:settings", args=[project.pk])


def test_settings_are_saved(project, manager):
    response = client_of(manager).post(url(project), NEW)
    project.refresh_from_db()
    assert response.url == url(project)
    assert (project.name, project.description, project.annotators_take_next) == ("Progress notes", "Of one ward", True)
    assert (project.next_task_order, project.measure_time) == ("doubtful", False)


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "nul \0 inside", "turned \u202e around"])
def test_a_bad_name_is_refused_and_what_was_typed_stays(project, manager, name):
    response = client_of(manager).post(url(project), NEW | {"name": name})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["name"]
    assert response.context["form"]["description"].value() == "Of one ward"
    assert texts(response, "//h1") == ["Discharge notes"]
    project.refresh_from_db()
    assert project.name == "Discharge notes"


def test_nothing_but_the_settings_can_be_posted(project, manager):
    client_of(manager).post(url(project), NEW | {"labeling_config": "<View/>", "config_version": "9"})
    before = project.labeling_config
    project.refresh_from_db()
    assert (project.labeling_config, project.config_version) == (before, 1)


@pytest.mark.parametrize("form", [SettingsForm, AdminForm])
def test_a_config_that_is_saved_meanwhile_stays(project, owner, monkeypatch, form):
    """The settings were read before it, and are stored after it."""
    config = NER_CONFIG.replace("DOSAGE", "DOSE")

    def clean(read: SettingsForm | AdminForm) -> dict[str, object]:
        Project.objects.get(pk=project.pk).set_labeling_config(config, owner)
        return read.cleaned_data

    monkeypatch.setattr(form, "clean", clean)
    address, members = url(project), {}
    if form is AdminForm:
        owner.is_staff = owner.is_superuser = True
        owner.save()
        address = reverse("admin:projects_project_change", args=[project.pk])
        members = {"owner": owner.pk, "members-TOTAL_FORMS": 0, "members-INITIAL_FORMS": 0}
    assert client_of(owner).post(address, NEW | members).status_code == 302
    stored = Project.objects.get(pk=project.pk)
    assert (stored.name, stored.annotators_take_next) == ("Progress notes", True)
    assert (stored.labeling_config, stored.config_version, stored.config_changed_by) == (config, 2, owner)


def test_only_the_owner_is_offered_to_delete(project, owner, manager):
    link = f"//a[@href='{reverse('projects:delete', args=[project.pk])}']"
    assert len(page(client_of(owner).get(url(project))).xpath(link)) == 1
    assert len(page(client_of(manager).get(url(project))).xpath(link)) == 0


@pytest.mark.parametrize(
    ("person", "status"), [("owner", 200), ("manager", 200), ("reviewer", 403), ("annotator", 403), ("outsider", 404)]
)
def test_only_owner_and_manager_may(request, project, person, status):
    client = client_of(request.getfixturevalue(person))
    assert client.get(url(project)).status_code == status
    client.post(url(project), NEW)
    project.refresh_from_db()
    assert project.name == ("Progress notes" if status == 200 else "Discharge notes")


def test_staff_who_are_no_members_get_404(project, outsider):
    outsider.is_staff = outsider.is_superuser = True
    outsider.save()
    assert client_of(outsider).get(url(project)).status_code == 404


def test_whoever_is_not_logged_in_is_asked_to(project):
    assert Client().get(url(project)).url == f"{reverse('login')}?next={url(project)}"
