"""What an operator wants to know of this installation, as plain values: the page shows them, the command prints them.

Every part is bounded in rows and in time, so that looking never costs those who work.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

import psutil
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_q.models import Failure, OrmQ

from preannotation.disk import Size, size_of
from preannotation.models import Deployment, PreannotationRun, Worker
from preannotation.queues import PROBE, QUEUES
from preannotation.waiting import FRESH
from projects.models import ImportReport

MOST_ROWS: Final = 20
MOST_JOBS: Final = 200
TABLES: Final = 8
PARTS: Final = {
    "models": "models", "uploads": "uploads", "logs": "log", "embedded database": "postgres",
    "Spark's temporary files": "spark", "sample models": "sample-models", "engine": "jars",
}  # fmt: skip


@dataclass(frozen=True)
class Queue:
    """waiting: jobs that no worker has taken, probes not counted. oldest: seconds that the oldest of them waits.
    failed: of the last day."""

    name: str
    waiting: int
    taken: int
    oldest: int | None
    failed: int


def workers() -> list[dict[str, Any]]:
    now = timezone.now()
    rows = Worker.objects.order_by("queue", "-beat_at")[:MOST_ROWS]
    return [
        {
            "queue": row.queue,
            "host": row.host,
            "pid": row.pid,
            "state": "alive" if now - row.beat_at < FRESH else "silent",
            "holds": row.holds,
            "deployments": row.deployments,
            "memory": row.memory,
            "started_at": row.started_at,
            "beat_at": row.beat_at,
        }
        for row in rows
    ]


def queues() -> list[dict[str, Any]]:
    failed = _failed_by_queue()
    return [asdict(_queue(name, failed.get(name, 0))) for name in QUEUES]


def runs() -> list[dict[str, Any]]:
    rows = PreannotationRun.objects.under_way().select_related("created_by").order_by("pk")[:MOST_ROWS]
    return [
        {
            "run": row.pk,
            "project": row.project_id,
            "deployment": row.deployment_id,
            "state": row.state,
            "answered": row.answered,
            "total": row.total,
            "by": str(row.created_by or ""),
            "created_at": row.created_at,
        }
        for row in rows
    ]


def imports() -> list[dict[str, Any]]:
    rows = ImportReport.objects.filter(state__in=ImportReport.UNDER_WAY).select_related("created_by").order_by("pk")
    return [
        {
            "import": row.pk,
            "project": row.project_id,
            "state": row.state,
            "bytes_read": row.bytes_read,
            "size": row.size,
            "rows_read": row.rows_read,
            "by": str(row.created_by or ""),
            "created_at": row.created_at,
        }
        for row in rows[:MOST_ROWS]
    ]


def deployments(now_alive: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest living one of each project and all that a living worker has in memory. now_alive: `workers()`."""
    in_memory = {pk for worker in now_alive if worker["state"] == "alive" for pk in worker["deployments"]}
    newest = Deployment.objects.newest_of_projects()[:MOST_ROWS]
    shown = {*newest.values_list("pk", flat=True), *in_memory}
    rows = Deployment.objects.filter(pk__in=shown).with_models().with_load().order_by("-pk")
    return [
        {
            "deployment": row.pk,
            "project": row.project_id,
            "state": row.state,
            "models": [str(model) for model in row.nlp_models.all()],
            "by": str(row.created_by or ""),
            "memory": row.memory,
            "in_memory": row.pk in in_memory,
            "load_seconds": row.load_seconds,
            "runs": row.runs_under_way,
            "runs_ended": row.runs_ended,
            "tasks_left": row.tasks_left,
            "last_used_at": row.last_used_at,
            "created_at": row.created_at,
        }
        for row in rows
    ]


def database() -> dict[str, Any]:
    """Bytes of the whole database and of its largest tables, indexes included; rows as the planner knows them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone()
        cursor.execute(
            "SELECT relname, pg_total_relation_size(oid), greatest(reltuples, 0)::bigint FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY 2 DESC, 1 LIMIT %s",
            [TABLES],
        )
        tables = [{"table": name, "size": bytes_, "rows": rows} for name, bytes_, rows in cursor.fetchall()]
    return {"size": size, "tables": tables}


def disk() -> dict[str, Any]:
    usage = shutil.disk_usage(settings.VAR_DIR)
    parts = [{"part": name} | asdict(_part(folder)) for name, folder in PARTS.items()]
    return {"folder": str(settings.VAR_DIR), "free": usage.free, "total": usage.total, "parts": parts}


def memory() -> dict[str, Any]:
    """In bytes, but the heap, which is as it was set."""
    machine = psutil.virtual_memory()
    return {
        "free": machine.available,
        "total": machine.total,
        "spark_heap": settings.SPARK_MEMORY,
        "spark_threads": settings.SPARK_THREADS,
        "pipeline_budget": settings.PIPELINE_MEMORY,
    }


def everything() -> dict[str, Any]:
    alive = workers()
    return {
        "workers": alive,
        "queues": queues(),
        "runs": runs(),
        "imports": imports(),
        "deployments": deployments(alive),
        "database": database(),
        "disk": disk(),
        "memory": memory(),
    }


def _part(folder: str) -> Size:
    path = settings.VAR_DIR / folder
    return size_of(str(path.resolve()))


def _queue(name: str, failed: int) -> Queue:
    now = timezone.now()
    jobs = [job for job in OrmQ.objects.filter(key=name).order_by("id")[:MOST_JOBS] if job.task.get("func") != PROBE]
    waiting = [job for job in jobs if job.lock is None or job.lock <= now]
    since = min((job.task["started"] for job in waiting if "started" in job.task), default=None)
    oldest = int((now - since).total_seconds()) if since else None
    return Queue(name, len(waiting), len(jobs) - len(waiting), oldest, failed)


def _failed_by_queue() -> dict[str, int]:
    lately = Failure.objects.filter(stopped__gte=timezone.now() - timedelta(days=1)).exclude(func=PROBE)
    counts: dict[str, int] = {}
    for cluster in lately.values_list("cluster", flat=True)[:MOST_JOBS]:
        counts[cluster or "default"] = counts.get(cluster or "default", 0) + 1
    return counts
