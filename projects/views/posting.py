"""Addresses that forms are sent to."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from projects.access import manager_or_403

View = Callable[[HttpRequest, int], HttpResponse]


def posted_from(page: str) -> Callable[[View], View]:
    """A view that takes a form of managers, and shows it again at its own address where it refuses it. Who asks for
    that address, from the browser's bar or a bookmark, is led to the form; Http404 and PermissionDenied for who may not
    see it. page: name of the form's address, which takes the project's id alone."""

    def decorate(view: View) -> View:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def answer(request: HttpRequest, pk: int) -> HttpResponse:
            if request.method == "POST":
                return view(request, pk)
            manager_or_403(request.user, pk)
            return redirect(page, pk)

        return answer

    return decorate
