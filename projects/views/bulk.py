"""Tag, assign, delete: asks about the selected tasks in numbers, then does it."""

import json
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from projects import bulk_job
from projects.access import Membership, manager_or_403
from projects.bulk_forms import FORMS, BulkForm
from projects.models import BulkChange, KnownValue
from projects.selection import Selection


@require_http_methods(["GET", "POST"])
def bulk(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    if verb not in FORMS:
        raise Http404(f"Tasks can't be changed by {verb}.")
    data = request.POST if request.method == "POST" else request.GET
    selection = Selection.of(data, membership)
    confirmed = request.POST if "confirmed" in request.POST else None
    form = FORMS[verb](confirmed, membership=membership, selection=selection)
    if confirmed and form.is_valid():
        return _done(request, membership, form)
    context = {"membership": membership, "project": membership.project, "selection": selection, "form": form}
    context |= {
        "verb": verb,
        "sort": data.get("sort", ""),
        "known_tags": membership.project.known_values.filter(kind=KnownValue.Kind.TAG)[:200],
    }
    return render(request, "projects/_bulk.html" if request.htmx else "projects/bulk.html", context)


@require_GET
def bulk_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The last large change of this project's tasks, while it is under way and just after."""
    membership = manager_or_403(request.user, pk)
    change = BulkChange.objects.shown_in(membership.project)
    response = render(request, "projects/_bulk_change.html", {"project": membership.project, "change": change})
    if change and request.GET.get("watched") == str(change.pk):
        response["HX-Trigger"] = "tasks-changed"
    return response


def _done(request: HttpRequest, membership: Membership, form: BulkForm) -> HttpResponse:
    """Deleting leads to the first page of the list as it was, for the page at hand may be gone; the others leave it as
    it is."""
    selection = form.selection
    change = bulk_job.start(
        membership.project, request.user, selection.tasks, selection.count, form.verb, form.what, form.words
    )
    context = {"membership": membership, "project": membership.project, "change": change, "form": form}
    sort = {"sort": request.POST["sort"]} if request.POST.get("sort") else {}
    listed = urlencode(selection.filter.given | sort)
    address = f"{reverse('projects:tasks', args=[membership.project.pk])}?{listed}".removesuffix("?")
    if request.htmx and form.verb != "delete":
        response = render(request, "projects/_bulk_done.html", context)
        response["HX-Trigger"] = json.dumps({"tasks-changed": None, "bulk-started": None})
        return response
    tasks = f"{selection.count:,} task{'' if selection.count == 1 else 's'}"
    messages.success(request, f"{tasks} {'being ' if change else ''}{form.words}.")
    if not request.htmx:
        return redirect(address)
    return HttpResponse(headers={"HX-Redirect": address, "HX-Trigger": "selection-gone"})
