"""A project's deployment in the popup: how far it is, what has changed, Stop, and the others on this server."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from preannotation import actions
from preannotation.models import Deployment, NlpModel, PreannotationRun, Training, Worker
from projects.models import Project
from projects.models.project import Role
from tests.conftest import client_of
from tests.preannotation.conftest import CONFIG, add_tasks, ready, registered
from tests.preannotation.test_view_popup import HTMX, address, words
from tests.projects.rows import texts


def worker(**facts) -> Worker:
    return Worker.objects.create(**({"queue": "spark", "host": "h", "pid": 1} | facts))


@pytest.fixture
def other(configured, outsider) -> Project:
    """Another project with the same config, of which manager is no member."""
    project = Project.create(owner=outsider, name="Secret study")
    project.set_labeling_config(CONFIG, outsider)
    return project


def popup(person, project) -> str:
    return words(client_of(person).get(address("popup", project), headers=HTMX))


def others(person, project) -> str:
    return words(client_of(person).get(address("others", project), headers=HTMX))


def progress_address(page: str) -> str:
    return page.split('id="deployment-progress"')[1].split('hx-get="')[1].split('"')[0].replace("&amp;", "&")


@pytest.mark.parametrize(
    ("person", "status"), [("owner", 200), ("manager", 200), ("reviewer", 403), ("annotator", 403), ("outsider", 404)]
)
def test_who_may_stop_and_see_the_others(request, configured, person, status):
    client = client_of(request.getfixturevalue(person))
    deployment = ready(actions.deploy(configured, None))
    assert client.get(address("others", configured), headers=HTMX).status_code == status
    assert client.post(address("stop", configured, deployment.pk), headers=HTMX).status_code == status
    deployment.refresh_from_db()
    assert deployment.state == ("stopped" if status == 200 else "ready")


def test_a_deployment_of_another_project_is_not_found(configured, manager, other):
    foreign = ready(actions.deploy(other, None))
    client = client_of(manager)
    assert client.post(address("stop", configured, foreign.pk)).status_code == 404


def test_polling_brings_nothing_while_nothing_changes_and_everything_once_it_is_ready(configured, manager):
    deployment = actions.deploy(configured, manager)
    worker()
    client = client_of(manager)
    page = popup(manager, configured)
    assert page.count('hx-trigger="every 1s"') == 1
    polled = progress_address(page)
    assert client.get(polled, headers=HTMX).status_code == 204
    Worker.objects.update(holds=f"deployment {deployment.pk}: loading ner_drug 1, model 1 of 2")
    fragment = client.get(polled, headers=HTMX)
    assert "<p>Loading ner_drug 1, model 1 of 2.</p>" in words(fragment)
    assert "HX-Retarget" not in fragment.headers
    ready(deployment)
    whole = client.get(polled, headers=HTMX)
    assert (whole.headers["HX-Retarget"], words(whole).count('hx-trigger="every 5s"')) == ("#deployment", 1)


def test_a_first_deployment_by_somebody_else_arrives_in_an_open_popup(configured, manager, owner):
    client = client_of(manager)
    polled = progress_address(popup(manager, configured))
    assert client.get(polled, headers=HTMX).status_code == 204
    ready(actions.deploy(configured, owner))
    whole = client.get(polled, {"count": "2"}, headers=HTMX)
    assert whole.headers["HX-Retarget"] == "#deployment"
    assert texts(whole, "//*[@id='deployment']//button[@id='start-button'][not(@disabled)]") == ["Preannotate 2 tasks"]
    assert texts(whole, "//button[@id='try-button'][@hx-swap-oob][not(@disabled)]") == ["Try on 3 tasks"]


def test_what_is_ahead_in_the_queue_is_counted_by_kind(configured, manager, other, outsider):
    worker()
    ready(actions.deploy(other, outsider))
    add_tasks(other, ["a"])
    actions.preannotate(other, outsider, other.tasks.all(), "all")
    actions.deploy(configured, manager)
    assert (
        popup(manager, configured).count(
            "<p>Ahead in the queue: 1 deployment, 1 run. A run gives way after 20 seconds.</p>"
        )
        == 1
    )
    OrmQ.objects.order_by("id").first().delete()
    OrmQ.objects.order_by("id").first().delete()
    assert popup(manager, configured).count("<p>Next in the queue.</p>") == 1


def test_silent_workers_are_said_with_what_to_do(configured, manager):
    actions.deploy(configured, manager)
    never = "<p>No Spark worker has answered yet. Start one with make run, or ask who runs this server.</p>"
    assert popup(manager, configured).count(never) == 1
    worker(beat_at=timezone.now() - timedelta(minutes=3))
    assert popup(manager, configured).count("<p>No Spark worker has answered for 3 minutes.") == 1


def test_the_usual_load_time_is_the_median_of_earlier_ones(configured, manager):
    worker()
    for seconds in (2, 31, 90):
        deployment = ready(actions.deploy(configured, manager))
        Deployment.objects.filter(pk=deployment.pk).update(load_seconds=seconds, ready_at=timezone.now())
    actions.deploy(configured, manager)
    assert popup(manager, configured).count("Loading usually takes about 31 seconds here.") == 1


def test_a_change_of_the_config_marks_the_deployment_stale_and_names_what_is_missing(configured, manager, owner):
    ready(actions.deploy(configured, manager))
    registered("ner_test", labels=["TEST"])
    configured.set_labeling_config(
        CONFIG.replace("</Labels>", '  <Label value="TEST" model="ner_test"/></Labels>'), owner
    )
    page = popup(manager, configured)
    assert page.count('<span class="state state-stale">Stale</span>') == 1
    assert page.count("Missing until you deploy again: TEST.") == 1
    assert page.count("<li>ner_test is not in this deployment.</li>") == 1
    assert page.count("Labeling Config version 3 by olga") == 1
    assert page.count('form="start-form" name="deployment"') == 1


def test_a_newer_version_and_newer_embeddings_make_it_stale(configured, manager):
    ready(actions.deploy(configured, manager))
    registered("ner_drug", 2, labels=["DRUG"])
    NlpModel.objects.filter(name="ner_problem").update(retired_at=timezone.now())
    page = popup(manager, configured)
    assert page.count("<li>ner_drug 2 is ready; this deployment has version 1.</li>") == 1
    assert page.count("<li>ner_problem 1 was retired.") == 1
    assert page.count("Missing until") == 0


def test_others_are_named_to_members_only_with_their_load_and_memory(configured, manager, other, outsider):
    deployment = ready(actions.deploy(other, outsider))
    Deployment.objects.filter(pk=deployment.pk).update(memory=300 * 1024**2)
    add_tasks(other, ["a", "b"])
    actions.preannotate(other, outsider, other.tasks.all(), "all")
    page = others(manager, configured)
    assert (page.count("Secret study"), page.count("<b>another project</b>")) == (0, 1)
    assert page.count("ner_drug 1, ner_problem 1 · 1 run, 2 tasks left · 300.0 MB, not in memory") == 1
    other.members.create(user=manager, role=Role.ANNOTATOR)
    worker(deployments=[deployment.pk])
    page = others(manager, configured)
    assert (page.count("<b>Secret study</b>"), page.count("300.0 MB, in memory")) == (1, 1)


def test_what_others_train_is_named_to_members_only(configured, manager, other, outsider):
    """A model of a project's own, too: it is named after the project as a rule."""
    own = registered("ner_secret_study", labels=["DRUG"], project=other, origin="trained")
    deployment = ready(actions.deploy(other, outsider))
    deployment.nlp_models.add(own)
    Training.objects.create(
        project=other, name="ner_secret_study", kind="ner", engine="NerDL", state="running", created_by=outsider
    )
    page = others(manager, configured)
    assert (page.count("ecret"), page.count("<b>another project</b>"), page.count("training by")) == (0, 2, 1)
    assert page.count("ner_drug 1, ner_problem 1, 1 model of its own · no run") == 1
    other.members.create(user=manager, role=Role.ANNOTATOR)
    page = others(manager, configured)
    assert (page.count("<b>Secret study</b>"), page.count('<p class="muted">ner_secret_study</p>')) == (2, 1)
    assert page.count("ner_drug 1, ner_problem 1, ner_secret_study 1 · no run") == 1


