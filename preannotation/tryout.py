"""Trying a deployment on a few tasks: asked for by a page, answered by whichever Spark worker comes first to it."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db.models.functions import Left
from django.utils import timezone
from django_q.tasks import async_task

from preannotation import claims
from preannotation.actions import Refused
from preannotation.contract import EngineError, Findings
from preannotation.halving import Predict
from preannotation.mapping import Mapped, Mapper, source_key
from preannotation.models import Deployment, PreannotationRun, TryOut
from preannotation.none_found import why_none
from preannotation.queues import SPARK
from preannotation.run_steps import config_of
from projects.labeling_config import ConfigProblem
from projects.models import Project, Task
from projects.models.task_queries import TaskQuerySet
from projects.results import Region

logger = logging.getLogger(__name__)

MOST_TASKS = 3
LOOKED_AT = 10
EXCERPT = 600
BEFORE_FIRST = 80
RATE_NEEDS_TASKS = 30
NO_TEXT = "Every task that was looked at is empty. Choose tasks with a text, then try again."


def ask(
    project: Project, by: AbstractUser | None, tasks: TaskQuerySet, count: int, thresholds: Mapping[str, float]
) -> TryOut:
    """Have the project's ready deployment tried on some of these tasks. count: how many they are. Raises Refused."""
    TryOut.objects.outdated().delete()
    deployment = Deployment.objects.ready_in(project)
    if not deployment:
        raise Refused(ConfigProblem("Nothing is deployed in this project, or not ready yet. Deploy first."))
    chosen = _chosen(tasks, count)
    if not chosen:
        raise Refused(ConfigProblem(NO_TEXT))
    asked = TryOut.objects.create(
        project=project,
        deployment=deployment,
        task_ids=chosen,
        task_count=count,
        thresholds=dict(thresholds),
        created_by=by,
    )
    async_task("preannotation.jobs.try_out", asked.pk, cluster=SPARK, save=False)
    return asked


def answer(asked: TryOut, predict: Predict, is_loaded: bool) -> None:
    """Predict and keep what the page shows. A second delivery finds it claimed and does nothing."""
    claim = claims.token()
    state = TryOut.State.RUNNING if is_loaded else TryOut.State.LOADING
    if not TryOut.objects.waiting().filter(pk=asked.pk).update(state=state, claimed_by=claim, beat_at=timezone.now()):
        return
    mine = TryOut.objects.filter(pk=asked.pk, claimed_by=claim)
    with claims.beating(asked, claim):
        try:
            # What was stopped meanwhile is not loaded again for a look.
            asked.deployment.refuse_unless_ready("try once more")
            tasks = list(Task.objects.filter(pk__in=asked.task_ids, project=asked.project_id).order_by("pk"))
            # Loading is no part of the time that these tasks take.
            predict([""])
            mine.update(state=TryOut.State.RUNNING)
            started = time.monotonic()
            findings = predict([task.text for task in tasks])
            seconds = time.monotonic() - started
            mapper = _mapper(asked)
            answers = [_answer(mapper, task, found) for task, found in zip(tasks, findings, strict=True)]
        except Exception as error:
            logger.exception("%s failed", asked)
            mine.update(state=TryOut.State.FAILED, failure=_sentence(error))
            if not isinstance(error, EngineError):
                return
            raise
        mine.update(state=TryOut.State.DONE, answers=answers, seconds=seconds)


def rate(asked: TryOut) -> tuple[float, PreannotationRun | None] | None:
    """(tasks a second, the run that it was measured in; None where only this try-out tells), None before its end."""
    runs = PreannotationRun.objects.filter(deployment=asked.deployment_id, busy_seconds__gt=0).order_by("-pk")[:20]
    for run in runs:
        if run.found + run.empty >= RATE_NEEDS_TASKS:
            return (run.found + run.empty) / run.busy_seconds, run
    return (len(asked.task_ids) / asked.seconds, None) if asked.seconds else None


def whole_time(asked: TryOut) -> timedelta | None:
    """What a run over all tasks of the scope would take."""
    measured = rate(asked)
    return timedelta(seconds=round(asked.task_count / measured[0])) if measured else None


def _chosen(tasks: TaskQuerySet, count: int) -> list[int]:
    """Ids of up to three tasks with a text: the first of the list, and others spread over it."""
    chosen: list[int] = []
    ordered = tasks.order_by("pk").annotate(opening=Left("text", EXCERPT)).values_list("pk", "opening")
    for place in sorted({part * count // MOST_TASKS for part in range(MOST_TASKS)}):
        filled = [pk for pk, opening in ordered[place : place + LOOKED_AT] if opening.strip() and pk not in chosen]
        chosen += filled[:1]
    return chosen


def _mapper(asked: TryOut) -> Mapper:
    config = config_of(asked.project.labeling_config)
    versions = dict(asked.deployment.nlp_models.values_list("name", "version"))
    return Mapper(config, versions, source_key(config, versions, asked.thresholds), asked.thresholds)


def _answer(mapper: Mapper, task: Task, findings: Findings) -> dict[str, Any]:
    if findings.failure:
        mapped, why = Mapped([]), findings.failure
    else:
        mapped = mapper.regions(findings, task.text)
        why = "" if mapped.regions else why_none(task.text, mapped)
    spans = [region["value"]["start"] for region in mapped.regions if "start" in region["value"]]
    start = max(0, min(spans) - BEFORE_FIRST) if spans and min(spans) > EXCERPT // 2 else 0
    end = min(len(task.text), start + EXCERPT)
    inside = [shifted for region in mapped.regions if (shifted := _inside(region, start, end))]
    more = len(mapped.regions) - len(inside)
    return {"task": task.pk, "start": start, "end": end, "regions": inside, "more": more, "why": why}


def _inside(region: Region, start: int, end: int) -> Region | None:
    """The region by the excerpt's own offsets; None where it lies elsewhere."""
    value = region["value"]
    if "start" not in value:
        return region
    if not start <= value["start"] < value["end"] <= end:
        return None
    return {**region, "value": {**value, "start": value["start"] - start, "end": value["end"] - start}}


def _sentence(error: Exception) -> str:
    if isinstance(error, EngineError):
        return str(error)[:1000]
    return f"Something unforeseen happened ({type(error).__name__}). The log has the details."


def texts_of(asked: TryOut) -> Sequence[Task]:
    return Task.objects.filter(pk__in=asked.task_ids, project=asked.project_id).only("text", "title", "project_id")
