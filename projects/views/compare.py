"""Two completions of a task, or a completion and a prediction, side by side."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from projects.compared import Choice, Compared, choices, chosen, result_of
from projects.labeling_config import parse
from projects.task_access import TaskAccess, access_or_404


@require_GET
def compare(request: HttpRequest, pk: int, task_pk: int) -> HttpResponse:
    access = access_or_404(request.user, pk, task_pk)
    offered = choices(access)
    left = chosen(request.GET.get("left", ""), offered, [choice.key for choice in offered])
    right = chosen(request.GET.get("right", ""), offered, _for_the_right(offered, left))
    context = {"membership": access.membership, "project": access.membership.project, "task": access.task}
    context |= {"choices": offered, "left_key": left, "right_key": right}
    context["address"] = QueryDict(request.GET.get("list", "")).urlencode()
    if left and right:
        context["compared"] = _compared(access, left, right, request.GET.getlist("kind"))
    return render(request, "projects/compare.html", context)


def _for_the_right(offered: list[Choice], left: str) -> list[str]:
    """The newest prediction rather than another completion; never the left one."""
    keys = [choice.key for choice in offered if choice.key != left]
    return [key for key in keys if key[0] == "p"] + keys


def _compared(access: TaskAccess, left: str, right: str, kinds: list[str]) -> Compared:
    results = [result_of(access, key) for key in (left, right)]
    return Compared(access.task, *results, parse(access.membership.project.labeling_config).config, kinds)
