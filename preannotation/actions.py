"""What people ask for: check, row and job in one transaction. The work happens in a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from preannotation import claims, log, run_rows
from preannotation.broker import enqueue_once
from preannotation.catalogue import validate_config
from preannotation.models import Deployment, NlpModel, PreannotationRun
from preannotation.models.run import close_cancelled
from projects.labeling_config import ConfigProblem, LabelingConfig, parse
from projects.models import Project
from projects.models.task_queries import TaskQuerySet
from projects.stored_results import number_of

MOST_LOAD_ATTEMPTS = 2
DIED_LOADING = (
    f"The worker ended {MOST_LOAD_ATTEMPTS} times while it loaded these models: for want of memory, or because one of "
    "them did not answer within 15 minutes. Deploy fewer models, or raise ANNOTATIONLAB_SPARK_MEMORY."
)


class Refused(Exception):
    """What was asked for can't be done. problems: every reason."""

    def __init__(self, *problems: ConfigProblem) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


def deploy(project: Project, by: AbstractUser | None) -> Deployment:
    """Queue a deployment of the models that the project's stored config names, each in its newest usable version.

    A second click while the same models of the same config are under way gets that deployment. One that nobody has
    begun to load yet is replaced. Raises Refused.
    """
    with transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        config = _deployable_config(project)
        chosen = list(NlpModel.objects.usable_in(project).filter(name__in=config.model_names).newest())
        last = Deployment.objects.last_of(project)
        if last and last.is_under_way and last.config_version == project.config_version and _holds(last, chosen):
            return last
        providers = [provider for model in chosen if (provider := model.provider())]
        deployment = Deployment.objects.create(
            project=project,
            embeddings=providers[0] if providers else None,
            config=project.labeling_config,
            config_version=project.config_version,
            created_by=by,
        )
        deployment.nlp_models.set(chosen)
        Deployment.objects.older_than(deployment).filter(state=Deployment.State.QUEUED).stop(
            by, f"Replaced by deployment {deployment.pk} before it was loaded."
        )
        log.deployed(deployment, by)
        _enqueue_loading(deployment.pk)
    return deployment


def stop(deployment: Deployment, by: AbstractUser | None, told: int | None = None) -> int:
    """Stop a deployment and the older ones of its project, so that nothing of the project is left to run with.

    A worker unloads them within seconds. Runs on them end as cancelled, at once or after the batch in hand; what they
    stored stays. Returns how many runs that are. told: how many whoever asks was told of; Raises Refused where it is
    another number by now.
    """
    with transaction.atomic():
        # As for a deployment and a run: nothing may start on it meanwhile.
        Project.objects.select_for_update(no_key=True).get(pk=deployment.project_id)
        runs = list(PreannotationRun.objects.ended_with(deployment))
        stopped = Deployment.objects.up_to(deployment).alive()
        numbers = list(stopped.values_list("pk", flat=True))
        if numbers and told not in (None, len(runs)):
            raise Refused(ConfigProblem(_other_runs(deployment, told, len(runs))))
        stopped.stop(by)
        for run in runs:
            reason = f"Deployment {run.deployment_id} was stopped{f' by {by}' if by else ''}."
            PreannotationRun.objects.filter(pk=run.pk).update(failure=reason)
            cancel(run, by)
        if numbers:
            log.stopped(deployment, by, len(numbers), len(runs))
    return len(runs)


def _other_runs(deployment: Deployment, told: int | None, ended: int) -> str:
    return (
        f"Deployment {deployment.pk} was not stopped: it would end {number_of(ended, 'run')} by now, and "
        f"{number_of(told or 0, 'run')} when you were asked. Press Stop… again if it shall be."
    )


@dataclass(frozen=True)
class RunOptions:
    """How a run works. replace: older predictions of its tasks by models are hidden. thresholds: lowest confidence
    (0..1) that is kept, by model name. is_automatic: an import started it. retry_of: the run whose tasks it repeats."""

    replace: bool = False
    thresholds: Mapping[str, float] = field(default_factory=dict)
    is_automatic: bool = False
    retry_of: PreannotationRun | None = None


def preannotate(
    project: Project,
    by: AbstractUser | None,
    tasks: TaskQuerySet,
    scope: str,
    options: RunOptions = RunOptions(),
) -> PreannotationRun:
    """Queue a run of the project's newest ready deployment over these tasks. Raises Refused.

    scope: which tasks were asked for, in words. A second click while the same deployment is under way with exactly
    these tasks and options, for the same config, gets that run.
    """
    with transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        deployment = Deployment.objects.ready_in(project)
        if not deployment:
            raise Refused(ConfigProblem("Nothing is deployed in this project, or not ready yet. Deploy first."))
        same = _same_under_way(project, deployment, tasks.filter(project=project), options)
        if same:
            return same
        run = PreannotationRun.objects.create(
            project=project,
            deployment=deployment,
            scope=scope[:300],
            created_by=by,
            replace=options.replace,
            thresholds=dict(options.thresholds),
            is_automatic=options.is_automatic,
            retry_of=options.retry_of,
        )
        run.total = run_rows.add(run, tasks.filter(project=project))
        if not run.total:
            raise Refused(ConfigProblem("There is no task to pre-annotate. Select tasks that are still there."))
        run.save(update_fields=["total"])
        log.started(run)
        enqueue_run(run.pk)
    return run


