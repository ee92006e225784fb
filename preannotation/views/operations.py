"""The operators' page, for staff: what runs, what waits, what is full."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from preannotation import actions
from preannotation import operations as figures
from preannotation.forms import whole_number
from preannotation.models import Deployment
from projects.models import Project


@require_GET
def operations(request: HttpRequest) -> HttpResponse:
    _staff_or_403(request)
    context = figures.everything()
    names = dict(Project.objects.of(request.user).values_list("pk", "name"))
    for row in (*context["runs"], *context["imports"], *context["deployments"]):
        row["project_name"] = names.get(row["project"], f"project {row['project']}")
    template = "preannotation/_operations.html" if request.htmx else "preannotation/operations.html"
    return render(request, template, context)


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    _staff_or_403(request)
    try:
        actions.stop(get_object_or_404(Deployment, pk=pk), request.user, told=whole_number(request.POST, "runs"))
    except actions.Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("preannotation:operations")


def _staff_or_403(request: HttpRequest) -> None:
    """Raises PermissionDenied."""
    if not request.user.is_staff:
        raise PermissionDenied("Only staff may see how this server runs.")
