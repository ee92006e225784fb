"""What the task list says of people's work, finds by it, and how a task is assigned from its page."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from projects import status, task_search
from projects.models import Activity, Assignment, Completion, Task, Verdict
from projects.search_index import refresh_marks
from tests.conftest import client_of
from tests.projects.rows import make_tasks, page, predict, span, texts


@pytest.fixture
def worked(project, annotator, manager) -> list[Task]:
    """One task waits for review, one was rejected, one is a draft, one is untouched."""
    tasks = make_tasks(project, "waits", "rejected", "draft", "untouched")
    now = timezone.now()
    for task, user, fields in (
        (tasks[0], annotator, {"submitted_at": now}),
        (tasks[0], manager, {}),
        (tasks[1], annotator, {"submitted_at": now, "review": "rejected"}),
        (tasks[2], manager, {}),
    ):
        made = Completion.objects.create(task=task, user=user, username=user.username, **fields)
        if task == tasks[1]:
            Verdict.objects.create(completion=made, kind="boundary", control="label", label="DRUG", region_id="r")
    refresh_marks([task.pk for task in tasks])
    return tasks


def listed(user, project, query: str) -> list[str]:
    return texts(client_of(user).get(reverse("projects:tasks", args=[project.pk]) + query), "//tbody//th//span")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?by=anna", ["waits", "rejected"]),
        ("?by=mona", []),
        ("?review=waiting", ["waits"]),
        ("?review=rejected", ["rejected"]),
        ("?review=accepted", []),
        ("?verdict=boundary", ["rejected"]),
        ("?verdict=rejected", []),
        ("?verdict=boundary&by=anna&review=rejected", ["rejected"]),
        ("?q=by:anna+review:waiting", ["waits"]),
        ("?q=verdict:Boundary", ["rejected"]),
        ("?q=by:ANNA", []),
        ("?conflicts=with", ["untouched"]),
        ("?sort=doubt", ["untouched", "waits", "rejected", "draft"]),
    ],
)
def test_tasks_are_found_by_what_people_and_models_did(project, manager, worked, query, found):
    Task.objects.filter(text="untouched").update(region_count=2, conflict_count=1, lowest_confidence=0.4)
    assert listed(manager, project, query) == found


def test_a_verdict_or_review_that_there_is_not_is_told_with_those_that_there_are(project, manager, worked):
    for query, told in (
        ("review:maybe", "review:waiting, review:accepted, review:rejected or review:corrected"),
        ("verdict:wrong", "verdict:accepted, verdict:boundary, verdict:relabelled, verdict:rejected or verdict:added"),
    ):
        answer = client_of(manager).get(reverse("projects:tasks", args=[project.pk]) + f"?q={query}")
        assert texts(answer, "//*[@id='q-problems']/p") == [f'"{query}" can\'t be. Use {told}.']


def test_what_waits_for_a_person_is_found_whatever_its_reason(project, manager, annotator, reviewer, worked):
    waits, rejected, draft, untouched = worked
    for task in worked:
        Assignment.objects.create(task=task, user=annotator, role="annotator")
        Assignment.objects.create(task=task, user=reviewer, role="reviewer")
    status.refresh([task.pk for task in worked])
    address = reverse("projects:tasks", args=[project.pk])
    assert listed(annotator, project, "?todo=anna") == ["rejected", "draft", "untouched"]
    assert listed(reviewer, project, "?todo=rui") == ["waits"]
    assert listed(manager, project, "?todo=mona") == ["waits", "draft"]
    assert listed(manager, project, "?todo=nobody+here") == []
    offered = "//select[@name='todo']/option"
    assert texts(client_of(annotator).get(address), offered) == ["Anybody or nobody", "Me"]
    assert texts(client_of(manager).get(address), offered) == ["Anybody or nobody", "Me", "anna", "olga", "rui"]
    shown = client_of(annotator).get(address + "?todo=anna")
    assert texts(shown, "//p[contains(@class, 'filter-chips')]/a[@class='chip']") == ["to do for anna ×"]


def test_a_review_counts_until_its_author_submits_again(project, manager, annotator, worked):
    task = worked[1]
    Completion.objects.create(task=task, user=annotator, username="anna", submitted_at=timezone.now())
    refresh_marks([task.pk])
    assert listed(manager, project, "?review=rejected") == []
    assert listed(manager, project, "?review=waiting") == ["waits", "rejected"]


@pytest.mark.parametrize(
    "query",
    ["?by=mona", "?by=anna", "?review=rejected", "?verdict=added", "?label=SECRET", "?q=label:SECRET",
     "?q=label:SECRET=rejected", "?q=choice:mine", "?q=by:mona", "?todo=mona", "?todo=anna"],
)  # fmt: skip
def test_annotators_find_by_their_own_work_and_by_predictions_only(project, manager, annotator, worked, query):
    """Whatever is asked, the answer is the one that they would get if nobody else had done anything."""
    Assignment.objects.bulk_create([Assignment(task=task, user=annotator, role="annotator") for task in worked])
    predict(worked[3], [span("untouched", 0, 9, "SEEN")])
    refresh_marks([task.pk for task in worked])
    before = listed(annotator, project, query), listed(annotator, project, "?label=SEEN")
    secret = [span("rejected", 0, 8, "SECRET"), {"type": "choices", "value": {"choices": ["mine"]}}]
    for task in worked:
        made = Completion.objects.create(
            task=task, user=manager, username="mona", submitted_at=timezone.now(), review="rejected", result=secret,
            copied_from="", note="", set_aside=[],
        )  # fmt: skip
        Verdict.objects.create(completion=made, kind="added", control="label", label="SECRET", region_id="r")
    refresh_marks([task.pk for task in worked])
    assert (listed(annotator, project, query), listed(annotator, project, "?label=SEEN")) == before
    assert before[1] == ["untouched"]
    assert listed(manager, project, "?q=label:SECRET") == ["waits", "rejected", "draft", "untouched"]


@pytest.fixture
def both(project, reviewer, annotator, manager, worked) -> User:
    """Reviews the first two of the tasks, annotates the others; the manager has submitted one of either."""
    project.members.create(user=reviewer, role="annotator")
    for number, task in enumerate(worked):
        Assignment.objects.create(task=task, user=reviewer, role="reviewer" if number < 2 else "annotator")
        Assignment.objects.create(task=task, user=annotator, role="annotator")
    for task, user, label in ((1, manager, "OTHERS"), (2, manager, "OTHERS"), (3, reviewer, "OWN")):
        result = [span(worked[task].text, 0, 5, label)]
        given = {"task": worked[task], "user": user, "username": user.username, "result": result}
        made = Completion.objects.create(**given, submitted_at=timezone.now())
        if user == manager:
            Verdict.objects.create(completion=made, kind="added", control="label", label=label, region_id="r")
    predict(worked[2], [span("draft", 0, 5, "MODELS")])
    refresh_marks([task.pk for task in worked])
    return reviewer


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?review=waiting", ["waits", "rejected", "untouched"]),
        ("?review=rejected", ["rejected"]),
        ("?q=by:anna", ["waits", "rejected"]),
        ("?q=by:anna+review:rejected", ["rejected"]),
        ("?by=mona", ["rejected"]),
        ("?by=mona&sort=-title", ["rejected"]),
        ("?by=rui", ["untouched"]),
        ("?verdict=added", ["rejected"]),
        ("?label=OTHERS", ["rejected"]),
        ("?label=MODELS", ["draft"]),
        ("?label=OWN", ["untouched"]),
    ],
)
@pytest.mark.parametrize("rare", [6_000, -1])
def test_who_annotates_and_reviews_finds_by_others_work_what_they_review_only(
    project, both, monkeypatch, query, found, rare
):
    monkeypatch.setattr(task_search, "RARE", rare)
    assert listed(both, project, query) == found


def test_who_annotates_and_reviews_is_told_who_has_submitted_where_they_review_only(project, both, manager):
    address = reverse("projects:tasks", args=[project.pk])
    work = "//tr[.//span[contains(@class, 'work')]]//a"
    assert texts(client_of(manager).get(address), work) == ["note 2", "note 3", "note 4"]
    assert texts(client_of(both).get(address), work) == ["note 2"]


def test_the_filters_say_what_they_narrow(project, manager, worked):
    address = reverse("projects:tasks", args=[project.pk]) + "?by=anna&review=waiting&verdict=added&conflicts=with"
    assert texts(client_of(manager).get(address), "//p[contains(@class, 'filter-chips')]/a[@class='chip']") == [
        "with conflicts between models ×",
        "submitted by anna ×",
        "verdict: added by hand ×",
        "waiting for review ×",
    ]


def test_the_rows_say_how_many_people_have_submitted_but_not_to_annotators(project, manager, annotator, worked):
    address = reverse("projects:tasks", args=[project.pk])
    work = "//span[contains(@class, 'work')]"
    assert texts(client_of(manager).get(address), work) == ["1 of 2 submitted"]
    # Who is assigned counts, and who has submitted; a second completion makes nobody two people.
    Assignment.objects.bulk_create([Assignment(task=task, user=annotator, role="annotator") for task in worked])
    Assignment.objects.create(task=worked[1], user=manager, role="annotator")
    Completion.objects.create(task=worked[1], user=annotator, username="anna")
    rows = texts(client_of(manager).get(address), f"//tr[.{work}]//a")
    assert texts(client_of(manager).get(address), work) == ["1 of 2 submitted"]
    assert rows == ["note 2"]
    assert texts(client_of(annotator).get(address), work) == []


def test_a_longer_page_asks_no_more_questions(project, manager, annotator, worked, django_assert_num_queries):
    client, address = client_of(manager), reverse("projects:tasks", args=[project.pk])
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for task in make_tasks(project, *(f"more {number}" for number in range(20))):
        Completion.objects.create(task=task, user=annotator, username="anna")
        Assignment.objects.create(task=task, user=annotator, role="annotator")
    with django_assert_num_queries(len(few)):
        client.get(address)


def test_a_prediction_in_which_models_disagree_is_counted_on_its_task(project):
    task = make_tasks(project, "aspirin")[0]
    regions = [span("aspirin", 0, 7), span("aspirin", 0, 7, "DOSAGE", model="ner_other")]
    predict(task, regions)
    Task.objects.record_preannotation(task.predictions.model.objects.outcomes_of([task.pk]))
    task.refresh_from_db()
    assert (task.conflict_count, task.doubt) == (1, pytest.approx(0.9 - 1e-8, abs=1e-12))


class TestAssigningFromTheTask:
    def send(self, user, task, **fields):
        return client_of(user).post(reverse("projects:task_assign", args=[task.project_id, task.pk]), fields)

    def test_exactly_the_chosen_are_assigned(self, project, manager, annotator, owner, reviewer, worked):
        task = worked[3]
        self.send(manager, task, annotators=[annotator.pk, owner.pk], reviewer=reviewer.pk)
        assert people(task) == [("anna", "annotator"), ("olga", "annotator"), ("rui", "reviewer")]
        self.send(manager, task, annotators=[owner.pk], reviewer="")
        assert people(task) == [("olga", "annotator")]
        assert Activity.objects.filter(task_id=task.pk, verb="changed").count() == 2

    def test_the_form_shows_who_is_there(self, project, manager, annotator, worked):
        Assignment.objects.create(task=worked[0], user=annotator, role="annotator")
        shown = page(client_of(manager).get(worked[0].get_absolute_url()))
        assert shown.xpath("//input[@name='annotators'][@checked]/@value") == [str(annotator.pk)]
        assert shown.xpath("//select[@name='reviewer']/option[@selected]/@value") == [""]

    def test_nobody_without_the_role_is_assigned(self, project, manager, outsider, reviewer, worked):
        for who in (outsider, reviewer):
            self.send(manager, worked[3], annotators=[who.pk])
        assert people(worked[3]) == []

    @pytest.mark.parametrize(("person", "status"), [("annotator", 403), ("reviewer", 403), ("outsider", 404)])
    def test_only_managers_may(self, request, project, worked, person, status):
        assert self.send(request.getfixturevalue(person), worked[3]).status_code == status


def people(task: Task) -> list[tuple[str, str]]:
    return sorted(task.assignments.values_list("user__username", "role"))


@pytest.mark.parametrize("sort", ["regions", "-regions", "lowest", "-lowest", "tags", "-tags", "doubt", "title", "-id"])
def test_an_order_is_the_same_whether_its_tasks_are_looked_for_or_walked_to(project, manager, monkeypatch, sort):
    tasks = make_tasks(project, *"abcdefgh")
    for number, task in enumerate(tasks):
        predict(task, [span("a", 0, 1, "SEEN")] if number % 4 else [span("a", 0, 1, "OTHER")])
        figures = {"region_count": number % 3, "lowest_confidence": 0.1 * (number % 3)} if number % 2 else {}
        Task.objects.filter(pk=task.pk).update(tags=[f"t{number % 2}"] if number % 3 else [], **figures)
    refresh_marks([task.pk for task in tasks])
    by_ids = (
        listed(manager, project, f"?label=SEEN&sort={sort}"),
        listed(manager, project, f"?label=SEEN&sort={sort}&last"),
    )
    monkeypatch.setattr(task_search, "RARE", -1)
    query = f"?label=SEEN&sort={sort}"
    assert (listed(manager, project, query), listed(manager, project, f"{query}&last")) == by_ids
    assert sorted(by_ids[0]) == ["b", "c", "d", "f", "g", "h"]
