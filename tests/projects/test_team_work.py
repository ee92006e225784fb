"""What the task list says of people's work, finds by it, and how a task is assigned from its page."""

import pytest
from django.urls import reverse
from django.utils import timezone

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
        ("?conflicts=with", ["untouched"]),
        ("?sort=doubt", ["untouched", "waits", "rejected", "draft"]),
    ],
)
def test_tasks_are_found_by_what_people_and_models_did(project, manager, worked, query, found):
    Task.objects.filter(text="untouched").update(conflict_count=1, lowest_confidence=0.4)
    assert listed(manager, project, query) == found


def test_a_review_counts_until_its_author_submits_again(project, manager, annotator, worked):
    task = worked[1]
    Completion.objects.create(task=task, user=annotator, username="anna", submitted_at=timezone.now())
    refresh_marks([task.pk])
    assert listed(manager, project, "?review=rejected") == []
    assert listed(manager, project, "?review=waiting") == ["waits", "rejected"]


def test_the_filters_say_what_they_narrow(project, manager, worked):
    address = reverse("projects:tasks", args=[project.pk]) + "?by=anna&review=waiting&verdict=added&conflicts=with"
    assert texts(client_of(manager).get(address), "//p[contains(@class, 'filter-chips')]/a[@class='chip']") == [
        "with conflicts between models ×",
        "submitted by anna ×",
        "verdict: added by hand ×",
        "waiting for review ×",
    ]


def test_the_rows_say_how_much_is_submitted_but_not_to_annotators(project, manager, annotator, worked):
    address = reverse("projects:tasks", args=[project.pk])
    Assignment.objects.bulk_create([Assignment(task=task, user=annotator, role="annotator") for task in worked])
    work = "//span[contains(@class, 'work')]"
    assert texts(client_of(manager).get(address), work) == ["1 of 2 submitted", "1 of 1 submitted", "0 of 1 submitted"]
    assert texts(client_of(annotator).get(address), work) == []


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
