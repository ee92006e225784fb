from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from projects import bulk_job
from projects.models import Assignment, BulkChange, Completion, Task
from projects.models.project import Role
from tests.conftest import client_of
from tests.projects.rows import make_tasks, page, predict, texts

HTMX = {"HX-Request": "true"}


def url(project, verb: str) -> str:
    return reverse("projects:bulk", args=[project.pk, verb])


def post(user, project, verb, tasks, headers=HTMX, **fields):
    ids = ",".join(str(task.pk) for task in tasks)
    data = {"confirmed": "1", "task": ids, "count": len(tasks), **fields}
    return client_of(user).post(url(project, verb), data, headers=headers)


def test_ticked_tasks_get_tags_and_lose_them(project, manager):
    one, two, three = make_tasks(project, "a", "b", "c", tags=["x"])
    done = post(manager, project, "tag", [one, two], how="tag", tags="Train,  Two  words, x")
    assert texts(done, "//h2") == ["2 tasks tagged Train, Two words, x"]
    tags = dict(Task.objects.values_list("pk", "tags"))
    assert tags == {one.pk: ["Train", "Two words", "x"], two.pk: ["Train", "Two words", "x"], three.pk: ["x"]}
    post(manager, project, "tag", [one], how="untag", tags="x,absent")
    assert Task.objects.get(pk=one.pk).tags == ["Train", "Two words"]
    assert list(project.known_values.order_by("value").values_list("value", flat=True)) == ["Train", "Two words", "x"]


def test_all_that_match_the_filter_and_no_other(project, manager):
    make_tasks(project, "a", "b", "c")
    Task.objects.filter(title="note 2").update(status="reviewed")
    data = {"everything": "1", "filter": "status=reviewed", "count": 1, "confirmed": "1", "how": "tag", "tags": "T"}
    client_of(manager).post(url(project, "tag"), data, headers=HTMX)
    assert list(Task.objects.filter(tags=["T"]).values_list("title", flat=True)) == ["note 2"]


def test_ticked_tasks_that_the_list_does_not_show_are_told_before(project, manager):
    one, two, gone = make_tasks(project, "a", "b", "c")
    Task.objects.filter(pk=one.pk).update(status="reviewed")
    Task.objects.filter(pk=gone.pk).delete()
    ticked = {"task": f"{one.pk},{two.pk},{gone.pk}"}

    def told(filter: str) -> list[str]:
        asked = client_of(manager).post(url(project, "delete"), ticked | {"filter": filter}, headers=HTMX)
        return texts(asked, "//p[contains(@class, 'notice')]")

    assert told("status=reviewed") == ["1 of them is not in the list as it is filtered now: Reviewed."]
    assert (told(""), told("predictions=without")) == ([], [])


def test_tasks_of_other_projects_are_never_touched(project, manager, owner):
    other = type(project).create(owner=owner, name="Other")
    theirs = make_tasks(other, "theirs")
    refused = post(manager, project, "delete", theirs, completion_count=0, prediction_count=0)
    assert (texts(refused, "//h2"), Task.objects.count()) == (["Delete 0 tasks"], 1)


def test_deleting_says_what_goes_and_takes_it(project, manager, annotator):
    one, two, three = make_tasks(project, "a", "b", "c")
    predict(one, [])
    predict(one, [], "other")
    Completion.objects.create(task=two, user=annotator, username="anna")
    one.assignments.create(user=annotator, role="annotator")
    asked = client_of(manager).post(url(project, "delete"), {"task": f"{one.pk},{two.pk}"}, headers=HTMX)
    assert texts(asked, "//li") == ["2 tasks", "1 completion by people", "2 predictions"]
    assert texts(asked, "//button") == ["Delete 2 tasks"]
    hidden = page(asked).xpath("//input[@type='hidden']")
    done = client_of(manager).post(
        url(project, "delete"), {"confirmed": "1"} | {field.get("name"): field.get("value") for field in hidden}
    )
    assert done.url == reverse("projects:tasks", args=[project.pk])
    assert list(Task.objects.all()) == [three]


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_deleting_leads_back_to_the_list_in_its_order(project, manager, headers):
    one, two = make_tasks(project, "a", "b", tags=["Train"])
    listed = client_of(manager).get(reverse("projects:tasks", args=[project.pk]), {"tag": "Train", "sort": "-title"})
    fields = {field.get("name"): field.get("value") for field in page(listed).xpath("//form[@id='selection']/input")}
    asked = client_of(manager).post(url(project, "delete"), fields | {"task": one.pk}, headers=headers)
    fields = {field.get("name"): field.get("value") for field in page(asked).xpath("//form//input[@type='hidden']")}
    done = client_of(manager).post(url(project, "delete"), fields | {"confirmed": "1"}, headers=headers)
    address = done["HX-Redirect"] if headers else done.url
    assert address == f"{reverse('projects:tasks', args=[project.pk])}?tag=Train&sort=-title"
    assert list(Task.objects.all()) == [two]


def test_numbers_that_have_changed_ask_again(project, manager):
    one, two = make_tasks(project, "a", "b")
    predict(one, [])
    again = post(manager, project, "delete", [one], completion_count=0, prediction_count=0)
    assert texts(again, "//*[@role='alert']") == [
        "The numbers have changed since you opened this. Look again, then click once more."
    ]
    assert page(again).xpath("//input[@name='prediction_count']/@value") == ["1"]
    assert Task.objects.count() == 2


