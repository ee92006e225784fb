import threading

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from projects import status, team
from projects.models import Activity, Assignment, Completion, Project, Task
from projects.team import TeamRefused
from tests.conftest import client_of
from tests.projects.rows import make_tasks, texts


def url(project: Project) -> str:
    return reverse("projects:team", args=[project.pk])


def change_url(project: Project, user: User) -> str:
    return reverse("projects:team_change", args=[project.pk, user.pk])


def remove_url(project: Project, user: User) -> str:
    return reverse("projects:team_remove", args=[project.pk, user.pk])


def hand_over_url(project: Project) -> str:
    return reverse("projects:team_hand_over", args=[project.pk])


def roles(project: Project, user: User) -> list[str]:
    return sorted(project.members.filter(user=user).values_list("role", flat=True))


def test_it_shows_everybody_the_owner_first(project, manager):
    response = client_of(manager).get(url(project))
    assert response.status_code == 200
    assert [(person.user.username, person.role_names) for person in response.context["people"]] == [
        ("olga", ["Owner"]), ("anna", ["Annotator"]), ("mona", ["Manager"]), ("rui", ["Reviewer"])
    ]  # fmt: skip


def test_a_person_is_added_with_several_roles(project, manager, outsider):
    response = client_of(manager).post(url(project), {"username": "otto", "roles": ["annotator", "reviewer"]})
    assert response.url == url(project)
    assert roles(project, outsider) == ["annotator", "reviewer"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"username": "nobody", "roles": ["annotator"]}, "username"),
        ({"username": "", "roles": ["annotator"]}, "username"),
        ({"username": "ot\0to", "roles": ["annotator"]}, "username"),
        ({"username": "otto"}, "roles"),
        ({"username": "otto", "roles": ["owner"]}, "roles"),
        ({"username": "otto", "roles": ["king"]}, "roles"),
    ],
)
def test_what_cannot_be_added_is_refused_with_a_reason(project, manager, outsider, typed, field):
    response = client_of(manager).post(url(project), typed)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert len(texts(response, "//form//p[contains(@class, 'bad')]")) == 1
    assert roles(project, outsider) == []


def test_somebody_whose_account_is_closed_cannot_be_added(project, manager, outsider):
    User.objects.filter(pk=outsider.pk).update(is_active=False)
    client_of(manager).post(url(project), {"username": "otto", "roles": ["annotator"]})
    assert roles(project, outsider) == []


def test_roles_are_changed(project, manager, annotator):
    client_of(manager).post(change_url(project, annotator), {"roles": ["reviewer", "manager"]})
    assert roles(project, annotator) == ["manager", "reviewer"]


def test_the_last_role_cannot_be_taken(project, manager, annotator):
    response = client_of(manager).post(change_url(project, annotator), {}, follow=True)
    assert roles(project, annotator) == ["annotator"]
    assert texts(response, "//p[@class='notice error']") == [
        "anna would have no role left. Tick at least one, or remove anna from the team."
    ]


def test_nobody_becomes_owner_by_ticking(project, manager, annotator):
    client_of(manager).post(change_url(project, annotator), {"roles": ["owner"]})
    assert roles(project, annotator) == ["annotator"]


def test_the_owner_may_hold_other_roles_and_stays_owner(project, manager, owner):
    client = client_of(manager)
    client.post(change_url(project, owner), {"roles": ["annotator"]})
    assert roles(project, owner) == ["annotator", "owner"]
    client.post(change_url(project, owner), {})
    assert roles(project, owner) == ["owner"]


def test_a_removed_person_loses_the_assignments_and_leaves_the_work(project, manager, annotator):
    task = make_tasks(project, "one")[0]
    Assignment.objects.create(task=task, user=annotator, role="annotator")
    Completion.objects.create(task=task, user=annotator, username="anna", result=[])
    response = client_of(manager).post(remove_url(project, annotator))
    assert response.url == url(project)
    assert roles(project, annotator) == []
    assert (Assignment.objects.count(), Completion.objects.count()) == (0, 1)
    assert client_of(annotator).get(reverse("projects:tasks", args=[project.pk])).status_code == 404


def assigned(project: Project) -> list[tuple[str, str]]:
    there = Assignment.objects.filter(task__project=project)
    return sorted(there.values_list("user__username", "role"))


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        (["annotator", "reviewer"], ["reviewer"], ["reviewer"]),
        (["annotator", "reviewer"], ["annotator"], ["annotator"]),
        (["annotator", "reviewer"], ["manager"], ["annotator"]),
        (["manager"], ["annotator", "reviewer"], ["annotator", "reviewer"]),
        (["manager"], ["reviewer"], ["reviewer"]),
    ],
)
def test_with_a_role_go_the_assignments_that_need_it(project, manager, outsider, before, after, left):
    team.add(project, outsider, before, manager)
    task = make_tasks(project, "one")[0]
    for role in ("annotator", "reviewer"):
        Assignment.objects.create(task=task, user=outsider, role=role)
    response = client_of(manager).post(change_url(project, outsider), {"roles": after}, follow=True)
    assert assigned(project) == [("otto", role) for role in left]
    taken = " 1 task taken back, which they may no longer work on." if len(left) == 1 else ""
    assert texts(response, "//p[@class='notice success']") == [f"Roles of otto changed.{taken}"]
    assert Activity.objects.latest("pk").words.endswith(" and took back 1 task") == bool(taken)


