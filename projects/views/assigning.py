"""Assigning one task, from its page."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from projects.access import manager_or_403, task_or_404
from projects.assigning import PeopleForm, set_people


@require_POST
def assign(request: HttpRequest, pk: int, task_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    task = task_or_404(membership, task_pk)
    assignments = list(task.assignments.select_related("user"))
    form = PeopleForm(request.POST, members=membership.project.members.all(), assignments=assignments)
    if form.is_valid():
        reviewer = form.cleaned_data["reviewer"]
        annotators = [int(user) for user in form.cleaned_data["annotators"]]
        set_people(membership.project, task, annotators, int(reviewer) if reviewer else None, request.user)
        messages.success(request, "Saved who works on this task.")
    else:
        messages.error(request, "Not saved: somebody chosen has left the team or lost the role. Look again.")
    address = request.POST.get("list", "")
    return redirect(task.get_absolute_url() + (f"?{urlencode({'list': address})}" if address else ""))
