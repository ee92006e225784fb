"""A project's deployment: Deploy, how far it is, Stop, and what else is deployed on this server."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget

from preannotation import actions
from preannotation.deployed import DeploymentView
from preannotation.forms import whole_number
from preannotation.models import Deployment
from preannotation.others import Others
from preannotation.waiting import SparkWorkers
from projects.access import Membership, manager_or_403


@require_POST
def deploy(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    problems: tuple[object, ...] = ()
    try:
        actions.deploy(membership.project, request.user)
    except actions.Refused as refusal:
        problems = refusal.problems
    return _answered(request, membership, problems)


@require_GET
def last_deployment(request: HttpRequest, pk: int) -> HttpResponse:
    """What has changed since the page was drawn, which may have been before anything was deployed. seen: the marks of
    what it shows; 204 where that still stands."""
    membership = manager_or_403(request.user, pk)
    context = deployment_context(membership, Deployment.objects.last_of(membership.project))
    view = context["view"]
    seen, _, progress = request.GET.get("seen", "").partition("-")
    if seen == view.mark and progress == view.progress_mark:
        return HttpResponse(status=204)
    if seen == view.mark:
        return render(request, "preannotation/_deployment_progress.html", context)
    return reswap(retarget(_changed(request, membership, request.GET), "#deployment"), "outerHTML")


@require_POST
def stop(request: HttpRequest, pk: int, deployment_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    wanted = get_object_or_404(Deployment, pk=deployment_pk, project=membership.project)
    problems: tuple[object, ...] = ()
    try:
        actions.stop(wanted, request.user, told=whole_number(request.POST, "runs"))
    except actions.Refused as refusal:
        problems = refusal.problems
    return _answered(request, membership, problems)


@require_GET
def other_deployments(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    return render(request, "preannotation/_others.html", others_context(membership, SparkWorkers.read()))


def deployment_context(membership: Membership, deployment: Deployment | None) -> dict[str, object]:
    project = membership.project
    return {"membership": membership, "project": project, "view": DeploymentView.of(project, deployment)}


def others_context(membership: Membership, workers: SparkWorkers) -> dict[str, object]:
    return {"project": membership.project, "others": Others.of(membership.user, membership.project, workers)}


def _answered(request: HttpRequest, membership: Membership, problems: Sequence[object]) -> HttpResponse:
    if request.htmx:
        return _changed(request, membership, request.POST, problems)
    for problem in problems:
        messages.error(request, str(problem))
    return redirect("preannotation:popup", membership.project.pk)


def _changed(
    request: HttpRequest, membership: Membership, data: QueryDict, problems: Sequence[object] = ()
) -> HttpResponse:
    """The deployment anew, with what hangs on it elsewhere in the popup. problems: why nothing was done."""
    context = deployment_context(membership, Deployment.objects.last_of(membership.project))
    # How many tasks the popup around this fragment is about.
    context |= {"problems": problems, "count": whole_number(data, "count") or 0}
    return render(request, "preannotation/_deployment_changed.html", context)
