"""The activity log of a project."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from projects.access import member_or_404
from projects.activity_log import PRODUCT, ActivityLog
from projects.models import Activity


@require_GET
def activity(request: HttpRequest, pk: int) -> HttpResponse:
    membership = member_or_404(request.user, pk)
    log = ActivityLog.of(membership, request.GET)
    context = {"membership": membership, "project": membership.project, "log": log, "kinds": Activity.Verb.choices}
    context["lines"] = [(line, line.task_id in log.titles) for line in log.page]
    context["product"] = PRODUCT
    return render(request, "projects/activity.html", context)
