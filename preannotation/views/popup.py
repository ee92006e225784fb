"""The popup: the last deployment, what else is deployed here, Preannotate."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from preannotation.deployed import DeploymentView
from preannotation.forms import thresholds_of
from preannotation.models import Deployment, PreannotationRun
from preannotation.run_views import RunView
from preannotation.scopes import Scope, scope_of
from preannotation.views.deployments import deployment_context, others_context
from projects.access import Membership, manager_or_403


@require_http_methods(["GET", "POST"])
def popup(request: HttpRequest, pk: int) -> HttpResponse:
    """Opened over a selection, and again whenever another scope is chosen in it; POST, because a selection is long."""
    membership = manager_or_403(request.user, pk)
    data = request.POST if request.method == "POST" else request.GET
    return render_popup(request, membership, scope_of(data, membership))


def render_popup(request: HttpRequest, membership: Membership, scope: Scope, notice: str = "") -> HttpResponse:
    """The popup over a scope, as things stand now; with a notice where they are no longer as they were shown."""
    last = Deployment.objects.last_of(membership.project)
    run = PreannotationRun.objects.under_way_in(membership.project)
    given = request.POST if request.method == "POST" else request.GET
    context = deployment_context(membership, last)
    if not request.htmx:
        context |= others_context(membership, context["view"].workers)
    context |= {
        "scope": scope,
        "thresholds": thresholds_of(given, threshold_names(context["view"])),
        "replace": given.get("replace") == "1",
        # Who has just chosen another scope stays at that choice.
        "rescoped": "scope" in given and not notice,
        "run": RunView(run) if run else None,
        "notice": notice,
    }
    template = "preannotation/_popup.html" if request.htmx else "preannotation/popup.html"
    return render(request, template, context)


def render_refusal(
    request: HttpRequest, membership: Membership, scope: Scope, problems: Sequence[object]
) -> HttpResponse:
    """Why a button of the popup did nothing: beside it, or over the whole popup where that is a page of its own."""
    if request.htmx:
        return render(request, "preannotation/_refused.html", {"problems": problems})
    return render_popup(request, membership, scope, " ".join(map(str, problems)))


def threshold_names(view: DeploymentView) -> list[str]:
    """Models that a lowest confidence may be given for: those that the config names or a run would use."""
    used = view.usable.nlp_models.order_by("name").values_list("name", flat=True) if view.usable else ()
    return list(dict.fromkeys([*used, *view.wanted]))
