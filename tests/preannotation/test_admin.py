"""Django admin: for staff, quick whatever the number of rows, read-only where a change would lie, without texts."""

from datetime import timedelta

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ, Schedule
from django_q.models import Task as Job

from preannotation import actions
from preannotation.models import Deployment, NlpModel, PreannotationRun, Worker
from projects import admin_pages, status
from projects.models import Assignment, Completion, ImportReport, Member, Prediction, Project, Task
from projects.models.project import Role
from tests.conftest import client_of, person
from tests.preannotation.conftest import add_tasks, ready, registered
from tests.projects.rows import texts

LISTS = (
    "auth_user", "projects_project", "projects_importreport", "preannotation_nlpmodel", "preannotation_deployment",
    "preannotation_preannotationrun", "preannotation_worker",
)  # fmt: skip
# Session, user, two for permissions, rows, one bounded count, and the models of deployments or the queues to filter by.
MOST_QUERIES = 7


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_user("stella", password="x", is_staff=True)


@pytest.fixture
def run(configured: Project, manager: User) -> PreannotationRun:
    deployment = ready(actions.deploy(configured, manager))
    add_tasks(configured, ["secret text of a patient"])
    ImportReport.objects.create(project=configured, file_name="notes.json", created_by=manager)
    Worker.objects.create(queue="spark", host="here", pid=7)
    return actions.preannotate(configured, manager, deployment.project.tasks.all(), "all")


def fill(run: PreannotationRun, count: int) -> None:
    for number in range(count):
        user = person(f"user{number}")
        project = Project.create(owner=user, name=f"Project {number}")
        ImportReport.objects.create(project=project, file_name="notes.json", created_by=user)
        deployment = Deployment.objects.create(project=project, config="", config_version=1, created_by=user)
        deployment.nlp_models.set(NlpModel.objects.all()[:2])
        registered(f"own{number}", project=project, created_by=user)
        PreannotationRun.objects.create(project=project, deployment=deployment, scope="all", created_by=user)
        Worker.objects.create(queue="spark", host="here", pid=1000 + number)


@pytest.mark.parametrize("name", LISTS)
def test_lists_take_the_same_few_queries_for_any_number_of_rows(
    run, staff, name, django_assert_max_num_queries, django_assert_num_queries
):
    client, address = client_of(staff), reverse(f"admin:{name}_changelist")
    with django_assert_max_num_queries(MOST_QUERIES) as few:
        assert client.get(address).status_code == 200
    fill(run, 4)
    with django_assert_num_queries(len(few)):
        page = client.get(address)
    assert len(page.context["cl"].result_list) >= 5
    found = client.get(address, {"q": "zz no such row"})
    assert (found.status_code, list(found.context["cl"].result_list)) == (200, [])


def test_a_list_counts_no_further_than_it_must(run, staff, monkeypatch):
    monkeypatch.setattr(admin_pages, "COUNTED_AT_MOST", 2)
    fill(run, 4)
    page = client_of(staff).get(reverse("admin:preannotation_preannotationrun_changelist")).content.decode()
    assert "more than 2 preannotation runs" in " ".join(page.split())


def test_what_holds_peoples_work_and_texts_is_not_in_admin(run, staff):
    assert [model for model in (Task, Completion, Prediction) if site.is_registered(model)] == []
    pages = [reverse("admin:index"), *(reverse(f"admin:{name}_changelist") for name in LISTS)]
    task = Task.objects.get(project=run.project)
    ImportReport.objects.update(problems=[{"row": 1, "what": task.text, "reason": "no"}])
    for row in (run, run.deployment, run.project, ImportReport.objects.get(), run.created_by):
        pages.append(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]))
    pages.append(reverse("admin:auth_user_delete", args=[Member.objects.get(role=Role.ANNOTATOR).user_id]))
    client = client_of(staff)
    assert [page for page in pages if "secret text" in client.get(page).content.decode()] == []


