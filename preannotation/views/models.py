"""The registry's pages: models that a project may use, one version, ways in and out."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from preannotation import publishing
from preannotation.arriving import actions
from preannotation.arriving.asked import WAYS, ask
from preannotation.arriving.packed import packed
from preannotation.model_pages import ModelView, arrivals_of, disk_use, rows, visible_in
from preannotation.models import Arrival, NlpModel
from projects.access import Membership, manager_or_403
from projects.labeling_config import parse
from projects.models import Activity
from projects.views.posting import posted_from

CHANGES = {"publish": publishing.publish, "retire": publishing.retire, "bring_back": publishing.bring_back}
DONE = {"publish": "published to all projects", "retire": "retired", "bring_back": "brought back"}


@require_GET
def models(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, manager_or_403(request.user, pk))


@require_GET
def model(request: HttpRequest, pk: int, model_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    shown = model_or_404(membership, model_pk)
    view = ModelView(shown, shown.name in _named(membership), membership.project, membership.user)
    context = {"membership": membership, "project": membership.project, "view": view, "model": shown}
    return render(request, "preannotation/model.html", context)


@require_GET
def export(request: HttpRequest, pk: int, model_pk: int) -> HttpResponseBase:
    """The version as a zip, made while it is sent."""
    membership = manager_or_403(request.user, pk)
    wanted = model_or_404(membership, model_pk)
    if not wanted.path.is_dir():
        messages.error(request, f"The files of {wanted} are gone from the server. An operator can look: models verify.")
        return redirect("preannotation:model", pk, model_pk)
    response = StreamingHttpResponse(packed(wanted), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{wanted.name}-{wanted.version}.zip"'
    Activity.objects.record(membership.project, request.user, Activity.Verb.EXPORTED, f"exported the model {wanted}")
    return response


@require_POST
def change(request: HttpRequest, pk: int, model_pk: int) -> HttpResponse:
    """Staff publish, retire and delete; what that means for all projects is theirs to decide."""
    membership = manager_or_403(request.user, pk)
    wanted = model_or_404(membership, model_pk)
    if not request.user.is_staff:
        raise PermissionDenied("Only staff may change what the registry offers.")
    verb = request.POST.get("do", "")
    if verb == "delete":
        return _deleted(request, membership, wanted)
    if verb in CHANGES:
        CHANGES[verb]([wanted], request.user)
        messages.success(request, f"{wanted} is {DONE[verb]}.")
    return redirect("preannotation:model", pk, model_pk)


@posted_from("preannotation:models")
def arrive(request: HttpRequest, pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    try:
        ask(membership, request.POST, request.FILES.get("file"))
    except actions.ArrivalRefused as refused:
        return _page(request, membership, refused.problems)
    return redirect("preannotation:models", pk)


@require_GET
def arrivals(request: HttpRequest, pk: int) -> HttpResponse:
    """What is on its way, for a page that polls; with all models where another one is through than the page shows."""
    membership = manager_or_403(request.user, pk)
    context = _context(membership)
    if request.GET.get("through") != context["through"]:
        context |= _listed(membership)
    return render(request, "preannotation/arrivals.html", context)


@require_POST
def cancel(request: HttpRequest, pk: int, arrival_pk: int) -> HttpResponse:
    membership = manager_or_403(request.user, pk)
    mine = Arrival.objects.filter(project=membership.project) | Arrival.objects.filter(created_by=request.user)
    actions.cancel(get_object_or_404(mine, pk=arrival_pk), request.user)
    return redirect("preannotation:models", pk)


def model_or_404(membership: Membership, model_pk: int) -> NlpModel:
    return get_object_or_404(visible_in(membership.project), pk=model_pk)


def _deleted(request: HttpRequest, membership: Membership, wanted: NlpModel) -> HttpResponse:
    try:
        publishing.delete(wanted, request.user)
    except publishing.InUse as refused:
        messages.error(request, str(refused))
        return redirect("preannotation:model", membership.project.pk, wanted.pk)
    messages.success(request, f"{wanted.name} {wanted.version} is deleted.")
    return redirect("preannotation:models", membership.project.pk)


def _page(request: HttpRequest, membership: Membership, refused: Sequence[str] = ()) -> HttpResponse:
    context = (
        _context(membership)
        | _listed(membership)
        | {
            "refused": refused,
            "given": request.POST,
            "ways": WAYS,
        }
    )
    return render(request, "preannotation/models.html", context, status=422 if refused else 200)


def _context(membership: Membership) -> dict[str, object]:
    arriving = arrivals_of(membership.project, membership.user)
    return {
        "membership": membership,
        "project": membership.project,
        "arrivals": arriving,
        "is_live": any(one.is_under_way for one in arriving),
        "through": ".".join(str(one.pk) for one in arriving if not one.is_under_way),
    }


def _listed(membership: Membership) -> dict[str, object]:
    return {"rows": rows(membership.project, _named(membership)), "disk_use": disk_use()}


def _named(membership: Membership) -> tuple[str, ...]:
    config = parse(membership.project.labeling_config).config
    return config.model_names if config else ()
