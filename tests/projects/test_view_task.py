import json
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html

from projects.models import Assignment, Completion, Project, Task
from tests.conftest import client_of
from tests.projects.rows import make_tasks, page, predict, span, texts

NOTE = "Given aspirin 100 mg daily."
HARD_TEXTS = [
    "  leading blanks and a tab\tinside",
    "\nfirst line empty\n\nlast line empty\n",
    "CRLF\r\nlone CR\rand LF\n",
    "😀 👨🏻‍🚒 𝒳 e\u0301 \ufeff \u00a0 \u2028 \u200d שלום",
    "<b>&amp;</b> \"quoted\" 'single' <script>alert(1)</script> {{ nothing }}",
    "\x0b \x0c \x1f \x7f \x85 control characters",
]


def url(task: Task) -> str:
    return reverse("projects:task", args=[task.project_id, task.pk])


def shown_text(response) -> str:
    """The text as a browser's DOM holds it; lxml alone would not turn line ends as browsers do."""
    source = response.content.decode().replace("\r\n", "\n").replace("\r", "\n")
    return html.document_fromstring(source).xpath("//*[@id='text']")[0].text_content()


@pytest.fixture
def task(project: Project) -> Task:
    return make_tasks(project, NOTE)[0]


def given(response) -> dict:
    """What the page hands to its script."""
    return json.loads(page(response).xpath("//script[@id='editor-data']")[0].text)


def test_it_shows_the_text_and_offers_the_regions_of_the_prediction(task, manager):
    regions = [span(NOTE, 6, 13), span(NOTE, 14, 20, "DOSAGE", confidence=0.51)]
    predict(task, regions)
    response = client_of(manager).get(url(task))
    assert response.status_code == 200
    assert shown_text(response) == NOTE
    assert given(response)["prediction"]["result"] == regions


@pytest.mark.parametrize("text", HARD_TEXTS)
def test_the_page_holds_the_very_code_points(project, manager, text):
    task = make_tasks(project, text)[0]
    predict(task, [span(text, place, place + 1, region_id=str(place)) for place in range(0, len(text), 3)])
    response = client_of(manager).get(url(task))
    assert shown_text(response) == text
    values = [region["value"] for region in given(response)["prediction"]["result"]]
    assert [text[value["start"] : value["end"]] for value in values] == [value["text"] for value in values]


@pytest.mark.parametrize("person", ["owner", "manager"])
def test_owner_and_manager_see_every_task(request, task, person):
    assert client_of(request.getfixturevalue(person)).get(url(task)).status_code == 200


@pytest.mark.parametrize("person", ["annotator", "reviewer"])
def test_others_see_what_they_are_assigned_to(request, task, person):
    user = request.getfixturevalue(person)
    assert client_of(user).get(url(task)).status_code == 403
    Assignment.objects.create(task=task, user=user, role=person)
    assert client_of(user).get(url(task)).status_code == 200


def test_a_stranger_gets_404_staff_or_not(task, outsider):
    assert client_of(outsider).get(url(task)).status_code == 404
    outsider.is_staff = outsider.is_superuser = True
    outsider.save()
    assert client_of(outsider).get(url(task)).status_code == 404


def test_whoever_is_not_logged_in_is_asked_to(task):
    assert Client().get(url(task)).url == f"{reverse('login')}?next={url(task)}"


def test_a_task_of_another_project_is_not_found(task, project, outsider):
    other = Project.create(owner=outsider, name="Other")
    assert client_of(outsider).get(reverse("projects:task", args=[other.pk, task.pk])).status_code == 404


def test_the_newest_shown_prediction_comes_first_and_others_can_be_chosen(task, manager):
    old = predict(task, [span(NOTE, 0, 5)], "ner_posology 1", created_at=timezone.now() - timedelta(days=1))
    predict(task, [span(NOTE, 6, 13)], "ner_posology 2")
    predict(task, [span(NOTE, 14, 20)], "ner_posology 3", hidden=True)
    client = client_of(manager)
    addresses = [url(task), f"{url(task)}?prediction={old.pk}"]
    offered = [given(client.get(address))["prediction"]["result"] for address in addresses]
    assert [result[0]["value"]["text"] for result in offered] == ["aspirin", "Given"]
    assert texts(client.get(url(task)), "//select[@id='prediction']/option") == [
        "ner_posology 2, newest",
        "ner_posology 1",
    ]


@pytest.mark.parametrize("asked", ["x", "0", "99999999999999999999", "-1"])
def test_a_prediction_that_is_not_there_is_not_found(task, manager, asked):
    predict(task, [])
    assert client_of(manager).get(f"{url(task)}?prediction={asked}").status_code == 404


def test_another_tasks_prediction_is_not_found(task, project, manager):
    second = make_tasks(project, "another text")[0]
    assert client_of(manager).get(f"{url(task)}?prediction={predict(second, []).pk}").status_code == 404


def test_previous_and_next_stay_within_what_one_may_see(project, annotator, manager):
    first, second, third, fourth = make_tasks(project, "one", "two", "three", "four")
    for seen in (first, third, fourth):
        Assignment.objects.create(task=seen, user=annotator, role="annotator")
    tree = page(client_of(annotator).get(url(third)))
    assert tree.xpath("//nav//a[@rel='prev']/@href") == [url(first)]
    assert tree.xpath("//nav//a[@rel='next']/@href") == [url(fourth)]
    assert page(client_of(manager).get(url(third))).xpath("//nav//a[@rel='prev']/@href") == [url(second)]


def test_annotators_see_their_own_completions_only(task, annotator, manager):
    Assignment.objects.create(task=task, user=annotator, role="annotator")
    for user in (annotator, manager):
        Completion.objects.create(task=task, user=user, username=user.username, result=[span(NOTE, 0, 5)])
    names = "//h3[starts-with(., 'Completions')]/following-sibling::ul/li"
    assert [item.split()[0] for item in texts(client_of(annotator).get(url(task)), names)] == ["anna"]
    assert sorted(item.split()[0] for item in texts(client_of(manager).get(url(task)), names)) == ["anna", "mona"]


def test_a_failed_task_gives_its_reason(task, manager):
    Task.objects.filter(pk=task.pk).update(preannotation_state="failed", failure="The text is too long.")
    response = client_of(manager).get(url(task))
    assert texts(response, "//p[@class='notice error']") == [
        "Pre-annotation of this task failed. The text is too long."
    ]


def test_an_empty_text_is_no_obstacle(project, manager):
    assert shown_text(client_of(manager).get(url(make_tasks(project, "")[0]))) == ""


def test_the_number_of_queries_does_not_grow(task, manager, django_assert_num_queries):
    predict(task, [span(NOTE, 6, 13)])
    for version in range(5):
        predict(task, [span(NOTE, 6, 13)], f"older {version}", created_at=timezone.now() - timedelta(days=1))
        Completion.objects.create(task=task, user=manager, username="mona", result=[])
    client = client_of(manager)
    # Session, user; project, members; task, assignments, predictions, the chosen result, completions, the open one's
    # result; bounds, two neighbours.
    with django_assert_num_queries(13):
        client.get(url(task))


def test_a_long_text_with_thousands_of_regions_is_shown_in_time(project, manager):
    text = "lorem ipsum dolor sit amet consectetur " * 5_200
    task = make_tasks(project, text)[0]
    predict(task, [span(text, place * 40, place * 40 + 55, region_id=str(place)) for place in range(5_000)])
    client = client_of(manager)
    started = time.process_time()
    response = client.get(url(task))
    assert time.process_time() - started < 10
    assert shown_text(response) == text