@pytest.mark.parametrize(
    "name",
    ["projects_importreport", "preannotation_deployment", "preannotation_preannotationrun", "preannotation_worker"],
)
def test_what_happened_can_be_read_but_not_rewritten(run, staff, name):
    client = client_of(staff)
    row = next(model for model in site._registry if f"{model._meta.app_label}_{model._meta.model_name}" == name)
    address = reverse(f"admin:{name}_change", args=[row.objects.first().pk])
    assert (client.get(address).status_code, client.post(address, {}).status_code) == (200, 403)
    assert client.get(reverse(f"admin:{name}_add")).status_code == 403
    assert client.post(reverse(f"admin:{name}_delete", args=[row.objects.first().pk])).status_code == 403


def test_jobs_can_be_read_by_superusers_but_not_rewritten_and_none_is_scheduled(run, staff):
    job = OrmQ.objects.first()
    done, failed = (
        Job.objects.create(
            id=name,
            name=name,
            func="preannotation.jobs.warm",
            started=timezone.now(),
            stopped=timezone.now(),
            success=ok,
        )
        for name, ok in (("done", True), ("failed", False))
    )
    root = User.objects.create_superuser("root", password="x")
    for name, row in (("ormq", job), ("success", done), ("failure", failed)):
        addresses = [
            reverse(f"admin:django_q_{name}_changelist"),
            *(reverse(f"admin:django_q_{name}_{verb}", args=[row.pk]) for verb in ("change", "delete")),
            reverse(f"admin:django_q_{name}_add"),
        ]
        assert [client_of(root).get(address).status_code for address in addresses] == [200, 200, 403, 403]
        assert client_of(root).post(addresses[1], {}).status_code == 403
        assert client_of(staff).get(addresses[0]).status_code == 403
        assert "resubmit" not in client_of(root).get(addresses[0]).content.decode().lower()
    assert not site.is_registered(Schedule)


@pytest.mark.parametrize(("kind", "ok"), [("success", True), ("failure", False)])
def test_of_the_jobs_that_ended_the_latest_comes_first(db, kind, ok):
    now = timezone.now()
    for name, minutes in (("b", 2), ("c", 1), ("a", 3)):
        ended = now - timedelta(minutes=minutes)
        Job.objects.create(id=name, name=name, func="preannotation.jobs.warm", started=ended, stopped=ended, success=ok)
    root = User.objects.create_superuser("root", password="x")
    listed = client_of(root).get(reverse(f"admin:django_q_{kind}_changelist"))
    assert texts(listed, "//table[@id='result_list']/tbody/tr/*[1]") == ["c", "b", "a"]


def test_the_log_is_called_activity(staff):
    assert texts(client_of(staff).get(reverse("admin:index")), "//tr[contains(@class, 'model-activity')]/th") == [
        "Activity"
    ]


def form_of(project: Project, **changes: object) -> dict[str, object]:
    members = list(project.members.exclude(role=Role.OWNER).order_by("user__username"))
    form = {"name": project.name, "description": "", "owner": project.owner.pk}
    form |= {"members-TOTAL_FORMS": len(members), "members-INITIAL_FORMS": len(members)}
    for number, member in enumerate(members):
        form |= {f"members-{number}-{name}": getattr(member, name) for name in ("id", "role")}
        form |= {f"members-{number}-user": member.user_id, f"members-{number}-project": project.pk}
    return form | changes


def test_name_owner_and_members_of_a_project_may_change_and_its_config_may_not(project, staff, outsider, owner):
    client, address = client_of(staff), reverse("admin:projects_project_change", args=[project.pk])
    config = project.labeling_config
    changes = {"name": "Renamed", "labeling_config": "<View/>", "owner": outsider.pk, "members-0-role": "reviewer"}
    assert client.post(address, form_of(project, **changes)).status_code == 302
    project.refresh_from_db()
    assert (project.name, project.owner, project.labeling_config) == ("Renamed", outsider, config)
    assert sorted(project.members.values_list("user__username", "role")) == [
        ("anna", "reviewer"), ("mona", "manager"), ("olga", "manager"), ("otto", "manager"), ("otto", "owner"),
        ("rui", "reviewer"),
    ]  # fmt: skip


