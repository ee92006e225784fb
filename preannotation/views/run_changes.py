"""Retry what failed in a run; roll a run back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from preannotation import run_actions
from preannotation.actions import Refused
from preannotation.models import PreannotationRun
from preannotation.run_actions import RollBack
from preannotation.run_views import RunView
from preannotation.views.runs import run_or_404
from projects.access import Membership, manager_or_403


@require_POST
def retry(request: HttpRequest, pk: int, run_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    try:
        again = run_actions.retry_failed(run_or_404(membership, run_pk), request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("preannotation:run", pk, run_pk)
    messages.success(request, f"Run {again.pk} repeats what failed in run {run_pk}.")
    return redirect("preannotation:run", pk, again.pk)


@require_http_methods(["GET", "POST"])
def roll_back(request: HttpRequest, pk: int, run_pk: int) -> HttpResponse:
    """Says in numbers what would go, and does it once that is confirmed."""
    membership = manager_or_403(request.user, pk)
    run = run_or_404(membership, run_pk)
    if request.method == "GET":
        return _confirmation(request, membership, run)
    if request.POST.get("numbers") != _numbers(RollBack.of(run)):
        return _confirmation(request, membership, run, "The numbers have changed since. Look, and click again.")
    try:
        run_actions.roll_back(run, request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("preannotation:run", pk, run_pk)


def _confirmation(
    request: HttpRequest, membership: Membership, run: PreannotationRun, notice: str = ""
) -> HttpResponse:
    would = RollBack.of(run)
    context = {
        "membership": membership,
        "project": membership.project,
        "run": RunView(run),
        "would": would,
        "numbers": _numbers(would),
        "notice": notice,
    }
    return render(request, "preannotation/roll_back.html", context)


def _numbers(would: RollBack) -> str:
    return f"{would.predictions}-{would.tasks}-{would.shown_again}"
