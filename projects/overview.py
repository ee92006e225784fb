"""What a project's Overview page tells: tasks, people, models against people. A few statements that count in the
database; only what they group comes here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Count

from projects.label_counts import STANDS, LabelCount
from projects.labeling_config import ChoicesControl, LabelingConfig, LabelsControl
from projects.models import Project, Task
from projects.models.task import TaskStatus
from projects.scores import ModelScores, VerdictCount, scores

MOST_PEOPLE = 100
MOST_LABELS = 300
MINUTE, HOUR = 60, 3600
PEOPLE = """
SELECT GROUPING(c.username) = 1 AS is_total, c.username, count(*) FILTER (WHERE c.submitted_at IS NOT NULL),
  count(*) FILTER (WHERE c.submitted_at IS NULL), count(*) FILTER (WHERE c.review = 'accepted'),
  count(*) FILTER (WHERE c.review = 'corrected'), count(*) FILTER (WHERE c.review = 'rejected'),
  coalesce(sum(c.lead_time), 0),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY c.lead_time) FILTER (WHERE c.submitted_at IS NOT NULL)
FROM projects_completion c JOIN projects_task t ON t.id = c.task_id AND t.project_id = %s
GROUP BY GROUPING SETS ((c.username), ())
HAVING GROUPING(c.username) = 1 OR %s::text IS NULL OR c.username = %s
ORDER BY is_total DESC, 3 DESC, c.username LIMIT %s
"""
VERDICTS = f"""
SELECT v.model, v.model_version, v.control, v.label, v.corrected_label, v.kind, count(*)
FROM projects_verdict v JOIN projects_completion c ON c.id = v.completion_id
JOIN projects_task t ON t.id = c.task_id AND t.project_id = %s
WHERE {STANDS} GROUP BY 1, 2, 3, 4, 5, 6
"""


@dataclass(frozen=True)
class Share:
    """A count and how much of the largest, or of all, it is: 0..100."""

    name: str
    count: int
    percent: float
    key: str = ""


@dataclass(frozen=True)
class PersonFigures:
    """What one person did, or everybody (is_total). seconds: all time spent. median: seconds on a submitted
    completion, None where no time was measured."""

    is_total: bool
    username: str
    submitted: int
    drafts: int
    accepted: int
    corrected: int
    rejected: int
    seconds: float
    median: float | None

    @property
    def spent(self) -> str:
        return in_hours(self.seconds)


@dataclass(frozen=True)
class LabelShare:
    """A label with its two counts, and each as a part of the largest count of the page: 0..100. query: finds its tasks
    in the list."""

    counted: LabelCount
    people_percent: float
    models_percent: float
    query: str


def statuses(project: Project) -> list[Share]:
    """Every status with its tasks, in the order of the work."""
    rows = Task.objects.filter(project=project).order_by().values("status").annotate(number=Count("pk"))
    counts = {row["status"]: row["number"] for row in rows}
    total = sum(counts.values())
    return [
        Share(status.label, counts.get(status, 0), _percent(counts.get(status, 0), total), status.value)
        for status in TaskStatus
    ]


def people(project: Project, only: str | None = None) -> tuple[PersonFigures, list[PersonFigures]]:
    """(everybody together, each with a completion; the most diligent MOST_PEOPLE). only: the one name wanted beside
    the total, however many did more."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [project.pk, only, only, MOST_PEOPLE + 1])
        total, *each = [PersonFigures(*row) for row in cursor.fetchall()]
    return total, each


def models_against_people(project: Project) -> list[ModelScores]:
    with connection.cursor() as cursor:
        cursor.execute(VERDICTS, [project.pk])
        return scores(VerdictCount(*row) for row in cursor.fetchall())


def label_shares(counted: Iterable[LabelCount], config: LabelingConfig | None) -> list[LabelShare]:
    """The config's labels and choices in its order, then what else results carry; at most MOST_LABELS."""
    found = {(row.control, row.label): row for row in counted}
    known = [key for key in _names(config) if key not in found]
    found |= {key: LabelCount(*key, people=0, models=0) for key in known}
    order = {key: place for place, key in enumerate(_names(config))}
    rows = sorted(found.values(), key=lambda row: (order.get((row.control, row.label), len(order)), -row.people))
    most = max((max(row.people, row.models) for row in rows), default=0)
    choices = {control.name for control in (config.controls if config else ()) if isinstance(control, ChoicesControl)}
    return [
        LabelShare(row, _percent(row.people, most), _percent(row.models, most), _query(row, choices))
        for row in rows[:MOST_LABELS]
    ]


def in_hours(seconds: float) -> str:
    """A stretch of time for people: "45 s", "12 min", "3 h 05 min"."""
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min"
    return f"{whole // HOUR:,} h {whole % HOUR // MINUTE:02} min"


def _query(row: LabelCount, choices: set[str]) -> str:
    """The filter knows labels only; choices are searched for, by the last name of their path."""
    if row.control not in choices:
        return urlencode({"label": row.label})
    name = row.label.rsplit(" / ")[-1].replace('"', " ")
    return urlencode({"q": f'choice:"{name}"'})


def _names(config: LabelingConfig | None) -> list[tuple[str, str]]:
    return [
        (control.name, item.name)
        for control in (config.controls if config else ())
        for item in (control.labels if isinstance(control, LabelsControl) else control.choices)
    ]


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0
