"""A project's deployment: Deploy, how far it is, Stop, and what else is deployed on this server."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget

from preannotation import actions
from preannotation.deployed import DeploymentView
from preannotation.models import Deployment
from preannotation.others import Others
from preannotation.waiting import SparkWorkers
from projects.access import Membership, manager_or_403


@require_POST
def deploy(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    try:
        wanted = actions.deploy(membership.project, request.user)
        problems = ()
    except actions.Refused as refusal:
        wanted = Deployment.objects.last_of(membership.project)
        problems = refusal.problems
    context = deployment_context(membership, wanted) | {"problems": problems, "count": _count(request.POST)}
    return render(request, "preannotation/_deployment.html", context)


@require_GET
def deployment(request: HttpRequest, pk: int, deployment_pk: int) -> HttpResponse:
    """What has changed since the page was drawn. seen: the marks of what it shows; 204 where that still stands."""
    membership = manager_or_403(request.user, pk)
    get_object_or_404(Deployment, pk=deployment_pk, project=membership.project)
    context = deployment_context(membership, Deployment.objects.last_of(membership.project))
    context["count"] = _count(request.GET)
    view = context["view"]
    seen, _, progress = request.GET.get("seen", "").partition("-")
    if seen == view.mark and progress == view.progress_mark:
        return HttpResponse(status=204)
    if seen == view.mark:
        return render(request, "preannotation/_deployment_progress.html", context)
    return reswap(retarget(render(request, "preannotation/_deployment.html", context), "#deployment"), "outerHTML")


@require_POST
def stop(request: HttpRequest, pk: int, deployment_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    wanted = get_object_or_404(Deployment, pk=deployment_pk, project=membership.project)
    actions.stop(wanted, request.user)
    if not request.htmx:
        return redirect("preannotation:popup", pk)
    context = deployment_context(membership, Deployment.objects.last_of(membership.project))
    return render(request, "preannotation/_deployment.html", context | {"count": _count(request.POST)})


@require_GET
def other_deployments(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    return render(request, "preannotation/_others.html", others_context(membership, SparkWorkers.read()))


def deployment_context(membership: Membership, deployment: Deployment | None) -> dict[str, object]:
    project = membership.project
    return {"membership": membership, "project": project, "view": DeploymentView.of(project, deployment)}


def others_context(membership: Membership, workers: SparkWorkers) -> dict[str, object]:
    return {"project": membership.project, "others": Others.of(membership.user, membership.project, workers)}


def _count(data: QueryDict) -> int:
    """How many tasks the popup around this fragment is about."""
    value = data.get("count", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
