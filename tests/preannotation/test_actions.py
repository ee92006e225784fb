"""What people ask for: refused in words, or a row and a job in one transaction."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.db.models import Q
from django.utils import timezone
from django_q.models import OrmQ

from preannotation import actions
from preannotation.models import Deployment, NlpModel, PreannotationRun
from projects import deletion
from projects.models import Project, Task
from tests.preannotation.conftest import CONFIG, add_tasks, ready, registered
from tests.projects.test_view_delete import wait_until_somebody_waits

SIX = "".join(f'<Label value="A" model="m{number}"/>' for number in range(6))


def jobs() -> list[tuple[str, tuple]]:
    return [(job.task["func"], job.task["args"]) for job in OrmQ.objects.order_by("id")]


def refusal(call, *arguments) -> list[str]:
    with pytest.raises(actions.Refused) as refused:
        call(*arguments)
    return [str(problem) for problem in refused.value.problems]


def test_deploying_writes_the_exact_versions_and_queues_the_loading(configured, manager, registry_rows):
    newest = registered("ner_drug", 2, labels=["DRUG", "DOSAGE"])
    deployment = actions.deploy(configured, manager)
    assert (deployment.state, deployment.created_by, deployment.config, deployment.config_version) == (
        "queued",
        manager,
        CONFIG,
        configured.config_version,
    )
    assert list(deployment.nlp_models.order_by("name")) == [newest, registry_rows["ner_problem"]]
    assert deployment.embeddings == registry_rows["vectors"]
    assert jobs() == [("preannotation.jobs.load_deployment", (deployment.pk,))]


def test_a_retired_newest_version_is_passed_over(configured, manager, registry_rows):
    registered("ner_drug", 2, labels=["DRUG"], retired_at=timezone.now())
    assert registry_rows["ner_drug"] in actions.deploy(configured, manager).nlp_models.all()


def test_a_second_click_gets_the_deployment_that_is_under_way(configured, manager, owner):
    first = actions.deploy(configured, manager)
    assert actions.deploy(configured, owner) == first
    assert len(jobs()) == 1


def test_deploying_again_after_it_is_ready_makes_a_new_deployment(configured, manager):
    first = ready(actions.deploy(configured, manager))
    assert actions.deploy(configured, manager) != first


def test_a_config_without_models_is_refused(project, manager):
    assert refusal(actions.deploy, project, manager) == [
        "The Labeling Config names no model. Choose models on the setup page, then deploy."
    ]


def test_a_config_that_went_stale_is_refused_in_the_words_of_saving(configured, manager):
    NlpModel.objects.filter(name="ner_drug").update(retired_at=timezone.now())
    words = ['Line 3: The model "ner_drug" is retired. Choose another one, or ask an admin.']
    assert refusal(actions.deploy, configured, manager) == words
    assert [str(problem) for problem in configured.config_problems(CONFIG)] == words


def test_six_models_are_refused_by_saving_and_by_deploying_alike(configured, manager):
    for number in range(6):
        registered(f"m{number}", labels=["A"])
    controls = "".join(
        f'<Labels name="l{number}" toName="text"><Label value="A" model="m{number}"/></Labels>' for number in range(6)
    )
    xml = f'<View>{controls}<Text name="text" value="$text"/></View>'
    saved = [str(problem) for problem in configured.config_problems(xml)]
    Project.objects.filter(pk=configured.pk).update(labeling_config=xml)
    assert refusal(actions.deploy, configured, manager) == saved
    assert saved == [
        "Line 1: The config names 6 models: m0, m1, m2, m3, m4, m5. A deployment holds at most 5. Take out 1 of them."
    ]
    assert Deployment.objects.count() == 0


def test_another_projects_trained_model_is_unknown_here(configured, manager, owner):
    other = Project.create(owner=owner, name="Other")
    NlpModel.objects.filter(name="ner_drug").update(project=other)
    assert refusal(actions.deploy, configured, manager) == [
        'Line 3: There is no model "ner_drug" in the registry. Choose one from the list of models.'
    ]


def test_preannotating_without_a_ready_deployment_is_refused(configured, manager):
    add_tasks(configured, ["a"])
    actions.deploy(configured, manager)
    assert refusal(actions.preannotate, configured, manager, Task.objects.all(), "all") == [
        "Nothing is deployed in this project, or not ready yet. Deploy first."
    ]


def test_preannotating_queues_the_tasks_and_one_job(configured, manager, django_assert_num_queries):
    deployment = ready(actions.deploy(configured, manager))
    tasks = add_tasks(configured, ["a", "b", "c"])
    chosen = Task.objects.filter(pk__in=[task.pk for task in tasks[:2]])
    OrmQ.objects.all().delete()
    run = actions.preannotate(configured, manager, chosen, "selected: 2 tasks")
    assert (run.total, run.state, run.deployment, run.created_by) == (2, "queued", deployment, manager)
    assert list(run.run_tasks.order_by("pk").values_list("task_id", "state")) == [
        (tasks[0].pk, "queued"),
        (tasks[1].pk, "queued"),
    ]
    assert list(Task.objects.order_by("pk").values_list("preannotation_state", flat=True)) == ["queued", "queued", ""]
    assert jobs() == [("preannotation.jobs.run_preannotation", (run.pk,))]


def test_a_second_click_on_the_same_tasks_gets_the_run_that_is_under_way(configured, manager, owner):
    ready(actions.deploy(configured, manager))
    tasks = add_tasks(configured, ["a", "b"])
    first = actions.preannotate(configured, manager, Task.objects.all(), "all")
    assert actions.preannotate(configured, owner, Task.objects.all(), "all") == first
    other = actions.preannotate(configured, owner, Task.objects.filter(pk=tasks[0].pk), "one")
    actions.cancel(first, manager)
    again = actions.preannotate(configured, owner, Task.objects.all(), "all")
    assert len({first.pk, other.pk, again.pk}) == 3


def test_no_task_is_refused_and_nothing_is_left_behind(configured, manager):
    ready(actions.deploy(configured, manager))
    OrmQ.objects.all().delete()
    for none in (Task.objects.none(), Task.objects.filter(pk__in=[])):
        assert refusal(actions.preannotate, configured, manager, none, "nothing") == [
            "There is no task to pre-annotate. Select tasks that are still there."
        ]
    assert (PreannotationRun.objects.count(), jobs()) == (0, [])


def test_tasks_of_other_projects_are_never_taken(configured, manager, owner):
    ready(actions.deploy(configured, manager))
    add_tasks(Project.create(owner=owner, name="Other"), ["x"])
    own = add_tasks(configured, ["a"])
    run = actions.preannotate(configured, manager, Task.objects.all(), "all")
    assert list(run.run_tasks.values_list("task_id", flat=True)) == [own[0].pk]


def test_a_rolled_back_transaction_leaves_no_job(configured, manager):
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.deploy(configured, manager)
        raise RuntimeError
    assert (Deployment.objects.count(), jobs()) == (0, [])


def test_cancelling_a_run_that_no_worker_holds_ends_it_at_once(configured, manager):
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a", "b"])
    run = actions.preannotate(configured, manager, Task.objects.all(), "all")
    actions.cancel(run, manager)
    run.refresh_from_db()
    assert (run.state, run.cancelled, run.cancel_asked_by) == ("cancelled", 2, manager)
    assert set(Task.objects.values_list("preannotation_state", flat=True)) == {"cancelled"}


def test_a_cancelled_run_leaves_what_earlier_ones_said_of_its_tasks(configured, manager):
    found, empty, brought, _ = add_tasks(configured, ["a", "b", "c", "d"])
    for task, regions, run_id in ((found, 4, 7), (empty, 0, 7), (brought, 2, None)):
        Task.objects.filter(pk=task.pk).update(region_count=regions)
        task.predictions.create(
            result=[], text_hash=task.text_hash, model_version="ner_drug 1", run_id=run_id, source_key=task.text_hash
        )
    ready(actions.deploy(configured, manager))
    actions.cancel(actions.preannotate(configured, manager, Task.objects.all(), "all"), manager)
    assert list(Task.objects.order_by("pk").values_list("preannotation_state", flat=True)) == [
        "found", "empty", "cancelled", "cancelled",
    ]  # fmt: skip


def test_cancelling_a_run_that_a_worker_holds_only_asks(configured, manager):
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    run = actions.preannotate(configured, manager, Task.objects.all(), "all")
    PreannotationRun.objects.update(claimed_by="host:1:x", state="running")
    actions.cancel(run, manager)
    run.refresh_from_db()
    assert (run.state, run.cancel_asked_at is not None) == ("running", True)


def test_reviving_queues_again_what_stopped_beating_once(configured, manager):
    deployment = ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    run = actions.preannotate(configured, manager, Task.objects.all(), "all")
    OrmQ.objects.all().delete()
    assert actions.revive() == 0
    long_ago = timezone.now() - timedelta(minutes=5)
    PreannotationRun.objects.update(claimed_by="host:1:x", state="running", beat_at=long_ago)
    Deployment.objects.update(claimed_by="host:1:y", state="loading", beat_at=long_ago)
    assert (actions.revive(), actions.revive()) == (2, 0)
    assert jobs() == [
        ("preannotation.jobs.run_preannotation", (run.pk,)),
        ("preannotation.jobs.load_deployment", (deployment.pk,)),
    ]


def test_a_deployment_whose_worker_died_twice_fails_with_the_reason(configured, manager):
    deployment = actions.deploy(configured, manager)
    for _ in range(2):
        Deployment.objects.update(state="loading", claimed_by="host:1:y")
        assert actions.put_back_loading(deployment.pk, Q(claimed_by="host:1:y")) is True
    deployment.refresh_from_db()
    assert (deployment.state, deployment.failure) == (
        "failed",
        "The worker ended 2 times while it loaded these models: for want of memory, or because one of them did not "
        "answer within 15 minutes. Deploy fewer models, or raise ANNOTATIONLAB_SPARK_MEMORY.",
    )


def test_a_second_click_after_a_change_of_the_config_gets_a_run_with_the_new_one(configured, manager):
    ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    first = actions.preannotate(configured, manager, Task.objects.all(), "all")
    more = CONFIG.replace("</Labels>", '  <Label value="DOSAGE" model="ner_drug"/></Labels>')
    configured.set_labeling_config(more, manager)
    assert actions.preannotate(configured, manager, Task.objects.all(), "all") == first
    PreannotationRun.objects.update(state="running", config=CONFIG, config_version=configured.config_version - 1)
    second = actions.preannotate(configured, manager, Task.objects.all(), "all")
    assert second != first
    PreannotationRun.objects.filter(pk=second.pk).update(config=more, config_version=configured.config_version)
    assert actions.preannotate(configured, manager, Task.objects.all(), "all") == second


@pytest.mark.django_db(transaction=True)
def test_tasks_that_are_being_deleted_at_the_click_are_waited_for_and_left_out(configured, manager):
    ready(actions.deploy(configured, manager))
    gone, kept = add_tasks(configured, ["a", "b"])

    def preannotate() -> list[int]:
        try:
            run = actions.preannotate(configured, manager, Task.objects.all(), "all")
            return list(run.run_tasks.values_list("task_id", flat=True))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as executor:
        with transaction.atomic():
            deletion.delete_tasks([gone.pk])
            started = executor.submit(preannotate)
            wait_until_somebody_waits()
        assert started.result(10) == [kept.pk]
