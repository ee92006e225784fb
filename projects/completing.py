"""What people do with completions of their own: begin one, save it, submit it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from projects import status
from projects.completion_body import Given
from projects.judging import record_verdicts
from projects.labeling_config import ChoicesControl, LabelingConfig
from projects.models import Activity, Assignment, Completion, Project, Task
from projects.models.completion import ReviewState
from projects.models.project import ConfigRefused
from projects.models.task import TaskStatus
from projects.refusals import Busy, Frozen, Gone, Invalid, Refused, Stale, Unreadable
from projects.results import Region, check_result, is_relation
from projects.search_index import refresh_marks
from projects.task_access import TaskAccess

LOCK_WAIT_MS = 3_000
FROZEN = "This completion is submitted, and stays as it is. Clone it to change something."
BUSY = "The project is being changed right now. Your work is kept in this browser; save again in a moment."
LOCKED_SQLSTATES = ("55P03", "40P01")


@dataclass(frozen=True)
class Saved:
    """status: of the task, now. is_new: the completion was not there before."""

    completion: Completion
    status: TaskStatus
    is_new: bool = False


@contextmanager
def holding(access: TaskAccess) -> Iterator[Project]:
    """A transaction in which neither the project's config nor anything of this task changes; the project as it then is.

    Locks the project's row (shared), then the task's, as everything does that locks both. Raises Gone, and Busy where
    somebody holds one of them for too long.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(LOCK_WAIT_MS)])
            # Not KEY SHARE: a config is saved under NO KEY UPDATE, so that imports go on, and would not be kept out.
            projects = Project.objects.raw(
                "SELECT * FROM projects_project WHERE id = %s FOR SHARE", [access.membership.project.pk]
            )
            project = next(iter(projects), None)
            tasks = Task.objects.select_for_update(no_key=True).filter(pk=access.task.pk).only("pk")
            if project is None or not tasks:
                raise Gone(f"Task {access.task.pk} was deleted. Your work is still in this browser.")
            yield project
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") in LOCKED_SQLSTATES:
            raise Busy(BUSY) from error
        raise


def create(access: TaskAccess, given: Given) -> Saved:
    """A new draft, or the one that was made under the same key. Raises Refused, PermissionDenied."""
    with holding(access) as project:
        made = given.draft_key and Completion.objects.select_for_update().filter(draft_key=given.draft_key).first()
        if made and (made.task_id, made.user_id) != (access.task.pk, access.user.pk):
            raise Unreadable("This draft_key belongs to another completion. Reload the page.")
        if made:
            return _store(access, project, made, given, based_on=given.version or 1)
        if not access.completes:
            raise PermissionDenied("You are not one of this task's annotators.")
        _claim(access)
        completion = Completion(task=access.task, user=access.user, username=access.user.get_username())
        completion.draft_key, completion.version, completion.copied_from = given.draft_key, 0, given.copied_from
        _fill(completion, given, _checked(access, project, given)[0], project)
        completion.save()
        return Saved(completion, touched(access), is_new=True)


def save(access: TaskAccess, pk: int, given: Given) -> Saved:
    """Raises Refused, PermissionDenied."""
    with holding(access) as project:
        return _store(access, project, _own(access, pk), given, based_on=given.version)


def submit(access: TaskAccess, pk: int, given: Given) -> Saved:
    """Save and freeze. The same once more changes nothing. Raises Refused, PermissionDenied."""
    with holding(access) as project:
        completion = _own(access, pk)
        if completion.submitted_at and _says(completion, given):
            return Saved(completion, status.refresh([access.task.pk])[access.task.pk])
        _refuse_stale(project, completion, given, given.version)
        kept, config = _checked(access, project, given)
        if problems := list(_unanswered(kept, config)):
            raise Invalid(
                f"Not submitted: {problems[0]['reason']}", problems=problems, config_version=project.config_version
            )
        _fill(completion, given, kept, project)
        completion.submitted_at = completion.updated_at
        if completion.corrects_id:
            _correct(access, completion)
        completion.save()
        record_verdicts(completion, config)
        words = f"submitted a completion of task {access.task.pk} ({_number(kept)})"
        Activity.objects.record(project, access.user, Activity.Verb.SUBMITTED, words, access.task)
        return Saved(completion, touched(access))


def touched(access: TaskAccess) -> TaskStatus:
    """Make status, search and date of a task what they are after one of its completions was written."""
    Task.objects.filter(pk=access.task.pk).update(updated_at=timezone.now())
    refresh_marks([access.task.pk])
    return status.refresh([access.task.pk])[access.task.pk]


def _store(access: TaskAccess, project: Project, completion: Completion, given: Given, based_on: int | None) -> Saved:
    if completion.submitted_at is None and _says(completion, given):
        # Perhaps the answer to an earlier save got lost on its way.
        return Saved(completion, status.refresh([access.task.pk])[access.task.pk])
    _refuse_stale(project, completion, given, based_on)
    _fill(completion, given, _checked(access, project, given)[0], project)
    completion.save()
    return Saved(completion, touched(access))


def _own(access: TaskAccess, pk: int) -> Completion:
    completion = Completion.objects.filter(task=access.task).locked(pk)
    if completion is None:
        raise Gone("This completion was deleted. Your work is still in this browser.")
    if not access.may_save(completion):
        mine = completion.user_id == access.user.pk
        whose = "You are no longer assigned to this task." if mine else "Only the person who made it may change it."
        raise PermissionDenied(f"{whose} Your work is still in this browser.")
    return completion