def test_others_show_one_deployment_a_project_in_few_queries(configured, manager, other, django_assert_num_queries):
    for _ in range(3):
        ready(actions.deploy(other, None))
    client = client_of(manager)
    with django_assert_num_queries(8):
        page = words(client.get(address("others", configured), headers=HTMX))
    assert page.count("another project") == 1


def test_the_popup_reads_the_others_when_they_are_opened_and_at_once_without_javascript(configured, manager, other):
    ready(actions.deploy(other, None))
    assert popup(manager, configured).count("another project") == 0
    assert words(client_of(manager).get(address("popup", configured))).count("another project") == 1


def test_stopping_says_before_what_ends_and_then_nothing_can_start(configured, manager):
    deployment = ready(actions.deploy(configured, manager))
    tasks = add_tasks(configured, ["a"])
    run = actions.preannotate(configured, manager, configured.tasks.all(), "all")
    page = popup(manager, configured)
    assert page.count("1 run under way ends as cancelled; predictions stored so far stay.") == 1
    asked = {"count": len(tasks), "runs": 1}
    answer = words(client_of(manager).post(address("stop", configured, deployment.pk), asked, headers=HTMX))
    assert answer.count('class="button primary" disabled>Preannotate 1 task</button>') == 1
    assert answer.count("stopped by mona") == 1
    run.refresh_from_db()
    assert (run.state, run.failure) == ("cancelled", f"Deployment {deployment.pk} was stopped by mona.")


