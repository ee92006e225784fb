import pytest
from django.urls import reverse

from projects import activity_log
from projects.models import Activity
from tests.conftest import client_of
from tests.preannotation.conftest import add_tasks
from tests.projects.rows import texts

Verb = Activity.Verb


@pytest.fixture
def address(project) -> str:
    return reverse("projects:activity", args=[project.pk])


def words_on(answer) -> list[str]:
    return [line.words for line, _ in answer.context["lines"]]


def test_strangers_find_no_log(project, outsider, address):
    assert client_of(outsider).get(address).status_code == 404


def test_managers_see_all_lines_newest_first_and_others_their_own(project, manager, annotator, address):
    Activity.objects.record(project, annotator, Verb.SUBMITTED, "submitted a completion")
    Activity.objects.record(project, None, Verb.RAN, "finished run 1")
    assert words_on(client_of(manager).get(address)) == [
        "finished run 1",
        "submitted a completion",
        "created the project Discharge notes",
    ]
    assert words_on(client_of(annotator).get(address, {"person": "olga"})) == ["submitted a completion"]


def test_lines_are_filtered_by_kind_and_by_person_and_by_the_product_itself(project, manager, annotator, address):
    Activity.objects.record(project, annotator, Verb.SUBMITTED, "submitted one")
    Activity.objects.record(project, manager, Verb.SUBMITTED, "submitted two")
    Activity.objects.record(project, None, Verb.RAN, "finished run 1")
    client = client_of(manager)
    assert words_on(client.get(address, {"kind": "submitted", "person": "anna"})) == ["submitted one"]
    assert words_on(client.get(address, {"person": "!"})) == ["finished run 1"]
    assert len(words_on(client.get(address, {"kind": "no such kind", "before": "-1"}))) == 4
    assert client.get(address).context["log"].names == ["", "anna", "mona", "olga"]
    assert "No line matches" in client.get(address, {"person": "nobody"}).content.decode()


def test_pages_follow_each_other_without_gap_or_repetition(project, manager, address, monkeypatch):
    monkeypatch.setattr(activity_log, "PAGE_SIZE", 2)
    for number in range(4):
        Activity.objects.record(project, manager, Verb.CHANGED, f"change {number}")
    client, seen, query = client_of(manager), [], "?kind=changed"
    while query:
        answer = client.get(address + query)
        seen.append(words_on(answer))
        query = answer.context["log"].older and f"?{answer.context['log'].older}"
    assert seen == [["change 3", "change 2"], ["change 1", "change 0"]]
    assert texts(answer, "//a[text()='Newest']") == ["Newest"]


def test_behind_the_oldest_line_are_the_newest(project, manager, address):
    Activity.objects.record(project, manager, Verb.CHANGED, "a change")
    answer = client_of(manager).get(address, {"before": Activity.objects.earliest("pk").pk})
    assert words_on(answer) == ["a change", "created the project Discharge notes"]
    assert texts(answer, "//a[text()='Newest']") == []


def test_a_line_leads_to_its_task_as_long_as_it_is_there_and_may_be_seen(project, manager, annotator, address):
    task = add_tasks(project, ["a"])[0]
    Activity.objects.record(project, annotator, Verb.SUBMITTED, "submitted", task)
    Activity.objects.record(project, annotator, Verb.SUBMITTED, "submitted", task.pk + 1)
    there = f'<a href="{task.get_absolute_url()}">Task {task.pk}</a>'
    page = client_of(manager).get(address).content.decode()
    assert (there in page, f"Task {task.pk + 1}, deleted" in page) == (True, True)
    page = client_of(annotator).get(address).content.decode()
    assert (there in page, f"Task {task.pk}" in page, ", deleted" in page) == (False, True, False)


def test_a_page_costs_the_same_however_long_the_log_is(project, manager, address, django_assert_num_queries):
    for task in add_tasks(project, ["a"] * 60):
        Activity.objects.record(project, manager, Verb.CHANGED, "changed", task)
    client = client_of(manager)
    client.get(address)
    with django_assert_num_queries(7):
        assert len(words_on(client.get(address))) == 50


def test_somebody_without_lines_is_told_what_will_stand_there(project, annotator, address):
    assert "What you submit or review will stand here." in client_of(annotator).get(address).content.decode()


def test_words_are_shown_as_text(project, manager, address):
    Activity.objects.record(project, manager, Verb.IMPORTED, "imported <script>.json")
    assert "imported &lt;script&gt;.json" in client_of(manager).get(address).content.decode()


def test_admins_read_the_log_and_change_nothing(project, manager, admin_client):
    line = Activity.objects.record(project, manager, Verb.CHANGED, "changed")
    assert "changed" in admin_client.get(reverse("admin:projects_activity_changelist")).content.decode()
    address = reverse("admin:projects_activity_change", args=[line.pk])
    assert admin_client.post(address, {"words": "else"}).status_code == 403
