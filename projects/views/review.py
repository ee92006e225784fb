"""A reviewer's word on a submitted completion."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from projects import reviewing
from projects.forms import ReviewForm
from projects.models.completion import ReviewState
from projects.refusals import Refused
from projects.task_access import access_or_404, completion_or_404, refuse_unless
from projects.views.completions import done, task_address


@require_POST
def completion_review(request: HttpRequest, pk: int, task_pk: int, completion_pk: int) -> HttpResponse:
    access = access_or_404(request.user, pk, task_pk)
    refuse_unless(access.reviews, "Only the owner and the reviewer of this task may do this.")
    completion = completion_or_404(access, completion_pk)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        _refuse(request, " ".join(error for errors in form.errors.values() for error in errors))
        return redirect(task_address(request, access, completion=completion_pk))
    said = form.cleaned_data
    if said["verdict"] == "correct":
        return done(request, access, completion_pk, lambda: reviewing.correct(access, completion_pk, said["seen"]))
    try:
        reviewing.review(access, completion_pk, ReviewState(said["verdict"]), said["comment"], said["seen"])
    except Refused as refused:
        _refuse(request, str(refused))
    else:
        messages.success(request, f"{completion.username}'s completion is {said['verdict']}.")
    return redirect(task_address(request, access, completion=completion_pk))


def _refuse(request: HttpRequest, why: str) -> None:
    """What was typed is given back with the reason."""
    typed = request.POST.get("comment", "").strip()
    messages.error(request, f"{why} Your comment was: {typed}" if typed else why)
