"""Trainings of a project: what could be trained, start one, watch it, cancel it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from preannotation.models import Training
from preannotation.training import actions, data
from preannotation.training.asked import Asked
from preannotation.training.shown import TrainingView
from preannotation.views.active_learning import learning_context
from projects.access import Membership, manager_or_403
from projects.listing import Listing
from projects.views.posting import posted_from


@require_GET
@vary_on_headers("HX-Request")
def trainings(request: HttpRequest, pk: int) -> HttpResponse:
    """The list for a page that polls, else the page with it and with the form."""
    membership = manager_or_403(request.user, pk)
    if request.htmx:
        return render(request, "preannotation/_trainings.html", _listed(membership, request.GET))
    return _page(request, membership, request.GET.dict())


@require_GET
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """The form with what a training would see, for a page that asks as it is filled in; a page whose fields have not
    followed yet is told to ask for all of them."""
    membership = manager_or_403(request.user, pk)
    given = request.GET.dict()
    asked = Asked.of(membership.project, given)
    if request.htmx.target == "training-look" and asked and asked.shown != given.get("shown"):
        return HttpResponse(status=204, headers={"HX-Trigger": "outdated"})
    context = {"membership": membership, "project": membership.project}
    return render(request, "preannotation/_training_form.html", context | _form(asked))


@posted_from("preannotation:trainings")
def start(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    given = request.POST.dict()
    asked = Asked.of(membership.project, given)
    if asked is None or "look" in given:
        return _page(request, membership, given)
    if asked.problems:
        return _page(request, membership, given, asked.problems)
    try:
        training = actions.start(asked.training, request.user)
    except actions.TrainingRefused as refused:
        return _page(request, membership, given, refused.problems)
    if training is not asked.training:
        words = f"{training.name} is under way already, in {training}. What you asked for was not started beside it."
        messages.info(request, words)
    return redirect("preannotation:training", pk, training.pk)


@require_GET
@vary_on_headers("HX-Request")
def training(request: HttpRequest, pk: int, training_pk: int) -> HttpResponse:
    """Its progress for a page that polls, else the page about it."""
    membership = manager_or_403(request.user, pk)
    view = TrainingView(training_or_404(membership, training_pk))
    context = {"membership": membership, "project": membership.project, "view": view}
    template = "_training_progress.html" if request.htmx else "training.html"
    return render(request, f"preannotation/{template}", context)


@require_POST
def cancel(request: HttpRequest, pk: int, training_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    actions.cancel(training_or_404(membership, training_pk), request.user)
    return redirect("preannotation:training", pk, training_pk)


def training_or_404(membership: Membership, training_pk: int) -> Training:
    return get_object_or_404(Training.objects.of(membership.project), pk=training_pk)


def _page(
    request: HttpRequest, membership: Membership, given: Mapping[str, str], refused: Sequence[str] = ()
) -> HttpResponse:
    """refused: why nothing was started. Whatever else stands in the way is said with it: nobody has to start again to
    learn the next reason."""
    form = _form(Asked.of(membership.project, given))
    why = list(dict.fromkeys([*refused, *form["problems"]])) if refused else []
    context = learning_context(membership) | _listed(membership, given) | form | {"refused": why}
    return render(request, "preannotation/trainings.html", context, status=422 if why else 200)


def _listed(membership: Membership, address: Mapping[str, str]) -> dict[str, object]:
    listing = Listing.of(Training.objects.of(membership.project), address)
    views = [TrainingView(one) for one in listing.rows]
    context = {"membership": membership, "project": membership.project, "listing": listing, "trainings": views}
    return context | {"under_way": any(view.training.is_under_way for view in views)}


def _form(asked: Asked | None) -> dict[str, Any]:
    """What the form shows, with the examples that a training of it would see."""
    if asked is None:
        return {"asked": None, "problems": []}
    found, is_all = data.look_at(asked.training, data.MOST_LOOKED_AT)
    wrong = [*asked.problems, *actions.problems(asked.training), *actions.data_problems(asked.training, found, is_all)]
    return {
        "asked": asked,
        "fields": asked.fields(len(found.train)),
        "look": actions.summary(found, is_all),
        "most_looked_at": data.MOST_LOOKED_AT,
        "problems": wrong,
    }
