"""The only way a view gets a project: a stranger gets 404, a wrong role 403."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from projects.models import Project, Task
from projects.models.project import Role
from projects.models.task_queries import TaskQuerySet


@dataclass(frozen=True)
class Membership:
    """One person's place in one project."""

    project: Project
    user: AbstractUser
    roles: frozenset[str]

    @property
    def owns(self) -> bool:
        return Role.OWNER in self.roles

    @property
    def manages(self) -> bool:
        return bool(self.roles & {Role.OWNER, Role.MANAGER})

    @property
    def reviews(self) -> bool:
        return bool(self.roles & {Role.OWNER, Role.REVIEWER})

    @property
    def tasks(self) -> TaskQuerySet:
        """The tasks that this person may see."""
        return Task.objects.in_project(self.project).visible_to(self.user, self.roles, self.project)


def member_or_404(user: AbstractUser | AnonymousUser, pk: int) -> Membership:
    """Raises Http404 where there is no such project or the user has no role in it."""
    project = Project.objects.with_roles().filter(pk=pk).first()
    roles = frozenset(member.role for member in project.members.all() if member.user_id == user.pk) if project else None
    if not project or not roles:
        raise Http404(f"There is no project {pk}, or you are not a member of it.")
    return Membership(project, user, roles)


def manager_or_403(user: AbstractUser | AnonymousUser, pk: int) -> Membership:
    """As member_or_404; raises PermissionDenied for members who are neither owner nor manager."""
    membership = member_or_404(user, pk)
    if not membership.manages:
        raise PermissionDenied("Only the owner and the managers of this project may do this.")
    return membership


def owner_or_403(user: AbstractUser | AnonymousUser, pk: int) -> Membership:
    """As member_or_404; raises PermissionDenied for everybody but the owner."""
    membership = member_or_404(user, pk)
    if not membership.owns:
        raise PermissionDenied("Only the owner of this project may do this.")
    return membership


def task_or_404(membership: Membership, task_pk: int) -> Task:
    """Raises Http404 for tasks of other projects, PermissionDenied for tasks that this person may not see."""
    task = membership.tasks.filter(pk=task_pk).first()
    if task:
        return task
    if Task.objects.filter(project=membership.project, pk=task_pk).exists():
        raise PermissionDenied("You are not assigned to this task.")
    raise Http404(f"There is no task {task_pk} in this project.")
