"""The popup, Deploy and Preannotate: for owner and manager only, exact in what they count."""

import pytest
from django.urls import reverse
from django.utils import timezone

from preannotation import actions
from preannotation.models import Deployment, NlpModel, PreannotationRun
from tests.conftest import client_of
from tests.preannotation.conftest import add_tasks, ready
from tests.projects.rows import page, texts

HTMX = {"HX-Request": "true"}


def address(name: str, project, *more: int) -> str:
    return reverse(f"preannotation:{name}", args=[project.pk, *more])


def words(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize(
    ("person", "status"),
    [("owner", 200), ("manager", 200), ("reviewer", 403), ("annotator", 403), ("outsider", 404)],
)
def test_who_may_open_the_popup_and_use_its_buttons(request, configured, person, status):
    client = client_of(request.getfixturevalue(person))
    actions.deploy(configured, None)
    assert client.get(address("popup", configured), headers=HTMX).status_code == status
    assert client.post(address("deploy", configured), headers=HTMX).status_code == status
    assert client.get(address("last_deployment", configured), headers=HTMX).status_code == status
    assert client.post(address("start", configured), {"count": "0"}, headers=HTMX).status_code == status
    assert client.get(address("runs", configured)).status_code == status
    assert client.get(address("widget", configured), headers=HTMX).status_code == status
    assert client.post(address("add_labels", configured), headers=HTMX).status_code == status


def test_staff_who_are_no_members_see_nothing(configured, outsider):
    outsider.is_staff = outsider.is_superuser = True
    outsider.save()
    assert client_of(outsider).get(address("popup", configured)).status_code == 404


def test_who_is_not_logged_in_is_sent_to_the_login(client, configured):
    assert client.get(address("popup", configured)).status_code == 302


def test_nothing_deployed_yet_is_said_and_preannotating_is_off(configured, manager):
    page = words(client_of(manager).get(address("popup", configured), headers=HTMX))
    assert page.count("Nothing has been deployed in this project yet.") == 1
    assert page.count('class="button primary" disabled>Preannotate 0 tasks</button>') == 1


def test_a_config_without_models_links_to_the_setup_page(project, manager):
    page = words(client_of(manager).get(address("popup", project), headers=HTMX))
    assert page.count("The Labeling Config names no model.") == 1
    assert page.count(f'<a href="{reverse("projects:setup", args=[project.pk])}">') == 1


def test_the_last_deployment_is_shown_with_models_labels_versions_and_person(configured, manager, owner):
    ready(actions.deploy(configured, owner))
    tasks = add_tasks(configured, ["a", "b"])
    page = words(
        client_of(manager).get(address("popup", configured), {"task": [task.pk for task in tasks]}, headers=HTMX)
    )
    assert page.count("by olga") == 1
    assert page.count('ner_drug <span class="muted">version&nbsp;1') == 1
    assert page.count('<span class="chip">DRUG</span>') == 1
    assert page.count('<span class="chip">DOSAGE</span>') == 0
    assert page.count("vectors 1") == 2
    assert page.count("Selected: 2 tasks") == 1
    assert page.count(">Preannotate 2 tasks</button>") == 1


def test_nothing_ticked_means_this_page_and_is_said(configured, manager):
    tasks = add_tasks(configured, ["a", "b", "c"])
    page = words(
        client_of(manager).get(address("popup", configured), {"page": [task.pk for task in tasks]}, headers=HTMX)
    )
    assert page.count("This page: 3 tasks") == 1


def test_a_large_number_is_written_on_the_button_as_beside_it(configured, manager):
    add_tasks(configured, ["a"] * 1200)
    page = words(client_of(manager).get(address("popup", configured), {"everything": "1"}, headers=HTMX))
    assert (page.count('<span class="number">1,200</span>'), page.count(">Preannotate 1,200 tasks</button>")) == (2, 1)


def test_ids_of_other_projects_and_nonsense_are_not_counted(configured, manager, owner):
    other = type(configured).create(owner=owner, name="Other")
    foreign = add_tasks(other, ["x"])[0].pk
    own = add_tasks(configured, ["a"])[0].pk
    asked = {"task": [str(foreign), str(own), "0", "-3", "x", "9" * 30, "１"]}
    page = words(client_of(manager).get(address("popup", configured), asked, headers=HTMX))
    assert page.count("Selected: 1 task<") == 1


def test_a_failed_deployment_shows_its_reason(configured, manager):
    actions.deploy(configured, manager)
    Deployment.objects.update(state="failed", failure="The disk is full.")
    page = words(client_of(manager).get(address("last_deployment", configured), headers=HTMX))
    assert page.count("The disk is full.") == 1


def test_deploy_refuses_in_the_words_of_the_rules(configured, manager):
    NlpModel.objects.filter(name="ner_drug").update(retired_at=timezone.now())
    page = words(client_of(manager).post(address("deploy", configured), headers=HTMX))
    assert page.count("The model &quot;ner_drug&quot; is retired. Choose another one, or ask an admin.") == 1
    assert Deployment.objects.count() == 0


def test_what_the_config_names_since_is_said_to_be_missing(configured, manager):
    ready(actions.deploy(configured, manager))
    from_then_on = configured.labeling_config.replace("</Labels>", '  <Label value="X"/></Labels>')
    configured.set_labeling_config(from_then_on, manager)
    page = words(client_of(manager).get(address("popup", configured), headers=HTMX))
    assert page.count("The Labeling Config was saved again since") == 1


def test_starting_makes_one_run_of_exactly_these_tasks(configured, manager):
    ready(actions.deploy(configured, manager))
    tasks = add_tasks(configured, ["a", "b", "c"])
    ids = [task.pk for task in tasks[:2]]
    answer = client_of(manager).post(address("start", configured), {"task": ids, "count": "2"}, headers=HTMX)
    run = PreannotationRun.objects.get()
    assert (run.total, run.scope, run.created_by) == (2, "selected: 2 tasks", manager)
    assert (answer.headers["HX-Trigger"], words(answer).count(f'id="run-{run.pk}"')) == ('{"run-changed": {}}', 1)


def test_a_count_that_changed_since_is_asked_again_and_nothing_starts(configured, manager):
    ready(actions.deploy(configured, manager))
    ids = [task.pk for task in add_tasks(configured, ["a", "b"])]
    page = words(client_of(manager).post(address("start", configured), {"task": ids, "count": "3"}, headers=HTMX))
    assert page.count("The number of tasks has changed since this window was opened.") == 1
    assert page.count(">Preannotate 2 tasks</button>") == 1
    assert PreannotationRun.objects.count() == 0


def test_a_deployment_by_somebody_else_meanwhile_is_shown_and_nothing_starts(configured, manager, owner):
    shown = ready(actions.deploy(configured, manager))
    (task,) = add_tasks(configured, ["a"])
    newer = ready(actions.deploy(configured, owner))
    asked = {"task": task.pk, "count": "1", "deployment": shown.pk}
    answer = client_of(manager).post(address("start", configured), asked, headers=HTMX)
    assert (answer.headers["HX-Retarget"], words(answer).count("olga has deployed since this window was opened.")) == (
        "#popup-body",
        1,
    )
    assert words(answer).count(f"Deployment {newer.pk} by olga") == 1
    assert PreannotationRun.objects.count() == 0


def test_starting_without_a_ready_deployment_is_refused(configured, manager):
    ids = [task.pk for task in add_tasks(configured, ["a"])]
    page = words(client_of(manager).post(address("start", configured), {"task": ids, "count": "1"}, headers=HTMX))
    assert page.count("Nothing is deployed in this project, or not ready yet. Deploy first.") == 1


def test_a_run_is_polled_while_it_goes_on_and_cancelled_by_its_button(configured, manager):
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    run = actions.preannotate(configured, manager, configured.tasks.all(), "all")
    client = client_of(manager)
    assert words(client.get(address("run", configured, run.pk), headers=HTMX)).count('hx-trigger="every 1s"') == 1
    page = words(client.post(address("cancel", configured, run.pk), headers=HTMX))
    assert (page.count("hx-trigger"), page.count("Cancelled</span>")) == (0, 1)


def test_an_annotator_sees_the_progress_but_no_cancel(configured, manager, annotator, outsider):
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    actions.preannotate(configured, manager, configured.tasks.all(), "all")
    page = words(client_of(annotator).get(address("progress", configured), headers=HTMX))
    assert (page.count("of 1 tasks"), page.count(">Cancel<")) == (1, 0)
    assert client_of(outsider).get(address("progress", configured)).status_code == 404


def test_the_task_list_is_told_to_reload_when_rows_changed(configured, manager):
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    run = actions.preannotate(configured, manager, configured.tasks.all(), "all")
    client = client_of(manager)
    same = client.get(address("progress", configured), {"seen": f"{run.pk}-queued-0"}, headers=HTMX)
    assert "HX-Trigger" not in same.headers
    other = client.get(address("progress", configured), {"seen": f"{run.pk}-queued-7"}, headers=HTMX)
    assert other.headers["HX-Trigger"] == '{"tasks-changed": {}}'
    # A list with rows under way, or without a run so far, can't know whether they still stand.
    listed = words(client.get(f"/projects/{configured.pk}/"))
    assert '<input type="hidden" name="seen" value="none">' in listed
    unknown = client.get(address("progress", configured), {"seen": "none"}, headers=HTMX)
    assert unknown.headers["HX-Trigger"] == '{"tasks-changed": {}}'
    assert f'name="seen" value="{run.pk}-queued-0"' in words(unknown)


def test_a_run_of_another_project_is_not_found(configured, manager, owner):
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    run = actions.preannotate(configured, manager, configured.tasks.all(), "all")
    other = type(configured).create(owner=owner, name="Other")
    client = client_of(owner)
    assert client.get(address("run", other, run.pk)).status_code == 404
    assert client.post(address("cancel", other, run.pk)).status_code == 404


def test_the_popup_asks_the_database_little(configured, manager, django_assert_max_num_queries):
    ready(actions.deploy(configured, manager))
    ids = [task.pk for task in add_tasks(configured, ["a"] * 50)]
    client = client_of(manager)
    with django_assert_max_num_queries(20):
        client.get(address("popup", configured), {"task": ids}, headers=HTMX)


def test_without_javascript_deploying_leads_back_to_the_page(configured, manager):
    answer = client_of(manager).post(address("deploy", configured), follow=True)
    assert (answer.redirect_chain, Deployment.objects.count()) == ([(address("popup", configured), 302)], 1)
    assert texts(answer, "//*[@id='deployment']//span[starts-with(@class, 'state ')]") == ["Queued"]


def test_without_javascript_refusals_stand_on_a_whole_page(configured, manager):
    ready(actions.deploy(configured, manager))
    (task,) = add_tasks(configured, ["a"])
    client = client_of(manager)
    asked = {"task": task.pk, "count": "1", "threshold:ner_drug": "7"}
    why = 'The threshold of "ner_drug" is "7". Give a number from 0 to 1, or nothing.'
    for name in ("start", "ask_try_out"):
        answer = client.post(address(name, configured), asked)
        assert texts(answer, "//html//main//*[@role='alert']") == [why]
        assert page(answer).xpath("//input[@name='threshold:ner_drug']/@value") == ["7"]
    NlpModel.objects.filter(name="ner_drug").update(retired_at=timezone.now())
    refused = client.post(address("deploy", configured), follow=True)
    assert texts(refused, "//html//p[contains(@class, 'notice error')]") == [
        'Line 3: The model "ner_drug" is retired. Choose another one, or ask an admin.'
    ]
