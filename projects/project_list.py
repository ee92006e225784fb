"""The projects of one person, as their list shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest

from projects.models import Project, Task
from projects.models.project import Role


@dataclass(frozen=True)
class ListedProject:
    """task_count: exact. changed_at: when the config was saved or tasks came in, the later."""

    project: Project
    role_names: tuple[str, ...]
    owner: str
    task_count: int
    changed_at: datetime


def projects_of(user: AbstractUser) -> list[ListedProject]:
    """Every project in which this person has a role, the one that changed last first."""
    tasks = Task.objects.filter(project=OuterRef("pk")).order_by()
    counts = tasks.values("project").annotate(number=Count("pk")).values("number")
    # The newest task has the highest id, which the index finds at once; the latest `updated_at` would read every row.
    newest = Task.objects.filter(project=OuterRef("pk")).order_by("-pk").values("created_at")[:1]
    mine = Project.objects.filter(pk__in=Project.objects.of(user).order_by().values("pk")).with_roles()
    annotated = mine.defer("labeling_config").annotate(
        task_count=Coalesce(Subquery(counts), 0),
        changed_at=Greatest("config_changed_at", "created_at", Subquery(newest)),
    )
    return [_listed(project, user) for project in annotated.order_by("-changed_at", "-pk")]


def _listed(project: Project, user: AbstractUser) -> ListedProject:
    members = project.members.all()
    mine = {member.role for member in members if member.user_id == user.pk}
    return ListedProject(
        project=project,
        role_names=tuple(role.label for role in Role if role in mine),
        owner=next((member.user.get_username() for member in members if member.role == Role.OWNER), ""),
        task_count=project.task_count,
        changed_at=project.changed_at,
    )
