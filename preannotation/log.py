"""Lines of the activity log about deployments and runs; the caller's transaction is that of the deed."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser

from preannotation.models import Deployment, PreannotationRun
from projects.models import Activity

Verb = Activity.Verb


def deployed(deployment: Deployment, by: AbstractUser | None) -> None:
    models = ", ".join(str(model) for model in deployment.nlp_models.order_by("name"))
    words = f"deployed {models} ({deployment}, Labeling Config version {deployment.config_version})"
    Activity.objects.record(deployment.project_id, by, Verb.DEPLOYED, words)


def stopped(deployment: Deployment, by: AbstractUser | None, count: int, runs: int) -> None:
    """count: how many deployments ended by it. runs: how many were cancelled with them."""
    older = f" and {count - 1} older" if count > 1 else ""
    with_it = f", and with it {_counted(runs, 'run')}" if runs else ""
    Activity.objects.record(deployment.project_id, by, Verb.DEPLOYED, f"stopped {deployment}{older}{with_it}")


def deployment_failed(deployment: Deployment) -> None:
    words = f"could not load {deployment}: {deployment.failure}"
    Activity.objects.record(deployment.project_id, None, Verb.DEPLOYED, words)


def started(run: PreannotationRun) -> None:
    """What an import set off nobody started: it is the product's own doing."""
    again = f", again after {run.retry_of}" if run.retry_of else ""
    words = f"started {run} over {_counted(run.total, 'task')} ({run.scope}) with {run.deployment}{again}"
    Activity.objects.record(run.project_id, None if run.is_automatic else run.created_by, Verb.RAN, words)


def ended(run: PreannotationRun) -> None:
    """A run that is through, has failed, or was cancelled: what of it is stored."""
    how = {"done": "finished", "failed": "gave up", "cancelled": "ended the cancelled"}[run.state]
    words = (
        f"{how} {run}: {run.found:,} with regions, {run.empty:,} none found, {run.unchanged:,} unchanged, "
        f"{run.failed:,} failed, {run.cancelled:,} cancelled of {_counted(run.total, 'task')}"
    )
    why = f". {run.failure}" if run.failure else ""
    Activity.objects.record(run.project_id, None, Verb.RAN, words + why)


def cancelled(run: PreannotationRun, by: AbstractUser | None) -> None:
    Activity.objects.record(run.project_id, by, Verb.CANCELLED, f"cancelled {run}")


def roll_back_asked(run: PreannotationRun, by: AbstractUser | None) -> None:
    Activity.objects.record(run.project_id, by, Verb.ROLLED_BACK, f"asked for {run} to be rolled back")


def rolled_back(run: PreannotationRun) -> None:
    words = f"rolled back {run}: {_counted(run.predictions_removed, 'prediction')} removed"
    Activity.objects.record(run.project_id, run.rolled_back_by, Verb.ROLLED_BACK, words)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
