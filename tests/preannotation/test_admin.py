"""Django admin shows what happened and what models say of themselves; it lets nobody rewrite it."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from preannotation import actions
from preannotation.models import NlpModel
from tests.conftest import client_of
from tests.preannotation.conftest import add_tasks, ready


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.create_superuser("ada", password="x")


@pytest.mark.parametrize("name", ["nlpmodel", "deployment", "preannotationrun", "worker"])
def test_lists_can_be_read_and_searched_but_not_added_to(admin, configured, manager, name):
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    actions.preannotate(configured, manager, configured.tasks.all(), "all")
    client = client_of(admin)
    assert client.get(reverse(f"admin:preannotation_{name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:preannotation_{name}_changelist"), {"q": "drug"}).status_code in (200, 302)
    assert client.get(reverse(f"admin:preannotation_{name}_add")).status_code == 403


def test_a_model_is_shown_but_cannot_be_changed_or_deleted(admin, registry_rows):
    model = registry_rows["ner_drug"]
    client = client_of(admin)
    page = reverse("admin:preannotation_nlpmodel_change", args=[model.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"labels": "OTHER"}).status_code == 403
    assert client.post(reverse("admin:preannotation_nlpmodel_delete", args=[model.pk])).status_code == 403


def test_models_are_retired_and_brought_back(admin, registry_rows):
    model = registry_rows["ner_drug"]
    client = client_of(admin)
    address = reverse("admin:preannotation_nlpmodel_changelist")
    client.post(address, {"action": "retire", "_selected_action": [model.pk]})
    assert [row.name for row in NlpModel.objects.exclude(retired_at=None)] == ["ner_drug"]
    client.post(address, {"action": "bring_back", "_selected_action": [model.pk]})
    assert NlpModel.objects.exclude(retired_at=None).count() == 0


def test_people_who_are_not_staff_are_sent_away(manager):
    assert client_of(manager).get(reverse("admin:preannotation_nlpmodel_changelist")).status_code == 302