@pytest.mark.parametrize(("how", "expected"), [("everybody", [2, 2, 2, 2]), ("evenly", [1] * 4), ("random", [1] * 4)])
def test_assigning_annotators(project, manager, annotator, how, expected):
    tasks = make_tasks(project, "a", "b", "c", "d")
    post(manager, project, "assign", tasks, how=how, people=[str(annotator.pk), str(manager.pk)])
    assert [task.assignments.filter(role="annotator").count() for task in tasks] == expected
    each = [user.assignments.count() for user in (annotator, manager)]
    assert each == ([4, 4] if how == "everybody" else [2, 2])


def test_a_reviewer_replaces_the_last_one_and_can_be_taken_back(project, manager, reviewer, owner):
    tasks = make_tasks(project, "a", "b")
    tasks[0].assignments.create(user=owner, role="reviewer")
    post(manager, project, "assign", tasks, how="reviewer", people=[str(reviewer.pk)])
    assert [task.assignments.get().user for task in tasks] == [reviewer, reviewer]
    post(manager, project, "assign", tasks[:1], how="unreview")
    assert Assignment.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"how": "everybody"}, "Choose who gets the tasks."),
        (
            {"how": "everybody", "people": ["rui"]},
            "rui may not annotate in this project. Give the role on the Team page.",
        ),
        ({"how": "reviewer", "people": ["rui", "olga"]}, "A task has one reviewer: choose one person."),
    ],
)
def test_an_assignment_that_can_not_be_says_why(project, manager, fields, told):
    ids = {member.user.username: str(member.user_id) for member in project.members.all()}
    fields = fields | {"people": [ids[name] for name in fields.get("people", [])]}
    refused = post(manager, project, "assign", make_tasks(project, "a"), **fields)
    assert texts(refused, "//p[@class='bad']") == [told]
    assert Assignment.objects.count() == 0


@pytest.mark.parametrize(("person", "status"), [("reviewer", 403), ("annotator", 403), ("outsider", 404)])
@pytest.mark.parametrize("verb", ["tag", "assign", "delete"])
def test_only_owner_and_manager_may(request, project, person, status, verb):
    tasks = make_tasks(project, "a")
    user = request.getfixturevalue(person)
    answer = post(user, project, verb, tasks, how="tag", tags="x", completion_count=0, prediction_count=0)
    assert (answer.status_code, Task.objects.filter(tags=[]).count()) == (status, 1)


def test_an_unknown_verb_is_not_found(project, manager):
    assert client_of(manager).get(url(project, "explode")).status_code == 404


def test_large_changes_go_to_a_worker_and_the_list_tells_of_them(project, manager, monkeypatch):
    monkeypatch.setattr(bulk_job, "IN_REQUEST", 2)
    monkeypatch.setattr(bulk_job, "SLICE", 2)
    tasks = make_tasks(project, "a", "b", "c", "d", "e")
    done = post(manager, project, "tag", tasks, how="tag", tags="x")
    change = BulkChange.objects.get()
    assert texts(done, "//h2") == ["5 tasks are being tagged x"]
    assert (change.state, change.total, Task.objects.filter(tags=["x"]).count()) == ("queued", 5, 0)
    bulk_job.run(change.pk)
    bulk_job.run(change.pk)
    change.refresh_from_db()
    assert (change.state, change.done, Task.objects.filter(tags=["x"]).count()) == ("done", 5, 5)
    shown = client_of(manager).get(reverse("projects:bulk_progress", args=[project.pk]), headers=HTMX)
    assert texts(shown, "//*[@class='run-counts']") == ["5 of 5 tasks tagged x"]


@pytest.mark.parametrize(
    ("state", "silent", "revived"), [("running", 3, 1), ("queued", 3, 1), ("running", 1, 0), ("done", 3, 0)]
)
def test_a_change_whose_worker_died_goes_on_where_it_stood(project, manager, state, silent, revived):
    tasks = make_tasks(project, "a", "b", "c")
    ids = [task.pk for task in tasks]
    change = BulkChange.objects.create(
        project=project, verb="tag", what={"tags": ["x"]}, words="tagged x", task_ids=ids, total=3, done=1, state=state,
        beat_at=timezone.now() - timedelta(minutes=silent),
    )  # fmt: skip
    assert (bulk_job.revive(), bulk_job.revive()) == (revived, 0)
    assert [job.task["args"] for job in OrmQ.objects.all()] == [(change.pk,)] * revived
    bulk_job.run(change.pk)
    assert Task.objects.filter(tags=["x"]).count() == 2 * revived


def test_a_change_that_breaks_says_so(project, manager, monkeypatch):
    change = BulkChange.objects.create(project=project, verb="tag", what={}, words="tagged", task_ids=[1], total=1)
    bulk_job.run(change.pk)
    change.refresh_from_db()
    assert (change.state, change.done) == ("failed", 0)
    assert "the tasks so far are changed" in change.failure


def test_the_number_of_statements_does_not_grow_with_the_tasks(project, manager, django_assert_max_num_queries):
    project.members.create(user=manager, role=Role.ANNOTATOR)
    tasks = make_tasks(project, *(f"text {number}" for number in range(300)))
    client = client_of(manager)
    ids = ",".join(str(task.pk) for task in tasks)
    with django_assert_max_num_queries(20):
        client.post(url(project, "tag"), {"confirmed": 1, "task": ids, "count": 300, "how": "tag", "tags": "x"})
