"""What else goes on on this server: what other projects have deployed, and what they train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db.models import Exists, OuterRef, QuerySet

from preannotation.models import Deployment, NlpModel, Training
from preannotation.waiting import SparkWorkers
from projects.models import Member, Project

SHOWN = 20


@dataclass(frozen=True)
class OtherDeployment:
    """project: its name for members, "another project" for everybody else. models: names and versions, as far as they
    tell nothing of a project that one is no member of."""

    deployment: Deployment
    project: str
    models: str
    is_in_memory: bool


@dataclass(frozen=True)
class OtherTraining:
    """project: as of OtherDeployment. name: of the model; "" for those who are no members."""

    training: Training
    project: str
    name: str


@dataclass(frozen=True)
class Others:
    """left: how many more deployments there are than are listed. trainings: under way, the oldest first."""

    deployments: list[OtherDeployment]
    left: int
    trainings: list[OtherTraining]

    @classmethod
    def of(cls, user: AbstractUser, project: Project, workers: SparkWorkers) -> Others:
        """The newest living deployment of each other project, the last used first, and the trainings under way."""
        newest = Deployment.objects.newest_of_others(project)
        rows = list(_for(user, newest.with_models().with_load())[: SHOWN + 1])
        left = newest.count() - SHOWN if len(rows) > SHOWN else 0
        listed = [
            OtherDeployment(row, _name(row), _models(list(row.nlp_models.all()), row), row.pk in workers.in_memory)
            for row in rows[:SHOWN]
        ]
        trainings = _for(user, Training.objects.under_way().exclude(project=project).order_by("pk"))
        return cls(listed, left, [_training(row) for row in trainings[:SHOWN]])


def _for(user: AbstractUser, rows: QuerySet[Any]) -> QuerySet[Any]:
    is_member = Exists(Member.objects.filter(project=OuterRef("project"), user=user))
    return rows.select_related("project", "created_by").annotate(is_member=is_member)


def _name(row: Any) -> str:
    return row.project.name if row.is_member else "another project"


def _models(models: list[NlpModel], row: Any) -> str:
    """A model that was trained in a project is named after it as a rule."""
    own = 0 if row.is_member else sum(model.project_id is not None for model in models)
    named = [str(model) for model in models if row.is_member or model.project_id is None]
    return ", ".join([*named, *([f"{own} model{'' if own == 1 else 's'} of its own"] if own else [])])


def _training(row: Any) -> OtherTraining:
    return OtherTraining(row, _name(row), row.name if row.is_member else "")
