"""Completions: what the editor saves and reads, and the buttons beside each."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from projects import completing, keeping
from projects.completing import Saved
from projects.completion_body import Given
from projects.models import Completion
from projects.refusals import Gone, Refused
from projects.task_access import TaskAccess, access_or_404, completion_or_404, refuse_unless
from projects.views.json_view import body_of, json_view


@json_view("POST")
def completion_create(request: HttpRequest, pk: int, task_pk: int) -> JsonResponse:
    access = access_or_404(request.user, pk, task_pk)
    saved = completing.create(access, _given(request))
    return JsonResponse(_told(saved), status=201 if saved.is_new else 200)


@json_view("POST")
def completion_save(request: HttpRequest, pk: int, task_pk: int, completion_pk: int) -> JsonResponse:
    access = access_or_404(request.user, pk, task_pk)
    return JsonResponse(_told(completing.save(access, completion_pk, _given(request))))


@json_view("POST")
def completion_submit(request: HttpRequest, pk: int, task_pk: int, completion_pk: int) -> JsonResponse:
    access = access_or_404(request.user, pk, task_pk)
    saved = completing.submit(access, completion_pk, _given(request))
    following = {"after": task_pk} | ({"list": request.GET["list"]} if request.GET.get("list") else {})
    address = f"{reverse('projects:next_task', args=[pk])}?{urlencode(following)}"
    return JsonResponse(_told(saved) | {"next": address})


@json_view("GET")
def completion_json(request: HttpRequest, pk: int, task_pk: int, completion_pk: int) -> JsonResponse:
    completion = completion_or_404(access_or_404(request.user, pk, task_pk), completion_pk)
    told = {
        "id": completion.pk,
        "username": completion.username,
        "version": completion.version,
        "created_at": completion.created_at.isoformat(),
        "submitted_at": completion.submitted_at and completion.submitted_at.isoformat(),
        "starred": completion.starred,
    }
    return JsonResponse({**told, "result": completion.result, "note": completion.note})


@json_view("GET")
def prediction_json(request: HttpRequest, pk: int, task_pk: int, prediction_pk: int) -> JsonResponse:
    access = access_or_404(request.user, pk, task_pk)
    prediction = access.task.predictions.shown().filter(pk=prediction_pk).first()
    if prediction is None:
        raise Gone(f"Prediction {prediction_pk} is not there any more. Reload the page.")
    told = {"id": prediction.pk, "model_version": prediction.model_version, "score": prediction.score}
    return JsonResponse({**told, "created_at": prediction.created_at.isoformat(), "result": prediction.result})


@require_POST
def completion_clone(request: HttpRequest, pk: int, task_pk: int, completion_pk: int) -> HttpResponse:
    access = access_or_404(request.user, pk, task_pk)
    completion_or_404(access, completion_pk)
    return done(request, access, completion_pk, lambda: keeping.clone(access, completion_pk))


@require_POST
def completion_star(request: HttpRequest, pk: int, task_pk: int, completion_pk: int) -> HttpResponse:
    access = access_or_404(request.user, pk, task_pk)
    completion_or_404(access, completion_pk)
    return done(request, access, completion_pk, lambda: keeping.star(access, completion_pk))


@require_http_methods(["GET", "POST"])
def completion_delete(request: HttpRequest, pk: int, task_pk: int, completion_pk: int) -> HttpResponse:
    """Asks in numbers, then does it; asks again where it is another by then."""
    access = access_or_404(request.user, pk, task_pk)
    completion = completion_or_404(access, completion_pk)
    refuse_unless(access.may_delete(completion), "You may delete your own drafts. Managers may delete any completion.")
    if request.POST.get("counted"):
        try:
            keeping.delete(access, completion_pk, request.POST["counted"])
        except Refused as refused:
            messages.error(request, f"Not deleted. {refused}")
        else:
            messages.success(request, f"Completion {completion_pk} is deleted.")
            return redirect(task_address(request, access))
        completion = completion_or_404(access, completion_pk)
    context = {"membership": access.membership, "project": access.membership.project, "task": access.task}
    context |= {"completion": completion, "counted": keeping.stamp(completion), "back": task_address(request, access)}
    context |= {"verdict_count": completion.verdicts.count(), "address": _list(request)}
    return render(request, "projects/completion_delete.html", context)


def done(request: HttpRequest, access: TaskAccess, pk: int, verb: Callable[[], Completion]) -> HttpResponse:
    """Back to the task, to the completion that the verb gives; where it is refused, to the same one with the reason."""
    try:
        pk = verb().pk
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(task_address(request, access, completion=pk))


def task_address(request: HttpRequest, access: TaskAccess, **query: int) -> str:
    """The task's page, with the list that it was reached from."""
    given: dict[str, int | str] = {**query, **({"list": _list(request)} if _list(request) else {})}
    return f"{access.task.get_absolute_url()}?{urlencode(given)}".removesuffix("?")


def _list(request: HttpRequest) -> str:
    return request.POST.get("list") or request.GET.get("list") or ""


def _given(request: HttpRequest) -> Given:
    """What the browser sends. Raises Refused, and PermissionDenied where the page is another person's: who signed in
    beside it would get the work of whoever opened it."""
    given = Given.of(body_of(request))
    name = request.user.get_username()
    if given.user not in (None, name):
        raise PermissionDenied(f"{given.user} opened this page, and you are signed in as {name} now. Sign in again.")
    return given


def _told(saved: Saved) -> dict[str, object]:
    return {
        "id": saved.completion.pk,
        "version": saved.completion.version,
        "saved_at": saved.completion.updated_at.isoformat(),
        "status": saved.status.value,
        "status_words": saved.status.label,
    }
