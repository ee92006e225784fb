"""What reviewers make of a submitted completion: accept it, reject it, or correct it themselves."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from projects import keeping
from projects.completing import holding, touched
from projects.models import Activity, Completion
from projects.models.completion import ReviewState
from projects.refusals import Stale
from projects.task_access import TaskAccess

WORDS = {ReviewState.ACCEPTED: "accepted", ReviewState.REJECTED: "rejected"}


def review(access: TaskAccess, pk: int, verdict: ReviewState, comment: str, seen: str) -> Completion:
    """Accept or reject. seen: the review that the person saw on it. Raises Gone, PermissionDenied, and Stale where it
    was reviewed otherwise meanwhile; the same once more changes nothing."""
    with holding(access) as project:
        completion = _reviewable(access, pk)
        if (completion.review, completion.review_comment) == (verdict, comment):
            return completion
        _refuse_reviewed(completion, seen)
        completion.review, completion.review_comment = verdict, comment
        completion.reviewed_by, completion.reviewed_at = access.user, timezone.now()
        completion.save(update_fields=["review", "review_comment", "reviewed_by", "reviewed_at"])
        words = f"{WORDS[verdict]} {completion.username}'s completion {pk} of task {access.task.pk}"
        words += f': "{comment}"' if comment else ""
        Activity.objects.record(project, access.user, Activity.Verb.REVIEWED, words, access.task)
        touched(access)
        return completion


def correct(access: TaskAccess, pk: int, seen: str) -> Completion:
    """A draft of the reviewer's that is to stand for this completion once it is submitted: a new one, or the
    one that they have begun already, as of now. Raises as `review` does."""
    with holding(access):
        _refuse_reviewed(_reviewable(access, pk), seen)
        draft = keeping.clone(access, pk, corrects=True)
        # It may have been begun before the review that was just seen; what is submitted may not.
        draft.created_at = timezone.now()
        draft.save(update_fields=["created_at"])
        return draft


def _reviewable(access: TaskAccess, pk: int) -> Completion:
    if not access.reviews:
        raise PermissionDenied("Only the owner and the reviewer of this task may do this.")
    completion = keeping.locked(access, pk)
    if completion.corrects_id:
        raise Stale(f"Completion {pk} is a reviewer's correction, and counts. A manager may delete it.")
    if completion.submitted_at is None:
        raise Stale(f"{completion.username} has not submitted completion {pk}. Wait until it is.")
    return completion


def _refuse_reviewed(completion: Completion, seen: str) -> None:
    """Two reviewers, or two tabs: nobody overwrites what they have not seen."""
    if completion.review == ReviewState.CORRECTED:
        raise Stale(f"{_who(completion)} has corrected it; the correction counts.")
    if completion.review != seen:
        raise Stale(f"{_who(completion)} has {completion.review or 'reviewed'} it meanwhile. Look at it again.")


def _who(completion: Completion) -> str:
    return completion.reviewed_by.get_username() if completion.reviewed_by else "Somebody"
