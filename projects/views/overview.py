"""What is done in a project, by whom, and how models fare against people."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from projects import overview as figures
from projects.access import Membership, member_or_404
from projects.label_counts import label_counts
from projects.models.project import ConfigRefused


@require_GET
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    membership = member_or_404(request.user, pk)
    context = {"membership": membership, "project": membership.project} | _labels(membership)
    if request.htmx:
        return render(request, "projects/_overview_labels.html", context)
    total, each = figures.people(membership.project, _only(membership))
    context["statuses"] = statuses = figures.statuses(membership.project)
    context["task_count"] = sum(status.count for status in statuses)
    context |= {"total": total, "people": each, "most_people": figures.MOST_PEOPLE}
    context["models"] = figures.models_against_people(membership.project)
    return render(request, "projects/overview.html", context)


def _labels(membership: Membership) -> dict[str, object]:
    counted = label_counts(membership.project)
    try:
        config = membership.project.parsed_config()
    except ConfigRefused:
        config = None
    shares = figures.label_shares(counted.labels, config)
    return {"counted": counted, "labels": shares, "several_controls": len({row.counted.control for row in shares}) > 1}


def _only(membership: Membership) -> str | None:
    """Annotators see their own figures only."""
    return None if membership.manages or membership.reviews else membership.user.get_username()
