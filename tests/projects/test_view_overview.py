import pytest
from django.urls import reverse

from projects import overview
from projects.models import Completion, LabelCounts, Verdict
from tests.conftest import client_of
from tests.preannotation.conftest import add_tasks
from tests.projects.test_overview import completed, judged


@pytest.fixture
def address(project) -> str:
    return reverse("projects:overview", args=[project.pk])


def people_on(answer) -> list[str]:
    return [person.username for person in answer.context["people"]]


def test_strangers_find_no_overview(project, outsider, address):
    assert client_of(outsider).get(address).status_code == 404


def test_a_project_without_tasks_says_what_to_do(project, owner, annotator, address):
    assert "Import tasks</a> first." in client_of(owner).get(address).content.decode()
    assert "nothing to count.</p>" in client_of(annotator).get(address).content.decode()


def test_annotators_see_their_own_figures_and_the_totals_others_everybodys(
    project, manager, reviewer, annotator, address
):
    [task] = add_tasks(project, ["a"])
    completed(task, annotator, "DRUG", lead_time=30)
    completed(task, reviewer, "DRUG", lead_time=50)
    assert people_on(client_of(annotator).get(address)) == ["anna"]
    assert client_of(annotator).get(address).context["total"].submitted == 2
    assert people_on(client_of(reviewer).get(address)) == people_on(client_of(manager).get(address)) == ["anna", "rui"]


def test_annotators_see_their_own_figures_however_many_did_more(project, manager, annotator, address, monkeypatch):
    first, second = add_tasks(project, ["a", "b"])
    completed(first, manager)
    completed(second, manager)
    completed(first, annotator)
    monkeypatch.setattr(overview, "MOST_PEOPLE", 1)
    assert people_on(client_of(annotator).get(address)) == ["anna"]
    assert people_on(client_of(manager).get(address)) == ["mona"]


def test_every_figure_stands_in_words_beside_its_bar(project, manager, annotator, address):
    [task] = add_tasks(project, ["a"])
    completion = completed(task, annotator, "DRUG")
    for kind, label in (("accepted", "DRUG"), ("rejected", "DRUG"), ("added", "<b>")):
        judged(completion, kind, label)
    page = client_of(manager).get(address).content.decode()
    assert '<td class="number">0.50</td><td class="number">1.00</td><td class="number">0.67</td>' in page
    assert "1 accepted, 0 boundary fixed, 0 relabelled, 1 rejected, 1 added by hand" in page
    assert ("&lt;b&gt;" in page, '<th scope="row"><b>' in page) == (True, False)
    assert page.count('class="bar ') == page.count('class="bar bar-') == page.count('%" aria-hidden="true"></span>')


def test_the_page_asks_the_same_few_questions_however_much_there_is(
    project, manager, annotator, address, django_assert_num_queries
):
    tasks = add_tasks(project, ["a"] * 40)
    rows = Completion.objects.bulk_create(
        Completion(task=task, user=annotator, username=f"person {task.pk}", submitted_at=task.created_at)
        for task in tasks
    )
    Verdict.objects.bulk_create(
        Verdict(completion=row, kind="accepted", control="label", label=f"L{row.pk}", region_id="a", model=f"m{row.pk}")
        for row in rows
    )
    client = client_of(manager)
    # Session, user, project, members, kept counts, the count at once with four around it, tasks, people, verdicts.
    with django_assert_num_queries(13):
        assert len(client.get(address).context["people"]) == 40


def test_while_a_worker_counts_the_labels_ask_again_by_themselves(project, manager, address):
    add_tasks(project, ["a"])
    LabelCounts.objects.create(project=project)
    client = client_of(manager)
    assert 'hx-trigger="every 3s"' in client.get(address).content.decode()
    LabelCounts.objects.update(counts=[["label", "DRUG", 7, 5]], counted_at="2100-01-01T00:00Z", asked_at=None)
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert ("every 3s" in part, '<td class="number">7</td>' in part, "<html" in part) == (False, True, False)
