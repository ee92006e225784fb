"""The popup: the last deployment, Deploy, Preannotate."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from preannotation import actions
from preannotation.forms import Scope, scope_of
from preannotation.models import Deployment, PreannotationRun
from preannotation.state import DeploymentView, RunView
from projects.access import Membership, manager_or_403


@require_http_methods(["GET", "POST"])
def popup(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    return render_popup(request, membership, scope_of(request.POST or request.GET, membership))


def render_popup(request: HttpRequest, membership: Membership, scope: Scope, notice: str = "") -> HttpResponse:
    """The popup over a scope, as things stand now; with a notice where they are no longer as they were shown."""
    last = Deployment.objects.last_of(membership.project)
    run = PreannotationRun.objects.under_way_in(membership.project)
    context = _deployment_context(membership, last) | {
        "scope": scope,
        "run": RunView(run) if run else None,
        "notice": notice,
    }
    template = "preannotation/_popup.html" if request.htmx else "preannotation/popup.html"
    return render(request, template, context)


@require_POST
def deploy(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    try:
        wanted = actions.deploy(membership.project, request.user)
        problems = ()
    except actions.Refused as refusal:
        wanted = Deployment.objects.last_of(membership.project)
        problems = refusal.problems
    context = _deployment_context(membership, wanted) | {"problems": problems, "count": _count(request.POST)}
    return render(request, "preannotation/_deployment.html", context)


@require_GET
def deployment(request: HttpRequest, pk: int, deployment_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    wanted = get_object_or_404(Deployment.objects.with_models(), pk=deployment_pk, project=membership.project)
    context = _deployment_context(membership, wanted) | {"count": _count(request.GET)}
    return render(request, "preannotation/_deployment.html", context)


def _count(data: QueryDict) -> int:
    """How many tasks the popup around this fragment is about."""
    value = data.get("count", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _deployment_context(membership: Membership, deployment: Deployment | None) -> dict[str, object]:
    project = membership.project
    return {"membership": membership, "project": project, "view": DeploymentView.of(project, deployment)}
