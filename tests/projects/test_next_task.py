import threading

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from projects import status, task_search, waiting
from projects.access import member_or_404
from projects.models import Assignment, Completion, Task, task_queries
from projects.next_task import next_task
from projects.search_index import refresh_marks
from tests.conftest import client_of
from tests.projects.rows import make_tasks, page, predict, span, texts


def assign(user, *tasks: Task, role: str = "annotator") -> None:
    Assignment.objects.bulk_create([Assignment(task=task, user=user, role=role) for task in tasks])


def done(task: Task, user, **fields) -> Completion:
    given = {"submitted_at": timezone.now(), "copied_from": "", "note": "", "set_aside": []} | fields
    return Completion.objects.create(task=task, user=user, username=user.username, **given)


def coming(project, user, after=None, **address) -> tuple[str, str] | None:
    found = next_task(member_or_404(user, project.pk), address, after)
    return (found.task.text, found.words) if found else None


def test_annotators_get_what_is_assigned_to_them_as_it_was_imported(project, annotator):
    tasks = make_tasks(project, "a", "b", "c", "d")
    assign(annotator, tasks[1], tasks[3])
    assert coming(project, annotator) == ("b", "Assigned to you")
    assert coming(project, annotator, after=tasks[1]) == ("d", "Assigned to you")
    assert coming(project, annotator, after=tasks[3]) == ("b", "Assigned to you")


def test_what_came_back_comes_first_then_what_is_begun(project, annotator, reviewer):
    tasks = make_tasks(project, "new", "begun", "sent back", "done")
    assign(annotator, *tasks)
    done(tasks[1], annotator, submitted_at=None)
    done(tasks[2], annotator, review="rejected")
    done(tasks[3], annotator)
    Task.objects.filter(pk=tasks[2].pk).update(status="to_correct")
    assert coming(project, annotator) == ("sent back", "To correct: the review sent it back")
    done(tasks[2], annotator)
    Task.objects.filter(pk=tasks[2].pk).update(status="submitted")
    assert coming(project, annotator) == ("begun", "You have begun it")
    done(tasks[1], annotator)
    assert coming(project, annotator) == ("new", "Assigned to you")
    done(tasks[0], annotator)
    assert coming(project, annotator) is None


def test_what_somebody_else_has_to_correct_or_was_corrected_already_does_not_come_back(
    project, annotator, manager, reviewer
):
    task, resubmitted = make_tasks(project, "another's", "resubmitted")
    for each in (task, resubmitted):
        assign(annotator, each)
        assign(manager, each)
        done(each, annotator, review="rejected")
        done(each, annotator)
        done(each, manager, review="rejected")
    status.refresh([task.pk, resubmitted.pk])
    assert set(Task.objects.values_list("status", flat=True)) == {"to_correct"}
    assert coming(project, annotator) is None
    assert coming(project, manager) == ("another's", "To correct: the review sent it back")


def test_what_is_passed_over_comes_round_again_behind_all_else(project, annotator):
    tasks = make_tasks(project, "begun 1", "new 1", "begun 2", "new 2")
    assign(annotator, *tasks)
    for task in (tasks[0], tasks[2]):
        done(task, annotator, submitted_at=None)
    passed = [coming(project, annotator)]
    for _ in range(4):
        passed.append(coming(project, annotator, after=Task.objects.get(text=passed[-1][0])))
    assert [text for text, _ in passed] == ["begun 1", "begun 2", "new 1", "new 2", "begun 1"]
    Task.objects.exclude(pk=tasks[0].pk).delete()
    assert coming(project, annotator, after=tasks[0]) is None


def test_the_most_doubtful_comes_first_and_says_why(project, annotator):
    tasks = make_tasks(project, "sure", "doubtful", "disputed", "empty")
    assign(annotator, *tasks)
    for task, lowest, conflicts in zip(tasks, (0.9, 0.31, 0.31, None), (0, 0, 2, None), strict=True):
        Task.objects.filter(pk=task.pk).update(region_count=9, lowest_confidence=lowest, conflict_count=conflicts)
    project.next_task_order = "doubtful"
    project.save()
    words = "Assigned to you. Most doubtful first: lowest confidence 0.31"
    order = [coming(project, annotator)]
    for _ in range(3):
        order.append(coming(project, annotator, after=Task.objects.get(text=order[-1][0])))
    assert order[:2] == [("disputed", f"{words}, models disagree in 2 places"), ("doubtful", words)]
    assert [text for text, _ in order] == ["disputed", "doubtful", "sure", "empty"]


