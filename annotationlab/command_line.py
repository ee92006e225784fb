"""manage.py's entry: what is expected to go wrong ends in a sentence, not in a traceback."""

from __future__ import annotations

import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from psycopg import errors

# States that say: this server doesn't let us in, or has just gone. Source: PostgreSQL's appendix of error codes.
UNREACHABLE_STATES = ("08", "28", "3D", "57P")


def main(arguments: list[str]) -> None:
    try:
        # Django hides a bad setting behind "unknown command" unless it is asked for before.
        settings.INSTALLED_APPS  # noqa: B018
        execute_from_command_line(arguments)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except DatabaseError as error:
        sentence = explain(error)
        if sentence is None:
            raise
        sys.exit(sentence)


def explain(error: DatabaseError) -> str | None:
    """What is wrong with the database and what to do; None for an error of the program's own."""
    cause = error.__cause__
    # Without the second question a wrong query of ours would be blamed on whoever set this up.
    if isinstance(cause, errors.UndefinedTable | errors.UndefinedColumn) and unapplied_migrations():
        return "The database is not up to date with this version. Run: .venv/bin/python manage.py migrate"
    state = getattr(cause, "sqlstate", None)
    if not isinstance(error, OperationalError) or (state and not state.startswith(UNREACHABLE_STATES)):
        return None
    if settings.ENV.database is None:
        return "The database isn't running. Start it with: make run"
    words = str(error).strip().splitlines() or [""]
    return (
        f"The database of DATABASE_URL can't be reached: {words[0]} Check its host, port, name, user and password, "
        "and that it runs."
    )


def unapplied_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
