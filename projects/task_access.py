"""What one person may do on one task with its completions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from projects.access import Membership, member_or_404, task_or_404
from projects.models import Assignment, Completion, Task
from projects.models.completion import CompletionQuerySet
from projects.models.project import Role


@dataclass(frozen=True)
class TaskAccess:
    """completes: may work on a completion of their own. reviews: may accept, reject and correct what others submitted.
    claims: nobody annotates the task yet, and whoever saves first does from then on."""

    membership: Membership
    task: Task
    completes: bool
    reviews: bool
    claims: bool = False

    @property
    def user(self) -> AbstractUser:
        return self.membership.user

    @property
    def sees_all(self) -> bool:
        """Annotators see only their own completions: what others decided would lead them."""
        return self.membership.manages or self.reviews

    @property
    def completions(self) -> CompletionQuerySet:
        """Those that this person may see."""
        done = Completion.objects.filter(task=self.task)
        return done if self.sees_all else done.of(self.user)

    def may_save(self, completion: Completion) -> bool:
        """Their own, as long as they are still on this task in that part."""
        mine = completion.user_id == self.user.pk
        return mine and (self.completes or (self.reviews and completion.corrects_id is not None))

    def may_delete(self, completion: Completion) -> bool:
        return self.membership.manages or (completion.user_id == self.user.pk and completion.submitted_at is None)

    def may_star(self, completion: Completion) -> bool:
        return self.membership.manages or completion.user_id == self.user.pk

    def may_clone(self, completion: Completion) -> bool:
        """Whoever only reviews clones what was submitted, to correct it."""
        return self.completes or (self.reviews and completion.submitted_at is not None)


def access_or_404(user: AbstractUser | AnonymousUser, pk: int, task_pk: int) -> TaskAccess:
    """Raises Http404 for strangers, PermissionDenied for members who may not see the task."""
    membership = member_or_404(user, pk)
    task = task_or_404(membership, task_pk)
    return access_of(membership, task, task.assignments.all())


def access_of(membership: Membership, task: Task, assignments: Iterable[Assignment]) -> TaskAccess:
    """task: one that this person may see. assignments: all of the task."""
    given = [(assignment.user_id, assignment.role) for assignment in assignments]
    annotates = Role.ANNOTATOR in membership.roles
    mine = {role for user_id, role in given if user_id == membership.user.pk}
    taken = any(role == Assignment.Role.ANNOTATOR for _, role in given)
    claims = annotates and not membership.manages and not taken and membership.project.annotators_take_next
    return TaskAccess(
        membership,
        task,
        completes=membership.manages or claims or (annotates and Assignment.Role.ANNOTATOR in mine),
        reviews=membership.owns or (membership.reviews and Assignment.Role.REVIEWER in mine),
        claims=claims,
    )


def completion_or_404(access: TaskAccess, pk: int) -> Completion:
    """Raises Http404 where there is none that this person may see."""
    completion = access.completions.filter(pk=pk).first()
    if completion is None:
        raise Http404(f"There is no completion {pk} of task {access.task.pk}, or it is somebody else's.")
    return completion


def refuse_unless(allowed: bool, why: str) -> None:
    """Raises PermissionDenied."""
    if not allowed:
        raise PermissionDenied(why)
