"""Lists that only grow: the newest rows, and a way to each older one."""

import pytest
from django.urls import reverse

from preannotation.models import Deployment, Evaluation, PreannotationRun, Training
from projects.listing import Listing
from projects.models import ExportReport, ImportReport, Project
from tests.conftest import client_of
from tests.projects.rows import page, texts

pytestmark = pytest.mark.django_db


def imported(project: Project, number: int) -> ImportReport:
    return ImportReport.objects.create(project=project, file_name=f"{number}.json")


def exported(project: Project, number: int) -> ExportReport:
    return ExportReport.objects.create(project=project, format="conll", words=f"export {number}")


def trained(project: Project, number: int) -> Training:
    return Training.objects.create(project=project, name=f"ner_{number}", kind="ner", engine="NerDL")


def evaluated(project: Project, number: int) -> Evaluation:
    return Evaluation.objects.create(project=project, about="two on one")


def run(project: Project, number: int) -> PreannotationRun:
    deployment = Deployment.objects.create(project=project, config="", config_version=1)
    return PreannotationRun.objects.create(project=project, deployment=deployment, scope=f"scope {number}")


LISTS = {
    "projects:import": imported,
    "projects:export": exported,
    "preannotation:runs": run,
    "preannotation:trainings": trained,
    "preannotation:evaluations": evaluated,
}


@pytest.mark.parametrize("name", LISTS)
def test_each_row_is_on_one_page_and_the_newest_are_first(project, manager, monkeypatch, name):
    monkeypatch.setattr("projects.listing.LISTED", 2)
    for number in range(5):
        LISTS[name](project, number)
    client, address = client_of(manager), reverse(name, args=[project.pk])
    shown, where = [], "?status=reviewed"
    while where:
        answer = client.get(f"{address}{where}")
        shown.append([row.pk for row in answer.context["listing"].rows])
        assert len(page(answer).xpath("//tbody/tr/th")) == len(shown[-1])
        where = next(iter(page(answer).xpath("//a[@rel='next']/@href")), "")
    pks = sorted((pk for pks in shown for pk in pks), reverse=True)
    assert (len(set(pks)), shown) == (5, [pks[:2], pks[2:4], pks[4:]])
    # What else stands in the address is kept: on the export page it says which tasks.
    assert page(answer).xpath("//a[text()='Newest']/@href") == ["?status=reviewed"]


@pytest.mark.parametrize("name", LISTS)
def test_a_page_behind_the_last_row_shows_the_newest(project, manager, name):
    rows = [LISTS[name](project, number) for number in range(2)]
    answer = client_of(manager).get(reverse(name, args=[project.pk]), {"before": rows[0].pk})
    assert answer.context["listing"].rows == rows[::-1]
    assert texts(answer, "//nav[@aria-label='Pages']") == []


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "9" * 40])
def test_what_is_no_id_means_the_newest(project, before):
    row = imported(project, 1)
    listing = Listing.of(project.imports.all(), {"before": before})
    assert (listing.rows, listing.older) == ([row], None)


def test_a_list_that_fits_has_no_other_pages(project, manager):
    imported(project, 1)
    answer = client_of(manager).get(reverse("projects:import", args=[project.pk]))
    assert page(answer).xpath("//nav[@aria-label='Pages']") == []
