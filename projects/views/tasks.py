"""The task list, and one task with its predictions."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh

from projects.access import Membership, manager_or_403, member_or_404, task_or_404
from projects.assigning import people_form
from projects.editor_data import editor_page
from projects.selection import Selection
from projects.task_access import access_of
from projects.task_list import TaskList
from projects.task_pages import TaskPage

BULK_VERBS = (("tag", "Tag"), ("assign", "Assign"), ("delete", "Delete"))


@require_GET
@vary_on_headers("HX-Request")
def task_list(request: HttpRequest, pk: int) -> HttpResponse:
    membership = member_or_404(request.user, pk)
    shown = TaskList.of(membership, request.GET)
    context = {"membership": membership, "project": membership.project, "list": shown}
    context["page"] = page = shown.page(request.GET)
    context |= {"address": request.GET.urlencode(), "verbs": BULK_VERBS}
    context["rows"] = rows = _rows(membership, page, context["address"])
    if request.htmx and not request.htmx.history_restore_request:
        # Where no row is left, the page says why, and what to do.
        return HttpResponse(rows) if page.tasks else HttpResponseClientRefresh()
    context["count"], context["count_words"] = shown.footer_count(page)
    return render(request, "projects/task_list.html", context)


def _rows(membership: Membership, page: TaskPage, address: str) -> SafeString:
    """The table's rows: in the page, and alone where the page asks for them anew."""
    context = {
        "page": page,
        "manages": membership.manages,
        "root": membership.project.get_absolute_url(),
        "list_query": f"?{urlencode({'list': address})}" if address else "",
    }
    # Jinja2 has escaped it, and doesn't say so to Django.
    return mark_safe(render_to_string("projects/_task_rows.jinja", context, using="rows"))


@require_GET
def task_count(request: HttpRequest, pk: int) -> JsonResponse:
    """How many tasks match a filter, exactly."""
    membership = member_or_404(request.user, pk)
    return JsonResponse({"count": TaskList.of(membership, request.GET).tasks.count()})


@require_POST
def tasks_outside(request: HttpRequest, pk: int) -> JsonResponse:
    """Which of the ticked tasks a filter leaves out; POST, because a selection is long."""
    membership = manager_or_403(request.user, pk)
    return JsonResponse({"ids": Selection.of(request.POST, membership).outside})


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
