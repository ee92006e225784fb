"""How often each label and choice stands in people's submitted completions and in the newest shown predictions.

Every region has to be read for that: at once where it takes less than AT_ONCE_MS, else in a worker, whose counts are
kept and made anew when somebody looks at them and they are older than FRESH.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from projects.models import LabelCounts, Project, Task

AT_ONCE_MS: Final = 200
FRESH: Final = timedelta(seconds=60)
SLICE: Final = 2_000
CANCELLED: Final = "57014"
# Of each person the newest submitted completion of a task; what a reviewer refused or corrected doesn't stand.
STANDS: Final = """
c.submitted_at IS NOT NULL AND c.review NOT IN ('rejected', 'corrected') AND NOT EXISTS (
  SELECT FROM projects_completion n WHERE n.task_id = c.task_id AND n.username = c.username
  AND (n.submitted_at, n.id) > (c.submitted_at, c.id))
"""
COUNTS: Final = f"""
WITH said AS (
  SELECT 0 AS side, c.result FROM projects_task t JOIN projects_completion c ON c.task_id = t.id
  WHERE t.project_id = %(project)s AND t.id > %(after)s AND t.id <= %(upto)s AND {STANDS}
  UNION ALL
  SELECT 1, p.result FROM projects_task t JOIN projects_prediction p ON p.task_id = t.id AND NOT p.hidden
  WHERE t.project_id = %(project)s AND t.id > %(after)s AND t.id <= %(upto)s AND NOT EXISTS (
    SELECT FROM projects_prediction n WHERE n.task_id = p.task_id AND NOT n.hidden
    AND (n.created_at, n.id) > (p.created_at, p.id))
), name AS (
  SELECT side, r.value ->> 'from_name' AS control, l.value AS name FROM said
  CROSS JOIN LATERAL jsonb_array_elements(said.result) AS r
  CROSS JOIN LATERAL jsonb_array_elements(
    CASE jsonb_typeof(r.value -> 'value' -> (r.value ->> 'type')) WHEN 'array'
    THEN r.value -> 'value' -> (r.value ->> 'type') ELSE '[]' END) AS l
)
SELECT control, CASE jsonb_typeof(name) WHEN 'array'
    THEN (SELECT string_agg(part, ' / ') FROM jsonb_array_elements_text(name) AS part) ELSE name #>> '{{}}' END,
  count(*) FILTER (WHERE side = 0), count(*) FILTER (WHERE side = 1)
FROM name WHERE control IS NOT NULL GROUP BY 1, 2
"""
EVERY_TASK: Final = (0, 2**62)


@dataclass(frozen=True)
class LabelCount:
    """people: regions of submitted completions. models: regions of the newest shown predictions."""

    control: str
    label: str
    people: int
    models: int


@dataclass(frozen=True)
class Counted:
    """counted_at: None where it was just now, or not yet. waits: a worker is about to count."""

    labels: list[LabelCount]
    counted_at: datetime | None
    waits: bool


def label_counts(project: Project) -> Counted:
    """By control and label; in less than a second, however large the project."""
    kept = LabelCounts.objects.filter(project=project).first()
    if kept is None:
        try:
            return Counted(_counted_at_once(project), None, waits=False)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != CANCELLED:
                raise
        kept, _ = LabelCounts.objects.get_or_create(project=project)
    if kept.counted_at is None or kept.counted_at < timezone.now() - FRESH:
        _ask(project)
        kept.asked_at = timezone.now()
    labels = [LabelCount(*row) for row in kept.counts]
    return Counted(labels, kept.counted_at, waits=kept.asked_at is not None)


def count_in_worker(project_pk: int) -> None:
    """The job. Some tasks at a time, so that a sign of life comes often; a second delivery counts again."""
    worker_beat = import_string(settings.WORKER_BEAT)
    people: Counter[tuple[str, str]] = Counter()
    models: Counter[tuple[str, str]] = Counter()
    for span in _spans(project_pk):
        worker_beat(f"label counts of project {project_pk}")
        for row in _counted(project_pk, span):
            people[(row.control, row.label)] += row.people
            models[(row.control, row.label)] += row.models
    counts = [[*key, people[key], models[key]] for key in sorted(people)]
    LabelCounts.objects.filter(project=project_pk).update(counts=counts, counted_at=timezone.now(), asked_at=None)
    worker_beat("")


def _spans(project_pk: int) -> Iterator[tuple[int, int]]:
    after = 0
    ids = Task.objects.filter(project=project_pk).order_by("pk").values_list("pk", flat=True)
    while slice_ids := list(ids.filter(pk__gt=after)[:SLICE]):
        yield after, slice_ids[-1]
        after = slice_ids[-1]


def _counted_at_once(project: Project) -> list[LabelCount]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [AT_ONCE_MS])
        counted = _counted(project.pk, EVERY_TASK)
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    return counted


def _counted(project_pk: int, span: tuple[int, int]) -> list[LabelCount]:
    values: dict[str, Any] = {"project": project_pk, "after": span[0], "upto": span[1]}
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, values)
        return sorted((LabelCount(*row) for row in cursor.fetchall()), key=lambda row: (row.control, row.label))


def _ask(project: Project) -> None:
    with transaction.atomic():
        if LabelCounts.objects.ask(project.pk):
            transaction.on_commit(lambda: async_task("projects.jobs.count_labels", project.pk, save=False))
