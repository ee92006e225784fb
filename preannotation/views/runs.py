"""Runs: start one, watch it, cancel it, and the pages that show them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import retarget, trigger_client_event

from preannotation import actions
from preannotation.deployed import DeploymentView
from preannotation.forms import options_of
from preannotation.models import Deployment, PreannotationRun
from preannotation.run_tasks import RunTaskPage
from preannotation.run_views import RunView
from preannotation.scopes import Scope, scope_of
from preannotation.views.popup import render_popup, render_refusal, threshold_names
from projects.access import Membership, manager_or_403, member_or_404
from projects.listing import Listing

IDLE_SECONDS = 30


@require_GET
def runs(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    listing = Listing.of(PreannotationRun.objects.of(membership.project).with_models(), request.GET)
    context = {"membership": membership, "project": membership.project, "listing": listing}
    context["runs"] = [RunView(run) for run in listing.rows]
    return render(request, "preannotation/runs.html", context)


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    scope = scope_of(request.POST, membership)
    notice = scope.problem or _what_changed(request, membership, scope)
    if notice:
        return retarget(render_popup(request, membership, scope, notice), "#popup-body")
    options, problems = options_of(request.POST, threshold_names_of(membership))
    if problems:
        return render_refusal(request, membership, scope, problems)
    try:
        run = actions.preannotate(membership.project, request.user, scope.tasks, scope.words, options)
    except actions.Refused as refusal:
        return render_refusal(request, membership, scope, refusal.problems)
    response = run_fragment(request, membership, run)
    return trigger_client_event(response, "run-changed") if request.htmx else redirect("projects:tasks", pk)


def threshold_names_of(membership: Membership) -> list[str]:
    last = Deployment.objects.last_of(membership.project)
    return threshold_names(DeploymentView.of(membership.project, last))


def _what_changed(request: HttpRequest, membership: Membership, scope: Scope) -> str:
    """Why the click can't mean what the popup showed; "" where all is as it was."""
    if request.POST.get("count") != str(scope.count):
        return (
            "The number of tasks has changed since this window was opened. Nothing was started: look, and click again."
        )
    usable = Deployment.objects.ready_in(membership.project)
    if usable and request.POST.get("deployment", str(usable.pk)) != str(usable.pk):
        return (
            f"{usable.created_by or 'Somebody'} has deployed since this window was opened. "
            "Nothing was started: look at the models below, and click again."
        )
    return ""


@require_GET
@vary_on_headers("HX-Request")
def run(request: HttpRequest, pk: int, run_pk: int) -> HttpResponse:
    """Its progress for a page that polls, else the page about it."""
    membership = manager_or_403(request.user, pk)
    wanted = run_or_404(membership, run_pk)
    if request.htmx:
        return run_fragment(request, membership, wanted)
    context = {
        "membership": membership,
        "project": membership.project,
        "run": RunView(wanted),
        "listed": RunTaskPage.of(wanted, request.GET),
    }
    return render(request, "preannotation/run.html", context)


@require_POST
def cancel(request: HttpRequest, pk: int, run_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    wanted = run_or_404(membership, run_pk)
    actions.cancel(wanted, request.user)
    wanted.refresh_from_db()
    if not request.htmx:
        return redirect("projects:tasks", pk)
    return trigger_client_event(run_fragment(request, membership, wanted), "run-changed")


@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The run that goes on, or the last one: for the task list, for everybody in the project. A list that is open when
    somebody else, or an import, starts one hears of it within IDLE_SECONDS."""
    membership = member_or_404(request.user, pk)
    project = membership.project
    wanted = PreannotationRun.objects.under_way_in(project) or PreannotationRun.objects.of(project).first()
    shown, seen = (RunView(wanted) if wanted else None), request.GET.get("seen")
    if seen == (shown.mark if shown else "none") and not (shown and shown.is_live):
        return HttpResponse(status=204)
    context = {"membership": membership, "project": project, "run": shown, "idle_seconds": IDLE_SECONDS}
    response = render(request, "preannotation/_progress.html", context)
    if shown and seen not in (None, shown.mark):
        return trigger_client_event(response, "tasks-changed")
    return response


def run_fragment(request: HttpRequest, membership: Membership, run: PreannotationRun) -> HttpResponse:
    context = {"membership": membership, "project": membership.project, "run": RunView(run)}
    return render(request, "preannotation/_run.html", context)


def run_or_404(membership: Membership, run_pk: int) -> PreannotationRun:
    return get_object_or_404(PreannotationRun.objects.of(membership.project).with_models(), pk=run_pk)
