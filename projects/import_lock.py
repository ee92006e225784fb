"""One at a time of what brings or removes all of a project: imports, and its deletion."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import connection

RETRY_SECONDS = 0.2
_KIND = 7301


def take(project_pk: int) -> bool:
    """Until the end of the transaction; whether it was free. Whoever takes it holds no row of the project yet: it
    comes before all others, so that nobody waits for somebody who waits for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_KIND, project_pk % 2**31])
        return bool(cursor.fetchone()[0])


def wait_for(project_pk: int, meanwhile: Callable[[], object]) -> None:
    """Take it as soon as it is free. meanwhile: called now and then; what it raises ends the waiting."""
    while not take(project_pk):
        meanwhile()
        time.sleep(RETRY_SECONDS)
