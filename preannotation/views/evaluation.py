"""Evaluations: how well models do on a project's reviewed tasks; start one, watch it, read what it found."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh

from preannotation.evaluating import actions
from preannotation.evaluating.data import test_tasks
from preannotation.evaluating.excerpts import main_figures
from preannotation.evaluating.pages import EvaluationPage
from preannotation.models import Evaluation, NlpModel
from projects.access import Membership, manager_or_403
from projects.listing import Listing
from projects.views.posting import posted_from

MODELS_SHOWN = 200


@require_GET
@vary_on_headers("HX-Request")
def evaluations(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    template = "preannotation/_evaluations.html" if request.htmx else "preannotation/evaluations.html"
    return render(
        request, template, _listed(membership, request.GET) if request.htmx else _offered(membership, request.GET)
    )


@posted_from("preannotation:evaluations")
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """model: ids of those that are ticked; deployed: those of the last deployment instead."""
    membership = manager_or_403(request.user, pk)
    ticked = {int(value) for value in request.POST.getlist("model") if value.isascii() and value.isdigit()}
    if "deployed" in request.POST:
        models = actions.deployed_models(membership.project)
    else:
        wanted = {value for value in ticked if value < 2**63}
        models = list(NlpModel.objects.usable_in(membership.project).filter(pk__in=wanted).order_by("name", "version"))
    try:
        evaluation = actions.start(membership.project, models, request.user)
    except actions.EvaluationRefused as refusal:
        context = _offered(membership, {}, ticked) | {"problems": refusal.problems}
        return render(request, "preannotation/evaluations.html", context, status=422)
    return redirect("preannotation:evaluation", pk, evaluation.pk)


@require_GET
@vary_on_headers("HX-Request")
def evaluation(request: HttpRequest, pk: int, evaluation_pk: int) -> HttpResponse:
    """Its progress for a page that polls, else the page about it."""
    membership = manager_or_403(request.user, pk)
    wanted = _evaluation_or_404(membership, evaluation_pk)
    context = {"membership": membership, "project": membership.project, "evaluation": wanted}
    if request.htmx:
        if not wanted.is_under_way:
            return HttpResponseClientRefresh()
        return render(request, "preannotation/_evaluation_progress.html", context)
    context["shown"] = EvaluationPage.of(wanted, request.GET.dict())
    return render(request, "preannotation/evaluation.html", context)


@require_POST
def cancel(request: HttpRequest, pk: int, evaluation_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    actions.cancel(_evaluation_or_404(membership, evaluation_pk), request.user)
    return redirect("preannotation:evaluation", pk, evaluation_pk)


def _evaluation_or_404(membership: Membership, evaluation_pk: int) -> Evaluation:
    return get_object_or_404(Evaluation.objects.of(membership.project), pk=evaluation_pk)


def _listed(membership: Membership, address: Mapping[str, str]) -> dict[str, object]:
    listing = Listing.of(Evaluation.objects.of(membership.project).defer("figures"), address)
    figures = main_figures([one.pk for one in listing.rows])
    rows = [
        (one, [(model, *figures.get(one.pk, {}).get(model.pk, ("", None))) for model in one.nlp_models.all()])
        for one in listing.rows
    ]
    under_way = any(one.is_under_way for one in listing.rows)
    context = {"membership": membership, "project": membership.project, "rows": rows}
    return context | {"listing": listing, "under_way": under_way}


def _offered(membership: Membership, address: Mapping[str, str], ticked: set[int] | None = None) -> dict[str, object]:
    deployed = actions.deployed_models(membership.project)
    return _listed(membership, address) | {
        "offered": actions.usable_models(membership.project)[:MODELS_SHOWN],
        "deployed": deployed,
        "ticked": ticked if ticked is not None else {model.pk for model in deployed},
        "task_count": test_tasks(membership.project).count(),
        "most_models": actions.MOST_MODELS,
    }
