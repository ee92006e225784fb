"""The popup: the last deployment, what else is deployed here, Preannotate."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from preannotation.forms import Scope, scope_of
from preannotation.models import Deployment, PreannotationRun
from preannotation.state import RunView
from preannotation.views.deployments import deployment_context, others_context
from projects.access import Membership, manager_or_403


@require_GET
def popup(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    return render_popup(request, membership, scope_of(request.GET, membership))


def render_popup(request: HttpRequest, membership: Membership, scope: Scope, notice: str = "") -> HttpResponse:
    """The popup over a scope, as things stand now; with a notice where they are no longer as they were shown."""
    last = Deployment.objects.last_of(membership.project)
    run = PreannotationRun.objects.under_way_in(membership.project)
    context = deployment_context(membership, last)
    if not request.htmx:
        context |= others_context(membership, context["view"].workers)
    context |= {
        "scope": scope,
        "run": RunView(run) if run else None,
        "notice": notice,
    }
    template = "preannotation/_popup.html" if request.htmx else "preannotation/popup.html"
    return render(request, template, context)
