"""Views that the browser's script talks to: whatever happens, the answer is JSON with one sentence for people."""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.urls import reverse
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from projects.completion_body import MOST_BYTES
from projects.refusals import Busy, Frozen, Gone, Invalid, Refused, Stale, TooLarge, Unreadable

View = Callable[..., JsonResponse]
MEGABYTE = 1024 * 1024
MOST_MEGABYTES_DRAINED = 64
STATUS_OF: dict[type[Refused], int] = {
    Unreadable: HTTPStatus.BAD_REQUEST,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Stale: HTTPStatus.CONFLICT,
    Gone: HTTPStatus.GONE,
    Frozen: HTTPStatus.LOCKED,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
}
SIGNED_OUT = "You are signed out. Sign in again in another tab; your work is kept in this browser."
KEPT = "Your work is still in this browser."
OLD_TOKEN = "This page is older than your last sign-in. Your work is kept in this browser; save again, or reload."

logger = logging.getLogger(__name__)


class JsonCsrf(CsrfViewMiddleware):
    """Checks as everywhere, but answers JSON, with a token for the next try: who signed in again has a new one."""

    def _reject(self, request: HttpRequest, reason: str) -> JsonResponse:
        logger.info("%s refused: %s", request.path, reason)
        return _sentence(HTTPStatus.FORBIDDEN, OLD_TOKEN, csrf_token=get_token(request))


def json_view(method: str) -> Callable[[View], View]:
    """method: GET or POST."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
            if request.method != method:
                return _sentence(HTTPStatus.METHOD_NOT_ALLOWED, f"Send this by {method}.")
            if not request.user.is_authenticated:
                return _sentence(HTTPStatus.UNAUTHORIZED, SIGNED_OUT, login=reverse("login"))
            return _answered(view, request, *args, **kwargs)

        return login_not_required(csrf_exempt(never_cache(decorator_from_middleware(JsonCsrf)(answer))))

    return decorate


def body_of(request: HttpRequest) -> bytes:
    """Raises TooLarge."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    size = int(length) if length.isascii() and length.isdigit() else 0
    if size > MOST_BYTES:
        _drain(request)
        raise TooLarge(
            f"The completion has {size / MEGABYTE:.1f} MB; at most {MOST_BYTES / MEGABYTE:.0f} MB are taken. "
            "Remove regions, or split the task."
        )
    return request.body


def _answered(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
    try:
        return view(request, *args, **kwargs)
    except Refused as refused:
        return _sentence(STATUS_OF.get(type(refused), HTTPStatus.BAD_REQUEST), str(refused), **refused.more)
    except PermissionDenied as denied:
        return _sentence(HTTPStatus.FORBIDDEN, _with_comfort(request, denied))
    except Http404 as missing:
        return _sentence(HTTPStatus.NOT_FOUND, _with_comfort(request, missing))
    except Exception:
        error_id = secrets.token_hex(4)
        logger.exception("error %s at %s %s", error_id, request.method, request.path)
        why = f"Something unforeseen happened. Your work is kept in this browser. Error {error_id} in the log."
        return _sentence(HTTPStatus.INTERNAL_SERVER_ERROR, why)


def _with_comfort(request: HttpRequest, error: Exception) -> str:
    """Whoever was sending work learns what became of it."""
    said = str(error)
    return f"{said} {KEPT}" if request.method == "POST" and "in this browser" not in said else said


def _sentence(status: int, error: str, **more: Any) -> JsonResponse:
    return JsonResponse({"error": error, **more}, status=status)


def _drain(request: HttpRequest) -> None:
    """Read what is still coming: a browser that is sending shows a broken connection instead of the answer."""
    with contextlib.suppress(OSError):
        for _ in range(MOST_MEGABYTES_DRAINED):
            if not request.read(MEGABYTE):
                return
