"""The pipeline config widget of the setup page: models with their labels, to be written into the config."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from preannotation import config_edit, rules
from preannotation.config_edit import Addition
from preannotation.forms import additions_of
from preannotation.models import NlpModel
from preannotation.offer import offer, refusal
from projects.access import Membership, manager_or_403

NAMED_LABELS = 6


@require_http_methods(["GET", "POST"])
def widget(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: the whole widget. POST: its models against the XML in the editor; 204 where nothing changed for them."""
    membership = manager_or_403(request.user, pk)
    if request.method == "GET":
        return _models(request, membership, membership.project.labeling_config, "preannotation/_widget.html")
    return _models(request, membership, request.POST.get("labeling_config", ""))


@require_POST
def add_labels(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    xml = request.POST.get("labeling_config", "")
    additions = additions_of(request.POST, NlpModel.objects.offered_in(membership.project))
    if not additions:
        return _answer(request, membership, xml, "Nothing added: tick at least one label first.")
    if reason := refusal(membership.project, xml, additions):
        return _answer(request, membership, xml, f"Nothing added. {reason}")
    try:
        changed = config_edit.add_labels(xml, additions)
    except ValueError as error:
        return _answer(request, membership, xml, f"Nothing added. {error} Then add again.")
    return _answer(request, membership, changed, _added(additions), changed=changed != xml)


@require_POST
def take_out(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    xml, model = request.POST.get("labeling_config", ""), request.POST.get("model", "")
    try:
        taken = config_edit.take_out(xml, model, keep_labels="keep" in request.POST)
    except ValueError as error:
        return _answer(request, membership, xml, f"Nothing taken out. {error} Then try again.")
    if taken.xml == xml:
        return _answer(request, membership, xml, f"Nothing taken out: the config does not name {model}.")
    done = [f"removed {_labels(taken.removed)}"] if taken.removed else []
    done += [f"left {_labels(taken.kept)} to people"] if taken.kept else []
    message = f"Took {model} out: {', '.join(done) or 'no label had it'}. Save to keep that."
    return _answer(request, membership, taken.xml, message, changed=True)


def _added(additions: Sequence[Addition]) -> str:
    added = sum(len(addition.labels) for addition in additions)
    mapped = [f'"{label}" as your "{target}"' for addition in additions for label, target in addition.mapped]
    names = ", ".join(addition.model for addition in additions)
    with_mapped = f", {_some(mapped)}" if mapped else ""
    return f"Added {added} label{'' if added == 1 else 's'} of {names}{with_mapped}. Save to keep them."


def _labels(names: Sequence[str]) -> str:
    return f"{len(names)} label{'' if len(names) == 1 else 's'} ({_some(names)})"


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED_LABELS
    return ", ".join(names[:NAMED_LABELS]) + (f" and {more} more" if more > 0 else "")


def _models(
    request: HttpRequest, membership: Membership, xml: str, template: str = "preannotation/_widget_models.html"
) -> HttpResponse:
    offered = offer(membership.project, xml)
    if request.POST.get("state") == offered.state:
        return HttpResponse(status=204)
    return render(request, template, {"project": membership.project, "offer": offered, "rules": rules})


def _answer(
    request: HttpRequest, membership: Membership, xml: str, message: str, changed: bool = False
) -> HttpResponse:
    """changed: the XML is to be written into the editor."""
    context = {
        "project": membership.project,
        "offer": offer(membership.project, xml),
        "rules": rules,
        "message": message,
        "xml": xml if changed else None,
    }
    return render(request, "preannotation/_widget_answer.html", context)