def half_done(project: Project, annotator: User, *others: User) -> Task:
    """One task of which the annotator has submitted a completion, and the others have not begun."""
    task = add_tasks(project, ["one"])[0]
    Completion.objects.create(task=task, user=annotator, username=annotator.username, submitted_at=timezone.now())
    for user in (annotator, *others):
        Assignment.objects.create(task=task, user=user, role="annotator")
    assert status.refresh([task.pk]) == {task.pk: "in_progress"}
    return task


def test_members_who_go_or_lose_their_role_lose_their_assignments(project, staff, annotator, manager, reviewer):
    task = half_done(project, annotator, manager)
    Assignment.objects.create(task=task, user=reviewer, role="reviewer")
    changes = {"members-1-DELETE": "on", "members-2-role": "annotator"}
    client_of(staff).post(reverse("admin:projects_project_change", args=[project.pk]), form_of(project, **changes))
    assert list(project.members.order_by("pk").values_list("user__username", flat=True)) == ["olga", "rui", "anna"]
    assert list(task.assignments.values_list("user__username", "role")) == [("anna", "annotator")]
    assert Task.objects.get(pk=task.pk).status == "submitted"
    assert project.activities.latest("pk").words == "took back 2 tasks with these roles, in admin"


def test_a_task_does_not_wait_for_a_user_who_is_deleted(project, staff, annotator, reviewer, outsider):
    """Nor for one who was assigned and is no member any more."""
    task = half_done(project, annotator, reviewer, outsider)
    for user in (reviewer, outsider):
        client_of(staff).post(reverse("admin:auth_user_delete", args=[user.pk]), {"post": "yes"})
        assert not User.objects.filter(pk=user.pk).exists()
    assert list(task.assignments.values_list("user__username", flat=True)) == ["anna"]
    assert Task.objects.get(pk=task.pk).status == "submitted"
    assert project.activities.latest("pk").words == "removed rui from the team and took back 1 task"


def test_a_project_links_to_what_ran_in_it_and_the_lists_show_only_that(run, staff):
    fill(run, 2)
    client = client_of(staff)
    page = client.get(reverse("admin:projects_project_change", args=[run.project_id])).content.decode()
    for name in ("preannotation_deployment", "preannotation_preannotationrun", "projects_importreport"):
        address = f"{reverse(f'admin:{name}_changelist')}?project__id__exact={run.project_id}"
        assert f'href="{address}"' in page
        assert {row.project_id for row in client.get(address).context["cl"].result_list} == {run.project_id}


def test_a_user_who_owns_a_project_is_not_deleted(project, staff, owner, annotator):
    client = client_of(staff)
    address = reverse("admin:auth_user_delete", args=[owner.pk])
    said = " ".join(client.post(address, {"post": "yes"}).content.decode().split())
    assert f"olga owns Discharge notes (project {project.pk}). Choose another owner on its page in admin first." in said
    assert project.owner == owner
    client.post(reverse("admin:auth_user_delete", args=[annotator.pk]), {"post": "yes"})
    assert list(User.objects.order_by("pk").values_list("username", flat=True))[-1:] == ["stella"]
    assert not User.objects.filter(username="anna").exists()


