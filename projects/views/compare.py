"""Two completions of a task, or a completion and a prediction, side by side."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from projects.access import Membership, member_or_404, task_or_404
from projects.compared import Choice, Compared, choices, chosen, result_of
from projects.labeling_config import parse
from projects.models import Task


@require_GET
def compare(request: HttpRequest, pk: int, task_pk: int) -> HttpResponse:
    membership = member_or_404(request.user, pk)
    task = task_or_404(membership, task_pk)
    offered = choices(membership, task)
    left = chosen(request.GET.get("left", ""), offered, [choice.key for choice in offered])
    right = chosen(request.GET.get("right", ""), offered, _for_the_right(offered, left))
    context = {"membership": membership, "project": membership.project, "task": task, "choices": offered}
    context |= {"left_key": left, "right_key": right, "kinds": request.GET.getlist("kind")}
    if left and right:
        context["compared"] = _compared(membership, task, left, right, context["kinds"])
    return render(request, "projects/compare.html", context)


def _for_the_right(offered: list[Choice], left: str) -> list[str]:
    """The newest prediction rather than another completion; never the left one."""
    keys = [choice.key for choice in offered if choice.key != left]
    return [key for key in keys if key[0] == "p"] + keys


def _compared(membership: Membership, task: Task, left: str, right: str, kinds: list[str]) -> Compared:
    results = [result_of(membership, task, key) for key in (left, right)]
    return Compared(task, *results, parse(membership.project.labeling_config).config, kinds)
