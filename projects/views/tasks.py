"""The task list, and one task with its predictions."""

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from projects.access import Membership, member_or_404, task_or_404
from projects.completion_list import completion_rows
from projects.forms import task_id
from projects.models import Prediction, Task
from projects.models.project import ConfigRefused
from projects.shown_result import ShownResult
from projects.task_access import access_of
from projects.task_list import TaskList

BULK_VERBS = (("tag", "Tag"), ("assign", "Assign"), ("delete", "Delete"))


@require_GET
@vary_on_headers("HX-Request")
def task_list(request: HttpRequest, pk: int) -> HttpResponse:
    membership = member_or_404(request.user, pk)
    shown = TaskList.of(membership, request.GET)
    context = {"membership": membership, "project": membership.project, "list": shown}
    context["page"] = page = shown.page(request.GET)
    context |= {"address": request.GET.urlencode(), "verbs": BULK_VERBS}
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "projects/_task_rows.html", context)
    context["count"], context["count_is_exact"] = shown.footer_count(page)
    return render(request, "projects/task_list.html", context)


@require_GET
def task_count(request: HttpRequest, pk: int) -> JsonResponse:
    """How many tasks match a filter, exactly."""
    membership = member_or_404(request.user, pk)
    return JsonResponse({"count": TaskList.of(membership, request.GET).tasks.count()})


@require_GET
def task(request: HttpRequest, pk: int, task_pk: int) -> HttpResponse:
    membership = member_or_404(request.user, pk)
    shown_task = task_or_404(membership, task_pk)
    predictions = list(shown_task.predictions.shown().defer("result"))
    prediction = _chosen(shown_task, predictions, request.GET.get("prediction"))
    address = QueryDict(request.GET.get("list", ""))
    assignments = list(shown_task.assignments.select_related("user").order_by("role", "user__username"))
    access = access_of(membership, shown_task, assignments)
    previous, following = TaskList.of(membership, address).neighbours(shown_task)
    context = {
        "membership": membership,
        "project": membership.project,
        "task": shown_task,
        "predictions": predictions,
        "prediction": prediction,
        "shown": _shown_result(membership, shown_task, prediction),
        "previous": previous,
        "following": following,
        "address": address.urlencode(),
        "assignments": assignments,
        **completion_rows(access, request.GET.get("completion"), prediction and prediction.pk),
    }
    return render(request, "projects/task.html", context)


def _chosen(task: Task, predictions: list[Prediction], asked: str | None) -> Prediction | None:
    """The newest one, or that which the address asks for. Raises Http404 for one that this task doesn't have."""
    if asked:
        return get_object_or_404(task.predictions.shown(), pk=task_id(asked) or 0)
    return predictions[0] if predictions else None


def _shown_result(membership: Membership, task: Task, prediction: Prediction | None) -> ShownResult:
    try:
        config = membership.project.parsed_config()
    except ConfigRefused:
        config = None
    result, version = (prediction.result, prediction.model_version) if prediction else ([], "")
    return ShownResult(task.text, result, config, version)
