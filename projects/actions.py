"""Changes to a project's team, each whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import QuerySet

from projects.models import Assignment, Member, Project
from projects.models.project import Role

GIVEN_ROLES = (Role.MANAGER, Role.REVIEWER, Role.ANNOTATOR)


class Refused(Exception):
    """A change of the team can't be made; the message says why and what to do."""


def set_roles(project: Project, user: AbstractUser, roles: Iterable[str]) -> None:
    """Give a person exactly these roles, ownership apart; assignments for roles that are gone end.

    Raises Refused where the person would be left without any role.
    """
    wanted = {role for role in roles if role in GIVEN_ROLES}
    with transaction.atomic():
        members = Member.objects.select_for_update().filter(project=project, user=user)
        held = {member.role for member in members}
        if not wanted and Role.OWNER not in held:
            raise Refused(f"{user} would have no role left. Keep one, or remove {user} from the project.")
        members.filter(role__in=set(GIVEN_ROLES) - wanted).delete()
        Member.objects.bulk_create(
            [Member(project=project, user=user, role=role) for role in sorted(wanted - held)], ignore_conflicts=True
        )
        assignments_of(project, user).exclude(role__in=wanted).delete()


def remove_member(project: Project, user: AbstractUser) -> None:
    """End a person's membership and assignments; what the person saved stays. Raises Refused for the owner."""
    with transaction.atomic():
        members = Member.objects.select_for_update().filter(project=project, user=user)
        if Role.OWNER in {member.role for member in members}:
            raise Refused(f"{user} owns this project and can't be removed. Hand the ownership over first.")
        members.delete()
        assignments_of(project, user).delete()


def hand_over(project: Project, to: AbstractUser) -> None:
    """Make another member the owner; the owner until now becomes a manager. Raises Refused."""
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        if not Member.objects.filter(project=project, user=to).exists():
            raise Refused(f"{to} is not a member of this project. Add {to} first.")
        former = Member.objects.get(project=project, role=Role.OWNER)
        if former.user_id == to.pk:
            raise Refused(f"{to} owns this project already.")
        former.delete()
        Member.objects.get_or_create(project=project, user_id=former.user_id, role=Role.MANAGER)
        Member.objects.create(project=project, user=to, role=Role.OWNER)


def assignments_of(project: Project, user: AbstractUser) -> QuerySet[Assignment]:
    return Assignment.objects.filter(task__project=project, user=user)
