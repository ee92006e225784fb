"""Who annotates and who reviews one task, as its page lets managers say."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.db import transaction

from projects import bulk
from projects.access import Membership
from projects.models import Activity, Assignment, Member, Project, Task
from projects.models.project import Role
from projects.team import ANNOTATING, REVIEWING


class PeopleForm(forms.Form):
    """All annotators of a task, and its reviewer."""

    annotators = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    reviewer = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, members: Iterable[Member], assignments: Iterable[Assignment], **kwargs: Any) -> None:
        of_role = {
            role: [str(given.user_id) for given in assignments if given.role == role] for role in Assignment.Role
        }
        initial = {"annotators": of_role[Assignment.Role.ANNOTATOR], "reviewer": "".join(of_role["reviewer"][:1])}
        super().__init__(*args, initial=initial, **kwargs)
        # Who is assigned and has lost the role since can still be taken back here.
        self.fields["annotators"].choices = _people(members, assignments, ANNOTATING, "annotator")
        self.fields["reviewer"].choices = [("", "Nobody"), *_people(members, assignments, REVIEWING, "reviewer")]


def _people(
    members: Iterable[Member], assignments: Iterable[Assignment], roles: Collection[Role], given: str
) -> list[tuple[str, str]]:
    fit = {str(member.user_id): member.user.get_username() for member in members if member.role in roles}
    there = {str(one.user_id): one.user.get_username() for one in assignments if one.role == given}
    return sorted((fit | there).items(), key=lambda person: person[1])


def people_form(membership: Membership, assignments: Iterable[Assignment]) -> PeopleForm | None:
    """For those who may assign; None for others."""
    if not membership.manages:
        return None
    return PeopleForm(members=membership.project.members.all(), assignments=assignments)


def set_people(project: Project, task: Task, annotators: Collection[int], reviewer: int | None, by: Any) -> None:
    """Exactly these from now on; what they have done on the task stays."""
    with transaction.atomic():
        Task.objects.select_for_update(no_key=True).only("pk").get(pk=task.pk)
        now = list(task.assignments.values_list("role", "user_id"))
        gone = [user for role, user in now if role == Assignment.Role.ANNOTATOR and user not in annotators]
        if gone:
            bulk.perform("unassign", {"role": "annotator", "users": gone}, [task.pk])
        if annotators:
            bulk.perform("assign", {"role": "annotator", "how": bulk.EVERYBODY, "users": list(annotators)}, [task.pk])
        if reviewer:
            bulk.perform("assign", {"role": "reviewer", "how": "reviewer", "users": [reviewer]}, [task.pk])
        else:
            bulk.perform("unassign", {"role": "reviewer", "users": []}, [task.pk])
        Activity.objects.record(project, by, Activity.Verb.CHANGED, f"changed who works on task {task.pk}", task)
