"""Stop, and deploying in parallel: what ends, what stays, and what a late worker may no longer write."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from preannotation import actions
from preannotation.models import Deployment, PreannotationRun
from tests.preannotation.conftest import CONFIG, add_tasks, ready
from tests.preannotation.test_commands import said


def states() -> list[str]:
    return list(Deployment.objects.order_by("pk").values_list("state", flat=True))


def test_stopping_takes_the_older_ones_with_it_and_leaves_newer_ones(configured, manager, owner):
    first, second, third = (ready(actions.deploy(configured, manager)) for _ in range(3))
    assert actions.stop(second, owner) == 0
    assert states() == ["stopped", "stopped", "ready"]
    assert Deployment.objects.ready_in(configured) == third
    second.refresh_from_db()
    assert (second.stopped_by, second.stopped_at is not None) == (owner, True)
    actions.stop(third, None)
    assert Deployment.objects.ready_in(configured) is None


def test_a_run_in_a_workers_hands_is_only_asked_to_end(configured, manager):
    deployment = ready(actions.deploy(configured, manager))
    add_tasks(configured, ["a"])
    actions.preannotate(configured, manager, configured.tasks.all(), "all")
    PreannotationRun.objects.update(state="running", claimed_by="h:1:x", beat_at=timezone.now())
    assert actions.stop(deployment, manager) == 1
    run = PreannotationRun.objects.get()
    assert (run.state, run.cancel_asked_by) == ("running", manager)


def test_stopping_what_has_failed_keeps_its_reason(configured, manager):
    deployment = actions.deploy(configured, manager)
    Deployment.objects.update(state="failed", failure="The disk is full.")
    actions.stop(deployment, manager)
    deployment.refresh_from_db()
    assert (deployment.state, deployment.failure) == ("failed", "The disk is full.")


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_deploy_at_the_same_moment_get_one_deployment(configured, manager, owner):
    def deploy(person) -> int:
        try:
            return actions.deploy(configured, person).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as executor:
        numbers = set(executor.map(deploy, [manager, owner] * 4))
    assert (len(numbers), states()) == (1, ["queued"])


def test_a_deployment_that_nobody_began_to_load_is_replaced_by_the_next_one(configured, manager):
    first = actions.deploy(configured, manager)
    configured.set_labeling_config(CONFIG.replace('hotkey="d"', 'hotkey="x"'), manager)
    second = actions.deploy(configured, manager)
    first.refresh_from_db()
    assert (states(), first.failure) == (
        ["stopped", "queued"],
        f"Replaced by deployment {second.pk} before it was loaded.",
    )


def test_one_that_is_being_loaded_goes_on_beside_the_next_one(configured, manager):
    actions.deploy(configured, manager)
    Deployment.objects.update(state="loading", claimed_by="h:1:x")
    configured.set_labeling_config(CONFIG.replace('hotkey="d"', 'hotkey="x"'), manager)
    actions.deploy(configured, manager)
    assert states() == ["loading", "queued"]


def test_the_command_stops_and_refuses_what_is_not_alive(configured, manager):
    deployment = ready(actions.deploy(configured, manager))
    assert said("deployments", "--stop", str(deployment.pk)).startswith(f"deployment: {deployment.pk}\nstate: stopped")
    with pytest.raises(CommandError) as refused:
        call_command("deployments", "--stop", str(deployment.pk))
    assert (
        str(refused.value)
        == f"Deployment {deployment.pk} is stopped. Only queued, loading and ready ones can be stopped."
    )
    with pytest.raises(CommandError) as refused:
        call_command("deployments", "--stop", "0")
    assert str(refused.value) == "There is no deployment 0."
