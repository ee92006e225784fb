"""Who is in a project, and as what: the verbs behind the team page."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from projects import status
from projects.models import Activity, Assignment, Completion, Member, Project
from projects.models.project import Role
from projects.stored_results import number_of

GIVEN_ROLES = (Role.MANAGER, Role.REVIEWER, Role.ANNOTATOR)
# Who may be assigned to a task, in either part.
ANNOTATING = {Role.OWNER, Role.MANAGER, Role.ANNOTATOR}
REVIEWING = {Role.OWNER, Role.REVIEWER}


class TeamRefused(Exception):
    """A change of the team can't be made; the message says why."""


@dataclass
class Person:
    """A member with all roles, and how much of the project hangs on them."""

    user: AbstractUser
    roles: list[str] = field(default_factory=list)
    assigned: int = 0
    completions: int = 0

    @property
    def owns(self) -> bool:
        return Role.OWNER in self.roles

    @property
    def role_names(self) -> list[str]:
        return [role.label for role in Role if role in self.roles]


def people(project: Project, members: Iterable[Member]) -> list[Person]:
    """The owner first, then by name. members: of this project, with their users."""
    found: dict[int, Person] = {}
    for member in members:
        found.setdefault(member.user_id, Person(member.user)).roles.append(member.role)
    assigned = Count("pk")
    for row in Assignment.objects.filter(task__project=project).values("user").annotate(number=assigned):
        if row["user"] in found:
            found[row["user"]].assigned = row["number"]
    for row in Completion.objects.filter(task__project=project).order_by().values("user").annotate(number=assigned):
        if row["user"] in found:
            found[row["user"]].completions = row["number"]
    return sorted(found.values(), key=lambda person: (not person.owns, person.user.get_username().lower()))


def add(project: Project, user: AbstractUser, roles: Collection[str], by: AbstractUser | None) -> None:
    """Give a person these roles beside those that they have."""
    with transaction.atomic():
        _give(project, user, roles)
        _record(project, by, f"gave {user} the role {_names(roles)}")


def set_roles(project: Project, user: AbstractUser, roles: Collection[str], by: AbstractUser | None) -> int:
    """Give a member exactly these roles; ownership is not touched. Returns how many assignments they lose with it.
    Raises TeamRefused where no role would be left."""
    with transaction.atomic():
        theirs = _members(project, user)
        had = {member.role for member in theirs}
        if not roles and Role.OWNER not in had:
            raise TeamRefused(f"{user} would have no role left. Tick at least one, or remove {user} from the team.")
        theirs.exclude(role=Role.OWNER).exclude(role__in=roles).delete()
        _give(project, user, roles)
        lost = take_back(project, [user.pk])
        before = had - {Role.OWNER}
        if before != set(roles):
            words = f"changed the roles of {user} from {_names(before)} to {_names(roles)}"
            _record(project, by, f"{words} and took back {number_of(lost, 'task')}" if lost else words)
    return lost


def remove(project: Project, user: AbstractUser, by: AbstractUser | None) -> None:
    """Take a person out of the project and their assignments back; what they completed stays. Raises TeamRefused."""
    with transaction.atomic():
        _hold_ownership(project)
        if _members(project, user).filter(role=Role.OWNER).exists():
            raise TeamRefused(f"{user} owns this project and can't be removed. Hand over the ownership first.")
        was_there = project.members.filter(user=user).delete()[0]
        lost = take_back(project, [user.pk])
        if was_there:
            _record(project, by, f"removed {user} from the team and took back {number_of(lost, 'task')}")


def remove_everywhere(user: AbstractUser, by: AbstractUser | None) -> None:
    """Take a person out of all projects, as `remove` does. Raises TeamRefused where they own one."""
    theirs = Q(pk__in=Member.objects.filter(user=user).values("project"))
    # Assignments may have outlived the membership.
    theirs |= Q(pk__in=Assignment.objects.filter(user=user).values("task__project"))
    with transaction.atomic():
        for project in Project.objects.filter(theirs).order_by("pk"):
            remove(project, user, by)


def hand_over(project: Project, to: AbstractUser, by: AbstractUser | None) -> None:
    """Make another member the owner; the owner so far stays as a manager. Raises TeamRefused."""
    with transaction.atomic():
        _hold_ownership(project)
        owner = project.members.filter(role=Role.OWNER).select_related("user").first()
        if not _members(project, to).exists():
            raise TeamRefused(f"{to} is not in the team. Add {to} first.")
        if owner:
            _give(project, owner.user, [Role.MANAGER])
            owner.delete()
        project.members.create(user=to, role=Role.OWNER)
        if owner:
            take_back(project, [owner.user_id])
        _record(project, by, f"handed the project over {f'from {owner.user} ' if owner else ''}to {to}")


def take_back(project: Project, users: Collection[int]) -> int:
    """Take those assignments back that the roles of these people no longer allow; how many. users: their ids. To be
    called wherever somebody loses a role, in the same transaction: what stays assigned is offered to nobody else."""
    lost = Q()
    for part, roles in ((Assignment.Role.ANNOTATOR, ANNOTATING), (Assignment.Role.REVIEWER, REVIEWING)):
        lost |= Q(role=part) & ~Q(user__in=project.members.filter(role__in=roles).values("user"))
    theirs = Assignment.objects.filter(lost, task__project=project, user__in=users)
    worked_on = list(theirs.filter(task__completions__isnull=False).values_list("task_id", flat=True).distinct())
    count, _ = theirs.delete()
    status.refresh(worked_on)
    return count


def _hold_ownership(project: Project) -> None:
    """Of two changes of who owns a project, or of who is there to own it, one waits for the other. Imports go on."""
    Project.objects.select_for_update(no_key=True).only("pk").get(pk=project.pk)


def _give(project: Project, user: AbstractUser, roles: Collection[str]) -> None:
    Member.objects.bulk_create(
        [Member(project=project, user=user, role=role) for role in roles if role in GIVEN_ROLES], ignore_conflicts=True
    )


def _record(project: Project, by: AbstractUser | None, words: str) -> None:
    Activity.objects.record(project, by, Activity.Verb.TEAM, words)


def _names(roles: Collection[str]) -> str:
    return ", ".join(role.label.lower() for role in GIVEN_ROLES if role in roles) or "none"


def _members(project: Project, user: AbstractUser) -> QuerySet[Member]:
    return project.members.select_for_update().filter(user=user)