def test_users_are_made_and_deactivated_and_superusers_are_left_alone(staff, annotator):
    client, address = client_of(staff), reverse("admin:auth_user_changelist")
    boss = User.objects.create_superuser("boss", password="x")
    new = {"username": "nora", "password1": "a-long-pass-phrase", "password2": "a-long-pass-phrase"}
    assert client.post(reverse("admin:auth_user_add"), new | {"usable_password": "true"}).status_code == 302
    chosen = [annotator.pk, staff.pk, boss.pk]
    client.post(address, {"action": "deactivate", "_selected_action": chosen})
    inactive = User.objects.filter(is_active=False).values_list("username", flat=True)
    assert (list(inactive), User.objects.filter(username="nora").exists()) == (["anna"], True)
    assert client.post(reverse("admin:auth_user_change", args=[boss.pk]), {"username": "b"}).status_code == 403
    mine = reverse("admin:auth_user_change", args=[staff.pk])
    client.post(mine, {"username": "stella", "is_active": "on", "is_staff": "on", "is_superuser": "on",
                       "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0})  # fmt: skip
    staff.refresh_from_db()
    assert staff.is_superuser is False


def test_a_user_name_stays_because_work_is_kept_under_it_and_the_page_says_so(staff, annotator):
    client, address = client_of(staff), reverse("admin:auth_user_change", args=[annotator.pk])
    assert texts(client.get(address), "//div[contains(@class, 'field-username')]//div[@class='help']") == [
        "It can't be changed: completions are kept under it, and would be taken for somebody else's."
    ]
    changes = {"username": "annabel", "first_name": "Anna", "is_active": "on"}
    client.post(address, changes | {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0})
    annotator.refresh_from_db()
    assert (annotator.username, annotator.first_name) == ("anna", "Anna")


def test_a_user_shows_the_projects_with_roles(project, staff, manager):
    page = client_of(staff).get(reverse("admin:auth_user_change", args=[manager.pk])).content.decode()
    assert f'<a href="{reverse("admin:projects_project_change", args=[project.pk])}">Discharge notes</a>' in page


def test_models_are_published_retired_and_brought_back_with_a_record(run, staff):
    own = registered("own", project=run.project, labels=["DRUG"])
    client, address = client_of(staff), reverse("admin:preannotation_nlpmodel_changelist")
    for action in ("publish", "retire"):
        client.post(address, {"action": action, "_selected_action": [own.pk]})
    own.refresh_from_db()
    assert (own.project, own.retired_at is None) == (None, False)
    client.post(address, {"action": "bring_back", "_selected_action": [own.pk]})
    assert NlpModel.objects.exclude(retired_at=None).count() == 0
    history = client.get(reverse("admin:preannotation_nlpmodel_history", args=[own.pk])).content.decode()
    assert [words in history for words in ("Published to all projects", "Retired.", "Brought back.")] == [True] * 3


def test_models_that_nothing_needs_are_deleted_after_a_question(run, staff):
    own = registered("own", project=run.project, labels=["DRUG"])
    used = NlpModel.objects.get(name="ner_drug")
    client, address = client_of(staff), reverse("admin:preannotation_nlpmodel_changelist")
    asked = {"action": "delete_unused", "_selected_action": [own.pk, used.pk]}
    question = " ".join(client.post(address, asked).content.decode().split())
    assert "1 model version and" in question and f"<li>own 1, Named entities, {own.size}" in question
    assert "ner_drug 1: the Labeling Config" in question
    assert NlpModel.objects.filter(pk=own.pk).exists()
    answer = client.post(address, {**asked, "sure": "yes"}, follow=True)
    assert [str(message).split(":")[0] for message in answer.context["messages"]] == [
        "ner_drug 1 can't be deleted",
        "own 1 is deleted.",
    ]
    assert [NlpModel.objects.filter(pk=model.pk).exists() for model in (own, used)] == [False, True]


def test_a_model_is_shown_but_cannot_be_changed_or_deleted(run, staff):
    model = NlpModel.objects.get(name="ner_drug")
    client, page = client_of(staff), reverse("admin:preannotation_nlpmodel_change", args=[model.pk])
    assert (client.get(page).status_code, client.post(page, {"labels": "OTHER"}).status_code) == (200, 403)
    assert client.post(reverse("admin:preannotation_nlpmodel_delete", args=[model.pk])).status_code == 403


def test_people_who_are_not_staff_are_sent_away(manager):
    answers = {client_of(manager).get(reverse(f"admin:{name}_changelist")).status_code for name in LISTS}
    assert answers == {302}
