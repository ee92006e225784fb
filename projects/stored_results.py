"""Results of a project's completions and predictions, counted and rewritten in the database, where those of a hundred
thousand tasks stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

COMPLETION: Final = "completion"
PREDICTION: Final = "prediction"

Counts = tuple[int, int, int]
"""Regions, results that have some, and their tasks."""
NONE: Counts = (0, 0, 0)
# Seen on the slowest machine that this is meant for; results of twenty regions each.
SECONDS_A_ROW = 0.0003


@dataclass(frozen=True)
class Use:
    """How many regions are meant: those in completions, and how many predictions have some."""

    regions: int = 0
    completions: int = 0
    tasks: int = 0
    predictions: int = 0

    @property
    def counted(self) -> Counts:
        """What a decision is about."""
        return self.regions, self.completions, self.tasks

    @property
    def seconds(self) -> float:
        """How long changing all of it takes, about."""
        return (self.completions + self.predictions) * SECONDS_A_ROW

    def __str__(self) -> str:
        return (
            f"{number_of(self.regions, 'region')} in {number_of(self.completions, 'completion')} on "
            f"{number_of(self.tasks, 'task')}"
        )


def number_of(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def counted(project_id: int, by: str, regions: str, values: Mapping[str, object]) -> dict[Any, Use]:
    """How many regions there are, by something about them.

    by: SQL over a region `r`. regions: SQL that follows the region in FROM, to choose among them or to open them.
    """
    completions, predictions = (_counted(table, project_id, by, regions, values) for table in (COMPLETION, PREDICTION))
    return {
        key: Use(*completions.get(key, NONE), predictions=predictions.get(key, NONE)[1])
        for key in completions | predictions
    }


def use_of(project_id: int, meant: str, values: Mapping[str, object]) -> Use:
    """How many regions are meant. meant: SQL over a region `r`."""
    return counted(project_id, "TRUE", f" WHERE {meant}", values).get(True, Use())


def _counted(table: str, project_id: int, by: str, regions: str, values: Mapping[str, object]) -> dict[Any, Counts]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {by}, count(*), count(DISTINCT c.id), count(DISTINCT c.task_id) "
            f"FROM projects_{table} c JOIN projects_task t ON t.id = c.task_id AND t.project_id = %(project)s, "
            f"LATERAL jsonb_array_elements(c.result) AS r{regions} GROUP BY 1",
            {"project": project_id, **values},
        )
        return {key: counts for key, *counts in cursor.fetchall()}


def rewritten(
    table: str, project_id: int, result: str, meant: str, values: Mapping[str, object], tables: str = ""
) -> set[int]:
    """Ids of the tasks whose rows were rewritten.

    result: SQL over a row `c` that gives the new one. meant: SQL over a region `r`; rows without such a region stay as
    they are. tables: SQL before the statement, WITH what those two read.

    Whoever saves a completion shares the project's lock, which a change of the config has alone: none is saved
    meanwhile.
    """
    # Whoever has the draft open gets it anew, instead of writing the old names back.
    # What was rewritten is no longer what the models said: with the old config back, they are asked again.
    also = {
        COMPLETION: "version = c.version + CASE WHEN c.submitted_at IS NULL THEN 1 ELSE 0 END, ",
        PREDICTION: "source_key = CASE WHEN c.run_id IS NULL THEN c.source_key ELSE md5(concat(c.source_key, "
        "(SELECT config_version FROM projects_project WHERE id = t.project_id)))::uuid END, ",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"{tables} UPDATE projects_{table} AS c SET {also[table]}result = ({result}) FROM projects_task t "
            "WHERE t.id = c.task_id AND t.project_id = %(project)s "
            f"AND EXISTS (SELECT FROM jsonb_array_elements(c.result) AS r WHERE {meant}) RETURNING c.task_id",
            {"project": project_id, **values},
        )
        return {task_id for (task_id,) in cursor.fetchall()}


def replaced(project_id: int, meant: str, after: str, values: Mapping[str, object]) -> set[int]:
    """Ids of the tasks with a region that is another now, in completions or predictions.

    meant, after: SQL over a region `r`: whether it is one of those, and what it becomes.
    """
    result = (
        f"SELECT jsonb_agg(CASE WHEN {meant} THEN {after} ELSE r END ORDER BY place) "
        "FROM jsonb_array_elements(c.result) WITH ORDINALITY AS given (r, place)"
    )
    return set().union(*(rewritten(table, project_id, result, meant, values) for table in (COMPLETION, PREDICTION)))
