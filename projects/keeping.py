"""What else people do with completions: clone one, star it, delete it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from projects.completing import holding, touched
from projects.models import Activity, Completion
from projects.models.completion import ReviewState
from projects.refusals import Gone, Refused, Stale
from projects.task_access import TaskAccess


def clone(access: TaskAccess, pk: int, corrects: bool = False) -> Completion:
    """A draft of one's own with the same content; the one that is there already where it was not touched since.

    corrects: it is to stand for the original. Raises Gone, PermissionDenied.
    """
    with holding(access):
        source = locked(access, pk)
        if not (access.reviews if corrects else access.may_clone(source)):
            raise PermissionDenied("You are not one of this task's annotators.")
        original = (source.corrects_id or source.pk) if corrects or not access.completes else None
        if draft := _begun(access, source, original):
            return draft
        draft = Completion.objects.create(
            task=access.task,
            user=access.user,
            username=access.user.get_username(),
            result=source.result,
            set_aside=source.set_aside,
            note=source.note,
            copied_from=source.reference,
            corrects_id=original,
        )
        touched(access)
        return draft


def star(access: TaskAccess, pk: int) -> Completion:
    """Star it, in place of the same person's other one; or take the star away. Raises Gone, PermissionDenied."""
    with holding(access):
        completion = locked(access, pk)
        if not access.may_star(completion):
            raise PermissionDenied("Only the person who made it and the managers may star it.")
        others = Completion.objects.filter(task=access.task, username=completion.username, starred=True)
        others.exclude(pk=pk).update(starred=False)
        completion.starred = not completion.starred
        completion.save(update_fields=["starred"])
        touched(access)
        return completion


def delete(access: TaskAccess, pk: int, counted: str) -> Completion:
    """counted: what was asked about, as `stamp` gives it. Raises Gone, Stale where it is another by now, Refused where
    a correction stands for it, and PermissionDenied."""
    with holding(access) as project:
        completion = locked(access, pk)
        if not access.may_delete(completion):
            raise PermissionDenied("You may delete your own drafts. What is submitted goes by the managers only.")
        if counted != stamp(completion):
            raise Stale("It was changed since you were asked. Look again at what goes.")
        _refuse_corrected(completion)
        whose = "a" if completion.user_id == access.user.pk else f"{completion.username}'s"
        words = (
            f"deleted {whose} {_kind(completion)} {pk} of task {access.task.pk}, regions: {len(completion.result):,}"
        )
        if completion.corrects_id and completion.submitted_at:
            # What it stood for waits for a review again.
            corrected = Completion.objects.filter(pk=completion.corrects_id, review=ReviewState.CORRECTED)
            corrected.update(review=ReviewState.NONE, reviewed_by=None, reviewed_at=None)
        completion.delete()
        Activity.objects.record(project, access.user, Activity.Verb.DELETED, words, access.task)
        touched(access)
        return completion


def stamp(completion: Completion) -> str:
    """Stands for the state that a question is about."""
    return f"{completion.version} {'submitted' if completion.submitted_at else 'draft'} {completion.review}".strip()


def locked(access: TaskAccess, pk: int) -> Completion:
    """Raises Gone where this person sees no such completion any more."""
    completion = access.completions.locked(pk)
    if completion is None:
        raise Gone(f"Completion {pk} of task {access.task.pk} was deleted.")
    return completion


def _refuse_corrected(completion: Completion) -> None:
    """Without what it corrects, a correction would be work of the reviewer's own, which a reviewer may not save."""
    if correction := completion.corrections.order_by("pk").first():
        raise Refused(
            f"{correction.username}'s correction of it, {_kind(correction)} {correction.pk}, hangs on it. "
            "Delete that first."
        )


def _kind(completion: Completion) -> str:
    return "submitted completion" if completion.submitted_at else "draft"


def _begun(access: TaskAccess, source: Completion, original: int | None) -> Completion | None:
    """Of a correction any draft, of another clone only one that nobody has touched."""
    drafts = Completion.objects.of(access.user).filter(task=access.task, submitted_at=None)
    if original:
        return drafts.filter(corrects=original).order_by("pk").first()
    return drafts.filter(copied_from=source.reference, corrects=None, version=1, draft_key=None).first()