def test_filter_and_order_of_the_list_hold(project, annotator):
    tasks = make_tasks(project, "a", "b", "c")
    assign(annotator, *tasks)
    Task.objects.filter(text__in=["b", "c"]).update(tags=["Train"])
    assert coming(project, annotator, tag="Train") == ("b", "Assigned to you")
    assert coming(project, annotator, tag="Train", sort="-id") == ("c", "Assigned to you")
    assert coming(project, annotator, tag="Test") is None


def test_reviewers_get_what_waits_for_them(project, reviewer, annotator, owner):
    tasks = make_tasks(project, "mine", "reviewed", "not mine", "open")
    assign(reviewer, tasks[0], tasks[1], tasks[3], role="reviewer")
    done(tasks[0], annotator)
    done(tasks[1], annotator, review="accepted")
    done(tasks[2], annotator)
    Task.objects.filter(text__in=["mine", "not mine"]).update(status="submitted")
    Task.objects.filter(text="reviewed").update(status="reviewed")
    assert coming(project, reviewer) == ("mine", "Waits for review")
    assert coming(project, owner, after=tasks[0]) == ("not mine", "Waits for review")


def test_a_review_does_not_wait_for_the_slowest_annotator(project, reviewer, annotator, manager):
    partly, sent_back, finished, own = make_tasks(project, "partly", "other sent back", "finished", "own")
    assign(reviewer, partly, sent_back, finished, own, role="reviewer")
    for task in (partly, sent_back):
        assign(annotator, task)
        assign(manager, task)
        done(task, annotator)
    done(sent_back, manager, review="rejected")
    assign(manager, finished)
    done(finished, manager, review="accepted")
    done(finished, annotator)
    done(own, reviewer)
    status.refresh([task.pk for task in (partly, sent_back, finished, own)])
    statuses = ["in_progress", "to_correct", "reviewed", "submitted"]
    assert list(Task.objects.order_by("pk").values_list("status", flat=True)) == statuses
    assert coming(project, reviewer) == ("partly", "Waits for review")
    assert coming(project, reviewer, after=partly) == ("other sent back", "Waits for review")
    assert coming(project, reviewer, after=sent_back) == ("partly", "Waits for review")


def test_managers_take_free_tasks_as_annotators_do_and_only_look_where_nobody_takes(project, manager, annotator):
    make_tasks(project, "free 1", "free 2")
    assert coming(project, manager) == ("free 1", "Nobody is assigned to it")
    assert Assignment.objects.count() == 0
    project.annotators_take_next = True
    project.save()
    assert coming(project, manager) == ("free 1", "Nobody had it; it is yours now")
    assert coming(project, annotator) == ("free 2", "Nobody had it; it is yours now")
    assert coming(project, manager, after=Task.objects.get(text="free 1")) is None


def test_free_tasks_are_taken_only_where_the_project_lets(project, annotator):
    make_tasks(project, "free")
    assert coming(project, annotator) is None
    project.annotators_take_next = True
    project.save()
    assert coming(project, annotator) == ("free", "Nobody had it; it is yours now")
    assert list(Assignment.objects.values_list("user__username", "role")) == [("anna", "annotator")]
    assert coming(project, annotator) == ("free", "Assigned to you")


@pytest.fixture
def looked_up(monkeypatch) -> None:
    """What a search finds counts as too much to be fetched, and is not met among the next tasks of an order."""
    monkeypatch.setattr(task_search, "RARE", -1)
    monkeypatch.setattr(task_queries, "NEAR", 2)
    monkeypatch.setattr(task_queries, "NEAR_EACH", 1)


