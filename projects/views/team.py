"""Who is in a project, and as what."""

from django.contrib import messages
from django.contrib.auth.models import AbstractUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from projects import team as verbs
from projects.access import Membership, manager_or_403, owner_or_403
from projects.forms import AddMemberForm, RolesForm, task_id
from projects.stored_results import number_of
from projects.team import GIVEN_ROLES, TeamRefused


@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    project = membership.project
    form = AddMemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.cleaned_data["username"]
        verbs.add(project, user, form.cleaned_data["roles"], request.user)
        messages.success(request, f"{user} is in the team.")
        return redirect("projects:team", pk)
    context = {
        "membership": membership,
        "project": project,
        "people": verbs.people(project, project.members.all()),
        "roles": [(role.value, role.label) for role in GIVEN_ROLES],
        "form": form,
    }
    return render(request, "projects/team.html", context)


@require_POST
def change(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    user = _member_or_404(membership, user_pk)
    form = RolesForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Not changed: there is no such role.")
        return redirect("projects:team", pk)
    try:
        lost = verbs.set_roles(membership.project, user, form.cleaned_data["roles"], request.user)
        taken = f" {number_of(lost, 'task')} taken back, which they may no longer work on." if lost else ""
        messages.success(request, f"Roles of {user} changed.{taken}")
    except TeamRefused as refused:
        messages.error(request, str(refused))
    return _back(request, membership)


@require_POST
def remove(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    user = _member_or_404(membership, user_pk)
    try:
        verbs.remove(membership.project, user, request.user)
        messages.success(request, f"{user} is no longer in the team.")
    except TeamRefused as refused:
        messages.error(request, str(refused))
    return _back(request, membership)


@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    membership = owner_or_403(request.user, pk)
    user = _member_or_404(membership, task_id(request.POST.get("to")) or 0)
    try:
        verbs.hand_over(membership.project, user, request.user)
        messages.success(request, f"{user} owns this project now. You stay in it as a manager.")
    except TeamRefused as refused:
        messages.error(request, str(refused))
    return _back(request, membership)


def _member_or_404(membership: Membership, user_pk: int) -> AbstractUser:
    for member in membership.project.members.all():
        if member.user_id == user_pk:
            return member.user
    raise Http404(f"Nobody with the id {user_pk} is in this team.")


def _back(request: HttpRequest, membership: Membership) -> HttpResponse:
    """To the team page, as far as this person may still see it: people can change and remove themselves."""
    roles = set(membership.project.members.filter(user=request.user).values_list("role", flat=True))
    if roles & {"owner", "manager"}:
        return redirect("projects:team", membership.project.pk)
    return redirect("projects:tasks", membership.project.pk) if roles else redirect("projects:list")