def _refuse_stale(project: Project, completion: Completion, given: Given, based_on: int | None) -> None:
    if completion.submitted_at:
        raise Frozen(FROZEN, version=completion.version, submitted_at=completion.submitted_at.isoformat())
    if based_on is None:
        raise Unreadable('"version" is missing: the version of the draft that the browser edits.')
    if completion.version == based_on:
        return
    changed = given.config_version is not None and given.config_version < project.config_version
    why = "the Labeling Config was changed meanwhile" if changed else "it was saved meanwhile, perhaps in another tab"
    raise Stale(
        f"Not saved: {why}. Compare what is stored with what you have here.",
        version=completion.version,
        config_version=project.config_version,
        saved_at=completion.updated_at.isoformat(),
        by=completion.username,
        result=completion.result,
        set_aside=completion.set_aside,
        note=completion.note,
    )


def _says(completion: Completion, given: Given) -> bool:
    stored = completion.result, completion.set_aside, completion.note
    return stored == (given.result, given.set_aside, given.note)


def _checked(access: TaskAccess, project: Project, given: Given) -> tuple[list[Region], LabelingConfig]:
    try:
        config = project.parsed_config()
    except ConfigRefused as refused:
        raise Refused(f"The project's Labeling Config must be corrected first. {refused.problems[0]}") from refused
    checked = check_result(given.result, config, access.task.text)
    if checked.refused:
        problems = [{"index": refused.index, "reason": refused.reason} for refused in checked.refused]
        raise Invalid(
            f"Not saved: {len(problems):,} region{'' if len(problems) == 1 else 's'} can't be kept. "
            f"The first: {checked.refused[0].reason}",
            problems=problems,
            config_version=project.config_version,
        )
    return checked.kept, config


def _fill(completion: Completion, given: Given, kept: list[Region], project: Project) -> None:
    completion.result, completion.set_aside, completion.note = kept, given.set_aside, given.note
    completion.version += 1
    completion.updated_at = timezone.now()
    # Whose work it began with stays said; a prediction may be copied into it later.
    if not completion.copied_from.startswith("completion"):
        completion.copied_from = given.copied_from
    if project.measure_time:
        completion.lead_time = (completion.lead_time or 0) + given.seconds


def _unanswered(kept: list[Region], config: LabelingConfig) -> Iterator[dict[str, Any]]:
    given = {(region.get("from_name"), str(region.get("id"))) for region in kept if not is_relation(region)}
    of_text = {region["from_name"] for region in kept if not is_relation(region) and "start" not in region["value"]}
    for control in config.choices_controls:
        if control.required and not control.per_region and control.name not in of_text:
            yield {"index": None, "control": control.name, "reason": f'choose "{control.name}" first.'}
        elif control.required and control.per_region:
            yield from _unanswered_regions(control, kept, given, config)


def _unanswered_regions(
    control: ChoicesControl, kept: list[Region], given: set[tuple[Any, str]], config: LabelingConfig
) -> Iterator[dict[str, Any]]:
    for index, region in enumerate(kept):
        if region.get("type") != "labels" or (control.name, str(region["id"])) in given:
            continue
        name = region["value"]["labels"][0]
        label = config.label(region["from_name"], name)
        if not getattr(label, "assertion", False):
            about = f"{name} at {region['value']['start']:,}"
            yield {"index": index, "control": control.name, "reason": f'choose "{control.name}" for {about} first.'}


def _claim(access: TaskAccess) -> None:
    """Whoever saves first of a task that nobody annotates is its annotator."""
    if not access.claims:
        return
    role = Assignment.Role.ANNOTATOR
    taken = Assignment.objects.filter(task=access.task, role=role).select_related("user").first()
    if taken and taken.user_id != access.user.pk:
        raise PermissionDenied(f"{taken.user} has taken this task meanwhile. Your work is still in this browser.")
    if not taken:
        Assignment.objects.create(task=access.task, user=access.user, role=role)


def _correct(access: TaskAccess, completion: Completion) -> None:
    """A reviewer's correction stands for the original, and needs no review of its own."""
    original = Completion.objects.locked(completion.corrects_id)
    if original.reviewed_at and original.reviewed_at > completion.created_at:
        who = original.reviewed_by.get_username() if original.reviewed_by else "Somebody"
        is_corrected = original.review == ReviewState.CORRECTED
        then = "Their correction counts" if is_corrected else 'Look at that first, and click "Correct it myself" there'
        raise Refused(
            f"Not submitted: {who} has {original.review} completion {original.pk} since this correction was begun. "
            f"{then}; your correction stays a draft."
        )
    now = completion.submitted_at
    for reviewed, state in ((original, ReviewState.CORRECTED), (completion, ReviewState.ACCEPTED)):
        reviewed.review, reviewed.reviewed_by, reviewed.reviewed_at = state, access.user, now
    original.save(update_fields=["review", "reviewed_by", "reviewed_at"])
    words = f"corrected {original.username}'s completion {original.pk} of task {access.task.pk}"
    Activity.objects.record(access.membership.project, access.user, Activity.Verb.REVIEWED, words, access.task)


def _number(kept: list[Region]) -> str:
    return f"{len(kept):,} region{'' if len(kept) == 1 else 's'}"