def test_a_task_waits_for_nobody_who_lost_the_role(project, manager, annotator, outsider):
    team.add(project, outsider, ["annotator"], manager)
    task = make_tasks(project, "one")[0]
    for user in (annotator, outsider):
        Assignment.objects.create(task=task, user=user, role="annotator")
    Completion.objects.create(task=task, user=annotator, username="anna", submitted_at=timezone.now())
    assert status.refresh([task.pk]) == {task.pk: "in_progress"}
    client_of(manager).post(change_url(project, outsider), {"roles": ["reviewer"]})
    assert Task.objects.get().status == "submitted"


def test_whoever_owned_a_project_reviews_there_with_the_role_only(project, owner, manager):
    Assignment.objects.create(task=make_tasks(project, "one")[0], user=owner, role="reviewer")
    client_of(owner).post(hand_over_url(project), {"to": manager.pk})
    assert (project.owner, assigned(project)) == (manager, [])


@pytest.mark.django_db(transaction=True)
def test_whoever_is_removed_while_they_become_the_owner_leaves_no_project_without_one(project, owner, annotator):
    def hand_over() -> None:
        try:
            team.hand_over(project, annotator, owner)
        except TeamRefused:
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=hand_over)

    def meanwhile(execute, sql, params, many, context):
        if sql.startswith('DELETE FROM "projects_member"') and not thread.ident:
            thread.start()
            thread.join(0.5)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meanwhile):
        team.remove(project, annotator, owner)
    thread.join()
    assert (project.owner, roles(project, annotator)) == (owner, [])


def test_assignments_in_other_projects_stay(project, manager, annotator, outsider):
    other = Project.create(owner=outsider, name="Other")
    Assignment.objects.create(task=make_tasks(other, "one")[0], user=annotator, role="annotator")
    client_of(manager).post(remove_url(project, annotator))
    assert Assignment.objects.count() == 1


def test_the_owner_cannot_be_removed(project, manager, owner):
    response = client_of(manager).post(remove_url(project, owner), follow=True)
    assert roles(project, owner) == ["owner"]
    assert texts(response, "//p[@class='notice error']") == [
        "olga owns this project and can't be removed. Hand over the ownership first."
    ]


def test_a_manager_who_leaves_is_led_to_a_page_that_exists_for_them(project, manager):
    client = client_of(manager)
    assert client.post(remove_url(project, manager)).url == reverse("projects:list")


def test_a_manager_who_becomes_annotator_is_led_to_the_tasks(project, manager):
    response = client_of(manager).post(change_url(project, manager), {"roles": ["annotator"]})
    assert response.url == reverse("projects:tasks", args=[project.pk])


def test_the_owner_hands_over_and_stays_as_manager(project, owner, annotator):
    client_of(owner).post(hand_over_url(project), {"to": annotator.pk})
    assert project.owner == annotator
    assert roles(project, owner) == ["manager"]
    assert roles(project, annotator) == ["annotator", "owner"]


@pytest.mark.parametrize("to", ["", "x", "0", "99999999999999999999"])
def test_nobody_gets_the_project_by_nonsense(project, owner, to):
    assert client_of(owner).post(hand_over_url(project), {"to": to}).status_code == 404
    assert project.owner == owner


def test_only_members_can_become_owner(project, owner, outsider):
    assert client_of(owner).post(hand_over_url(project), {"to": outsider.pk}).status_code == 404
    assert project.owner == owner


def test_handing_over_to_oneself_changes_nothing_but_may_be_tried(project, owner):
    assert client_of(owner).post(hand_over_url(project), {"to": owner.pk}).status_code == 302
    assert project.owner == owner


@pytest.mark.parametrize(
    ("person", "status"), [("manager", 403), ("reviewer", 403), ("annotator", 403), ("outsider", 404)]
)
def test_only_the_owner_hands_over(request, project, owner, person, status):
    user = request.getfixturevalue(person)
    assert client_of(user).post(hand_over_url(project), {"to": user.pk}).status_code == status
    assert project.owner == owner


@pytest.mark.parametrize(("person", "status"), [("reviewer", 403), ("annotator", 403), ("outsider", 404)])
def test_only_owner_and_manager_may(request, project, manager, person, status):
    user = request.getfixturevalue(person)
    client = client_of(user)
    before = list(project.members.order_by("pk").values_list("user", "role"))
    assert client.get(url(project)).status_code == status
    assert client.post(url(project), {"username": user.username, "roles": ["manager"]}).status_code == status
    assert client.post(change_url(project, manager), {"roles": ["annotator"]}).status_code == status
    assert client.post(remove_url(project, manager)).status_code == status
    assert list(project.members.order_by("pk").values_list("user", "role")) == before


def test_staff_who_are_no_members_get_404(project, outsider):
    outsider.is_staff = outsider.is_superuser = True
    outsider.save()
    assert client_of(outsider).get(url(project)).status_code == 404


def test_whoever_is_not_logged_in_is_asked_to(project):
    assert Client().get(url(project)).url == f"{reverse('login')}?next={url(project)}"


def test_changes_take_no_get(project, owner, annotator):
    client = client_of(owner)
    for address in (change_url(project, annotator), remove_url(project, annotator), hand_over_url(project)):
        assert client.get(address).status_code == 405


def test_a_large_team_costs_no_more_queries(project, manager, django_assert_num_queries):
    for number in range(20):
        project.members.create(user=User.objects.create(username=f"person {number}"), role="annotator")
    client = client_of(manager)
    # Session, user; project, members; assignments and completions counted.
    with django_assert_num_queries(6):
        client.get(url(project))
