"""The pipeline config widget of the setup page: models with their labels, to be written into the config."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from preannotation.config_edit import add_labels as write_labels
from preannotation.forms import additions_of
from preannotation.models import NlpModel
from preannotation.offer import groups_of
from projects.access import Membership, manager_or_403


@require_http_methods(["GET", "POST"])
def widget(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    xml = request.POST.get("labeling_config", membership.project.labeling_config)
    return _widget(request, membership, xml)


@require_POST
def add_labels(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    xml = request.POST.get("labeling_config", "")
    additions = additions_of(request.POST.getlist("label"), NlpModel.objects.offered_in(membership.project))
    if not additions:
        return _widget(request, membership, xml, message="Nothing added: tick at least one label first.")
    try:
        changed = write_labels(xml, additions)
    except ValueError as error:
        return _widget(request, membership, xml, message=f"Nothing added. {error} Then add again.")
    added = sum(len(addition.labels) for addition in additions)
    names = ", ".join(addition.model for addition in additions)
    message = f"Added {added} label{'' if added == 1 else 's'} of {names}. Save to keep them."
    return _widget(request, membership, changed, message=message, changed=True)


def _widget(
    request: HttpRequest, membership: Membership, xml: str, message: str = "", changed: bool = False
) -> HttpResponse:
    context = {
        "project": membership.project,
        "groups": groups_of(membership.project, xml),
        "message": message,
        "xml": xml if changed else None,
    }
    return render(request, "preannotation/_widget.html", context)
