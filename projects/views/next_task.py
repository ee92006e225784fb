"""The way to the next task, and what stands there when none is left."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from projects.access import member_or_404
from projects.forms import task_id
from projects.models.project import Role
from projects.next_task import next_task as find
from projects.task_filter import TaskFilter


@require_GET
@never_cache
def next_task(request: HttpRequest, pk: int) -> HttpResponse:
    """Leads to the task; one that anybody may take is the asker's from then on."""
    membership = member_or_404(request.user, pk)
    address = QueryDict(request.GET.get("list", ""))
    after = membership.tasks.filter(pk=task_id(request.GET.get("after")) or 0).first()
    found = find(membership, address, after)
    if found:
        messages.info(request, f"{found.words}.")
        page = reverse("projects:task", args=[pk, found.task.pk])
        return redirect(f"{page}?{urlencode({'list': address.urlencode()})}" if address else page)
    context = {"membership": membership, "project": membership.project, "filter": TaskFilter.of(address)}
    context |= {"address": address.urlencode(), "has_tasks": membership.tasks.exists()}
    context["only_reviews"] = membership.roles == {Role.REVIEWER}
    return render(request, "projects/next_none.html", context)
