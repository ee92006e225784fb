"""Try the deployment on three tasks of the popup's scope, and show what it says."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from preannotation import claims, tryout
from preannotation.actions import Refused
from preannotation.forms import options_of
from preannotation.models import TryOut
from preannotation.scopes import scope_of
from preannotation.tried_texts import tried_texts
from preannotation.views.popup import render_refusal
from preannotation.views.runs import threshold_names_of
from preannotation.waiting import SparkWorkers
from projects.access import Membership, manager_or_403

# A worker that loads other models meanwhile beats for them, not for this.
UNANSWERED = timedelta(minutes=10)


@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    scope = scope_of(request.POST, membership)
    options, problems = options_of(request.POST, threshold_names_of(membership))
    try:
        if problems:
            return render_refusal(request, membership, scope, problems)
        asked = tryout.ask(membership.project, request.user, scope.tasks, scope.count, options.thresholds)
    except Refused as refusal:
        return render_refusal(request, membership, scope, refusal.problems)
    return _fragment(request, membership, asked)


@require_GET
def show(request: HttpRequest, pk: int, try_out_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    wanted = get_object_or_404(TryOut.objects.select_related("deployment"), pk=try_out_pk, project=membership.project)
    return _fragment(request, membership, wanted)


def _fragment(request: HttpRequest, membership: Membership, asked: TryOut) -> HttpResponse:
    context = {
        "membership": membership,
        "project": membership.project,
        "asked": asked,
        "texts": tried_texts(asked) if asked.state == TryOut.State.DONE else (),
        "rate": tryout.rate(asked) if asked.state == TryOut.State.DONE else None,
        "whole_time": tryout.whole_time(asked),
        "lost": _is_lost(asked),
        "silence": SparkWorkers.read().silence if asked.state == TryOut.State.QUEUED else "",
    }
    template = "preannotation/_try_out.html" if request.htmx else "preannotation/try_out.html"
    return render(request, template, context)


def _is_lost(asked: TryOut) -> bool:
    """Whether its worker has died, or none came for it."""
    silent = timezone.now() - asked.beat_at
    return asked.is_under_way and silent > (claims.SILENCE if asked.claimed_by else UNANSWERED)
