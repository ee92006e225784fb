"""What people see where a request fails as a whole."""

import contextlib
import logging
import secrets

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

ERROR_ID_BYTES = 4
MEGABYTE = 1024 * 1024
MOST_MEGABYTES_DRAINED = 256

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    too_big = isinstance(exception, RequestDataTooBig)
    if too_big:
        _drain(request)
    return render(request, "400.html", {"too_big": too_big}, status=413 if too_big else 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """The trace goes to the log under an id that the page quotes. Called while the exception is being handled."""
    error_id = secrets.token_hex(ERROR_ID_BYTES)
    logger.exception("error %s at %s %s", error_id, request.method, request.path)
    # Without the request: a context processor may be what failed.
    response = render(None, "500.html", {"error_id": error_id}, status=500)
    response["X-Error-Id"] = error_id
    return response


def _drain(request: HttpRequest) -> None:
    """Read what is still coming: a browser that is sending shows a broken connection instead of the answer."""
    with contextlib.suppress(OSError):
        for _ in range(MOST_MEGABYTES_DRAINED):
            if not request.read(MEGABYTE):
                return
