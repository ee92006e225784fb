"""The whole product as its users start it: web, workers, supervisor and database, on a folder and a port of its own."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from annotationlab import embedded_postgres

ROOT = Path(__file__).resolve().parent.parent
SHARED = ("jars", "ivy", "sample-models", "static")


class Stack:
    """`folder` stands for var/; jars and trained sample models are those of the checkout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in SHARED:
            link = folder / name
            if not link.exists():
                (ROOT / "var" / name).mkdir(parents=True, exist_ok=True)
                link.symlink_to(ROOT / "var" / name)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        own = {"ANNOTATIONLAB_VAR": str(folder), "ANNOTATIONLAB_BIND": f"127.0.0.1:{self.port}"}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ANNOTATIONLAB_")}
        inherited.pop("DATABASE_URL", None)
        self.environment = inherited | own | {"DJANGO_SETTINGS_MODULE": "annotationlab.settings"}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def password(self) -> str:
        """Of all demo users."""
        return (self.folder / "demo-password").read_text().strip()

    @property
    def log(self) -> Path:
        return self.folder / "stack.log"

    def start(self, what: str = "demo", patience: float = 900) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "annotationlab.launcher", what],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.until(self.answers, patience, "the web process to answer")

    def first_run_is_through(self) -> bool:
        """Whether everything that `make demo` promises is there."""
        if "Annotation Lab runs at" not in self._tail():
            return False
        return [run["state"] for run in json.loads(self.manage("runs", "--json"))][-1:] == ["done"]

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process = None

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/alive", timeout=5) as answer:
                return bool(answer.read() == b"ok")
        except (urllib.error.URLError, OSError):
            return False

    def manage(self, *arguments: str, timeout: float = 300) -> str:
        """Output of a manage.py command; raises CalledProcessError with its output where it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if done.returncode:
            raise AssertionError(f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout

    def query(self, expression: str) -> Any:
        """The value of a Python expression in the stack's own Django shell, with its Django models imported."""
        code = f"import json; print(json.dumps({expression}, default=str))"
        return json.loads(self.manage("shell", "-v", "0", "-c", code).strip().splitlines()[-1])

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """To its database, beside its pages: starting Django for each look would take seconds."""
        where = embedded_postgres.django_database(self.folder)
        return psycopg.connect(
            dbname=where["NAME"], user=where["USER"], host=where["HOST"], port=where["PORT"], autocommit=True
        )

    @contextmanager
    def slow_to_store(self, table: str, seconds: float) -> Iterator[None]:
        """Each statement that adds rows to the table takes so much longer: what a fast machine is through with between
        two looks stays under way."""
        waits = f"BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END"
        with self.connect() as connection:
            connection.execute(f"CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ {waits} $$".encode())
            connection.execute(f"CREATE TRIGGER wait BEFORE INSERT ON {table} EXECUTE FUNCTION wait()".encode())
            try:
                yield
            finally:
                connection.execute("DROP FUNCTION wait CASCADE")

    def make_searchable(self, project: int) -> None:
        """What a worker does a moment after an import."""
        self.manage("shell", "-v", "0", "-c", f"from projects.search_index import index_words; index_words({project})")

    def until(self, met: Callable[[], bool], patience: float, what: str, pause: float = 0.2) -> float:
        """Seconds until it is met; raises AssertionError with the end of the log after `patience` seconds.

        pause: between two looks; a look that is a process of its own takes the power that it waits for."""
        started = time.monotonic()
        while not met():
            if self.process and self.process.poll() not in (None, 0):
                raise AssertionError(f"The stack ended while waiting for {what}:\n{self._tail()}")
            if time.monotonic() - started > patience:
                raise AssertionError(f"Waited {patience} s for {what}:\n{self._tail()}")
            time.sleep(pause)
        return time.monotonic() - started

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""


def _free_port() -> int:
    """Below those that the system gives to whoever asks for any: it stays free until the web process takes it."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("None of 100 ports is free.")