def cancel(run: PreannotationRun, by: AbstractUser | None) -> None:
    """Ask for the end of a run: at once while no living worker holds it and its tasks are few, else after the batch in
    hand. What is stored stays."""
    with transaction.atomic():
        locked = PreannotationRun.objects.select_for_update().get(pk=run.pk)
        if not locked.is_under_way or locked.cancel_asked_at:
            return
        locked.cancel_asked_at = timezone.now()
        locked.cancel_asked_by = by
        locked.save(update_fields=["cancel_asked_at", "cancel_asked_by"])
        log.cancelled(locked, by)
        if not claims.is_free(locked):
            return
        if locked.total > run_rows.MARKED_AT_ONCE:
            # Marking so many rows takes seconds: a worker's work.
            enqueue_run(locked.pk)
        else:
            close_cancelled(locked)
            log.ended(locked)
            enqueue_after(locked)


def revive() -> int:
    """Queue again what stopped beating: runs and deployments whose worker is gone, and rows whose job was lost.

    Returns how many. Any number of processes may call it at any time: each row is taken by a conditional UPDATE.
    """
    now = timezone.now()
    waiting = claims.gone(now) | claims.lost(now)
    revived = 0
    for pk in list(PreannotationRun.objects.under_way().filter(waiting).values_list("pk", flat=True)):
        with transaction.atomic():
            run = PreannotationRun.objects.under_way().filter(waiting, pk=pk)
            if run.update(attempts=F("attempts") + claims.DIED, claimed_by="", beat_at=now):
                enqueue_run(pk)
                revived += 1
    for pk in list(Deployment.objects.under_way().filter(waiting).values_list("pk", flat=True)):
        revived += put_back_loading(pk, waiting)
    return revived


def put_back_loading(pk: int, condition: Q, failure: str = DIED_LOADING, error_id: str = "") -> bool:
    """Queue a deployment's loading again after its worker died; the second death fails it, with this reason.
    condition: what must still hold of the row."""
    with transaction.atomic():
        rows = Deployment.objects.under_way().filter(condition, pk=pk)
        deployment = rows.select_for_update().first()
        if not deployment:
            return False
        deployment.attempts += deployment.state == Deployment.State.LOADING
        deployment.claimed_by, deployment.beat_at = "", timezone.now()
        if deployment.attempts >= MOST_LOAD_ATTEMPTS:
            deployment.state = Deployment.State.FAILED
            deployment.failure, deployment.error_id = failure, error_id
        else:
            deployment.state = Deployment.State.QUEUED
            _enqueue_loading(pk)
        deployment.save(update_fields=["attempts", "claimed_by", "beat_at", "state", "failure", "error_id"])
        if deployment.state == Deployment.State.FAILED:
            log.deployment_failed(deployment)
    return True


def enqueue_run(pk: int) -> None:
    enqueue_once("preannotation.jobs.run_preannotation", pk)


def enqueue_after(run: PreannotationRun) -> None:
    """What a worker does next for this run's project: the oldest of its runs that is under way, if any."""
    following = PreannotationRun.objects.under_way_in(run.project)
    if following:
        enqueue_run(following.pk)


def _enqueue_loading(pk: int) -> None:
    enqueue_once("preannotation.jobs.load_deployment", pk)


def _deployable_config(project: Project) -> LabelingConfig:
    outcome = parse(project.labeling_config)
    if outcome.config is None or outcome.problems:
        raise Refused(*outcome.problems)
    if not outcome.config.asks:
        raise Refused(
            ConfigProblem("The Labeling Config names no model. Choose models on the setup page, then deploy.")
        )
    problems = validate_config(project, outcome.config)
    if problems:
        raise Refused(*problems)
    return outcome.config


def _holds(deployment: Deployment, chosen: list[NlpModel]) -> bool:
    return {model.pk for model in deployment.nlp_models.all()} == {model.pk for model in chosen}


def _same_under_way(
    project: Project, deployment: Deployment, tasks: TaskQuerySet, options: RunOptions
) -> PreannotationRun | None:
    under_way = PreannotationRun.objects.under_way().filter(
        # One that has begun goes on with the config that it began with.
        Q(config_version=None) | Q(config_version=project.config_version),
        deployment=deployment,
        cancel_asked_at=None,
        replace=options.replace,
        thresholds=dict(options.thresholds),
    )
    count = tasks.count() if under_way.exists() else 0
    for run in under_way.filter(total=count):
        if run.waiting_tasks is not None:
            if run.waiting_tasks == list(tasks.order_by("id").values_list("id", flat=True)):
                return run
        elif not tasks.exclude(Exists(run.run_tasks.filter(task=OuterRef("pk")))).exists():
            return run
    return None