def found_by_label(project, *texts: str) -> list[Task]:
    tasks = make_tasks(project, *texts)
    for task in tasks:
        predict(task, [span(task.text, 0, 1, "SEEN" if task.text.startswith("text") else "OTHER")])
    Task.objects.filter(text__in="abc").update(tags=["t"], region_count=1, lowest_confidence=0.5)
    refresh_marks([task.pk for task in tasks])
    return tasks


@pytest.mark.parametrize("sort", ["doubt", "lowest", "regions", "-tags", ""])
def test_a_free_task_is_taken_wherever_it_lies_among_those_that_a_search_finds(project, annotator, looked_up, sort):
    project.annotators_take_next = True
    project.save()
    found_by_label(project, "a", "b", "c", "d", "text 1", "text 2")
    assert coming(project, annotator, label="SEEN", sort=sort)[0] in ("text 1", "text 2")
    assert Assignment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_free_task_that_is_being_changed_is_passed_over(project, annotator):
    project.annotators_take_next = True
    project.save()
    tasks = make_tasks(project, *"abcdefghijklmnop")
    held, asked = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                list(Task.objects.filter(text__lt="o").select_for_update())
                held.set()
                asked.wait()
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    try:
        words = "Nobody had it; it is yours now"
        assert coming(project, annotator, after=tasks[15]) == ("o", words)
        assert coming(project, annotator, after=tasks[14]) == ("p", words)
        Assignment.objects.all().delete()
        Task.objects.filter(text__gte="o").delete()
        assert coming(project, annotator) is None
    finally:
        asked.set()
        thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", [{}, {"label": "SEEN", "sort": "lowest"}])
def test_two_people_never_take_the_same_task(project, annotator, reviewer, looked_up, address):
    project.annotators_take_next = True
    project.save()
    project.members.create(user=reviewer, role="annotator")
    found_by_label(project, *"abc", *(f"text {number}" for number in range(12)))
    if not address:
        Task.objects.exclude(text__startswith="text").delete()
    taken: dict[str, list[str]] = {"anna": [], "rui": []}
    start = threading.Barrier(2)

    def take(user) -> None:
        start.wait()
        try:
            for _ in range(6):
                found = next_task(member_or_404(user, project.pk), address)
                taken[user.username].append(found.task.text)
                done(found.task, user)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(user,)) for user in (annotator, reviewer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken["anna"] + taken["rui"]) == sorted(f"text {number}" for number in range(12))
    assert Assignment.objects.count() == 12


def test_the_button_leads_to_the_task_and_says_why(project, annotator):
    task = make_tasks(project, "one")[0]
    assign(annotator, task)
    client = client_of(annotator)
    listed = client.get(reverse("projects:tasks", args=[project.pk]) + "?sort=-title")
    address = page(listed).xpath("//a[normalize-space()='Next task']/@href")[0]
    arrived = client.get(address, follow=True)
    assert arrived.redirect_chain == [(f"{task.get_absolute_url()}?list=sort%3D-title", 302)]
    assert texts(arrived, "//*[@id='notices']/p") == ["Assigned to you."]


def test_where_nothing_waits_the_page_says_what_to_do(project, annotator):
    response = client_of(annotator).get(reverse("projects:next_task", args=[project.pk]) + "?list=tag%3DTrain")
    assert texts(response, "//div[@class='empty']/p")[:2] == [
        "Nothing waits for you among these tasks.",
        "The list shows only: tag Train. Look among all tasks.",
    ]


@pytest.mark.parametrize(("few", "queries"), [(0, 7), (1_000, 6)])
def test_the_number_of_queries_does_not_grow(project, annotator, django_assert_num_queries, monkeypatch, few, queries):
    """few: whether what waits is fetched first or looked for on the way."""
    monkeypatch.setattr(waiting, "FEW", few)
    tasks = make_tasks(project, *(f"text {number}" for number in range(20)))
    assign(annotator, *tasks)
    for task in tasks[:-1]:
        done(task, annotator)
    membership = member_or_404(annotator, project.pk)
    for number in (19, 1):
        # The bounds of the project; for each of three stages what waits; the first of what does, looked for in the
        # order and then among what waits where that is much; the task.
        with django_assert_num_queries(queries):
            assert next_task(membership, {}).task.text == f"text {number}"
        Completion.objects.filter(task=tasks[1]).delete()