def test_stopping_asks_again_where_other_runs_would_end_by_now(configured, manager):
    deployment = ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    client = client_of(manager)
    polled = progress_address(popup(manager, configured))
    actions.preannotate(configured, manager, configured.tasks.all(), "all")
    assert client.get(polled, headers=HTMX).headers["HX-Retarget"] == "#deployment"
    said = (
        f"Deployment {deployment.pk} was not stopped: it would end 1 run by now, and 0 runs when you were asked. "
        "Press Stop… again if it shall be."
    )
    answer = words(client.post(address("stop", configured, deployment.pk), {"runs": 0}, headers=HTMX))
    assert (answer.count(said), answer.count('name="runs" value="1"')) == (1, 1)
    manager.is_staff = True
    manager.save()
    stop = reverse("preannotation:operations_stop", args=[deployment.pk])
    assert words(client.post(stop, {"runs": 2}, follow=True)).count("and 2 runs when you were asked") == 1
    deployment.refresh_from_db()
    assert (deployment.state, PreannotationRun.objects.get().is_under_way) == ("ready", True)
    client.post(stop, {"runs": 1})
    deployment.refresh_from_db()
    assert deployment.state == "stopped"


def test_while_the_next_one_loads_the_labels_that_the_one_in_use_lacks_are_named(configured, manager):
    first = ready(actions.deploy(configured, manager))
    registered("ner_test", labels=["TEST"])
    configured.set_labeling_config(
        CONFIG.replace("</Labels>", '  <Label value="TEST" model="ner_test"/></Labels>'), manager
    )
    second = actions.deploy(configured, manager)
    said = f"pre-annotation uses deployment {first.pk}. Missing there: TEST."
    assert popup(manager, configured).count(said) == 1
    ready(second)
    assert popup(manager, configured).count("Missing there") == 0


def test_a_run_that_no_worker_is_there_for_says_so(configured, manager, annotator):
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    actions.preannotate(configured, manager, configured.tasks.all(), "all")
    never = "No Spark worker has answered yet. Start one with make run, or ask who runs this server."
    progress = reverse("preannotation:progress", args=[configured.pk])
    assert words(client_of(annotator).get(progress, headers=HTMX)).count(never) == 1
    worker()
    assert words(client_of(annotator).get(progress, headers=HTMX)).count(never) == 0


def test_stop_without_javascript_leads_back_to_the_popup(configured, manager):
    deployment = ready(actions.deploy(configured, manager))
    answer = client_of(manager).post(address("stop", configured, deployment.pk))
    assert (answer.status_code, answer.url) == (302, address("popup", configured))


def test_a_run_on_an_older_deployment_goes_on_and_says_so(configured, manager):
    first = ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    run = actions.preannotate(configured, manager, configured.tasks.all(), "all")
    ready(actions.deploy(configured, manager))
    said = f"Run {run.pk} goes on with deployment {first.pk}, which it was started with."
    assert popup(manager, configured).count(said) == 1
    assert PreannotationRun.objects.get().deployment == first


def test_a_deployment_larger_than_the_budget_says_what_that_means(configured, manager, settings):
    settings.PIPELINE_MEMORY = 2 * 1024**3
    ready(actions.deploy(configured, manager))
    Deployment.objects.update(memory=settings.PIPELINE_MEMORY)
    assert popup(manager, configured).count("These models take more than the") == 0
    Deployment.objects.update(memory=settings.PIPELINE_MEMORY + 1)
    assert popup(manager, configured).count("These models take more than the 2.0 GB that this server keeps") == 1


def test_a_long_failure_is_shown_to_its_end(configured, manager):
    actions.deploy(configured, manager)
    reason = f"ner_drug 1 could not be loaded. {'x ' * 400}Error 12ab34cd in the log."
    Deployment.objects.update(state="failed", failure=reason)
    assert popup(manager, configured).count(reason) == 1


def test_the_operators_page_is_for_staff(configured, manager, outsider):
    deployment = ready(actions.deploy(configured, manager))
    page = reverse("preannotation:operations")
    stop = reverse("preannotation:operations_stop", args=[deployment.pk])
    assert (client_of(manager).get(page).status_code, client_of(manager).post(stop).status_code) == (403, 403)
    outsider.is_staff = True
    outsider.save()
    worker(deployments=[deployment.pk], holds="run 7")
    client = client_of(outsider)
    shown = words(client.get(page))
    assert (shown.count("<td>run 7</td>"), shown.count(configured.name)) == (1, 0)
    assert client.post(stop).url == page
    deployment.refresh_from_db()
    assert (deployment.state, deployment.stopped_by) == ("stopped", outsider)
