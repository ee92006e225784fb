"""The queue's order: first come, first served, and no job waits twice."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.models import OrmQ
from django_q.tasks import async_task

from preannotation.queues import PROBE, SPARK

# A queue holds a few jobs, one for each run and deployment under way; more than these are not counted.
MOST_COUNTED = 200


class OldestFirst(ORM):
    """The library's own broker takes whichever row the database comes upon first: with some runs under way, the next
    slice of one goes before a deployment that has waited for long, again and again."""

    @staticmethod
    def get_connection(list_key: str | None = None) -> QuerySet[OrmQ]:
        return ORM.get_connection(list_key).order_by("id")


def enqueue_once(function: str, pk: int) -> None:
    """Queue a job about a row for the Spark workers, unless one like it waits already.

    A doubled job of a run would queue a doubled next slice, and so on: with many runs waiting, more jobs each round.
    """
    waiting = OrmQ.objects.filter(key=SPARK, lock__lte=timezone.now())
    if not any(job.task.get("func") == function and job.task.get("args") == (pk,) for job in waiting):
        async_task(function, pk, cluster=SPARK, save=False)


def jobs_before(function: str, pk: int) -> list[str]:
    """Functions of the Spark jobs that stand before the one about this row, or of all where it has none; what is being
    done counts, probes don't."""
    functions = []
    for job in OrmQ.objects.filter(key=SPARK).order_by("id")[:MOST_COUNTED]:
        name = job.task.get("func", "")
        if name == function and job.task.get("args") == (pk,):
            break
        if name != PROBE:
            functions.append(name)
    return functions
