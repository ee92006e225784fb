"""What staff look after, in a browser: the operators' page and Django admin."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from preannotation import actions
from preannotation.models import Deployment, NlpModel
from projects.models import Project
from tests.conftest import NER_CONFIG, person
from tests.preannotation.conftest import CONFIG, ready, register_three, registered

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_user("stella", is_staff=True)


@pytest.fixture
def deployment(project, manager) -> Deployment:
    register_three()
    project.set_labeling_config(CONFIG, manager)
    return ready(actions.deploy(project, manager))


def searched(page: Page, words: str) -> list[str]:
    """Names of the rows that a list of Django admin finds."""
    page.locator("#searchbar").fill(words)
    with page.expect_navigation():
        page.get_by_role("button", name="Search").click()
    return page.locator("#result_list tbody th").all_inner_texts()


def test_stopping_a_deployment_asks_first_and_the_question_stays_while_the_page_follows(open_page, staff, deployment):
    page = open_page(staff, "/projects/")
    page.clock.install()
    page.goto("/operations/")
    row = page.get_by_role("region", name="Table: Deployments").get_by_role(
        "row", name=f"project {deployment.project_id}"
    )
    expect(row).to_contain_text("ner_drug 1, ner_problem 1")
    row.get_by_text("Stop…").click()
    expect(row.get_by_text(re.compile("Nobody can preannotate in its project"))).to_be_visible()
    page.clock.fast_forward(20_000)
    stop = row.get_by_role("button", name=f"Stop deployment {deployment.pk}")
    expect(stop).to_be_visible()
    assert list(Deployment.objects.values_list("state", flat=True)) == ["ready"]
    stop.click()
    deployments = page.get_by_role("region", name="Deployments", exact=True)
    expect(deployments.get_by_text("None.", exact=True)).to_be_visible()
    assert list(Deployment.objects.values_list("state", flat=True)) == ["stopped"]
    last = deployment.project.activities.latest("pk")
    assert (last.username, last.words) == ("stella", f"stopped deployment {deployment.pk}")


def test_admin_finds_a_project_by_name_and_member_and_shows_its_config_to_read_only(open_page, staff, project):
    Project.create(owner=person("zoe"), name="Radiology", labeling_config=NER_CONFIG)
    page = open_page(staff, "/admin/")
    page.locator(".model-project th a").last.click()
    assert searched(page, "discharge") == ["Discharge notes"]
    assert searched(page, "zoe") == ["Radiology"]
    assert searched(page, "no such project") == []
    assert searched(page, "anna") == ["Discharge notes"]
    page.get_by_role("link", name="Discharge notes").click()
    config = page.locator(".field-labeling_config .readonly")
    expect(config).to_contain_text('<Label value="DRUG"')
    expect(page.locator("[name=labeling_config]")).to_have_count(0)
    expect(page.get_by_label("Name:")).to_have_value("Discharge notes")


def test_admin_finds_a_model_by_label_and_shows_its_facts_to_read_only(open_page, staff, project):
    register_three()
    registered("ner_drug", 2, labels=["DRUG"], project=project)
    page = open_page(staff, "/admin/")
    page.locator(".model-nlpmodel th a").last.click()
    assert searched(page, "dosage") == ["ner_drug"]
    assert searched(page, "ner_drug") == ["ner_drug", "ner_drug"]
    assert page.locator("#result_list .field-version").all_inner_texts() == ["2", "1"]
    page.locator("#result_list tbody th a").last.click()
    model = NlpModel.objects.get(name="ner_drug", version=1)
    for name, value in (("labels", "DRUG, DOSAGE"), ("storage_ref", "w2v"), ("checksum", model.checksum)):
        expect(page.locator(f".field-{name} .readonly")).to_have_text(value)
    form = page.locator("#nlpmodel_form")
    expect(form.locator("input:not([type=hidden]), select, textarea")).to_have_count(0)
    expect(page.get_by_role("link", name="Delete")).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 390])
def test_deleting_a_model_asks_first_below_its_button(open_page, staff, project, width):
    project.members.create(user=staff, role="manager")
    unused = registered("ner_unused", project=project)
    page = open_page(staff, f"/projects/{project.pk}/models/{unused.pk}/")
    page.set_viewport_size({"width": width, "height": 900})
    ask = page.get_by_text("Delete…")
    ask.click()
    delete = page.get_by_role("button", name="Delete ner_unused 1")
    asked, above = page.locator("details.ask form").bounding_box(), ask.bounding_box()
    assert (asked["x"], asked["x"] + asked["width"] <= width) == (above["x"], True)
    assert 0 <= asked["y"] - (above["y"] + above["height"]) < 20
    assert NlpModel.objects.filter(pk=unused.pk).exists()
    delete.click()
    expect(page.get_by_text("ner_unused 1 is deleted.")).to_be_visible()
    assert not NlpModel.objects.filter(pk=unused.pk).exists()
