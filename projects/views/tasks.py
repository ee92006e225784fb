"""The task list, and one task with its predictions."""

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from projects.access import member_or_404, task_or_404
from projects.assigning import people_form
from projects.editor_data import editor_page
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
    context["count"], context["count_words"] = shown.footer_count(page)
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
    address = QueryDict(request.GET.get("list", "")).urlencode()
    assignments = list(shown_task.assignments.select_related("user").order_by("role", "user__username"))
    access = access_of(membership, shown_task, assignments)
    editor = editor_page(access, request.GET.dict(), address)
    previous, following = TaskList.of(membership, QueryDict(address)).neighbours(shown_task)
    context = {
        "membership": membership,
        "project": membership.project,
        "task": shown_task,
        "editor": editor,
        "previous": previous,
        "following": following,
        "address": address,
        "assignments": assignments,
        "people_form": people_form(membership, assignments),
        **editor.rows,
    }
    return render(request, "projects/task.html", context)
