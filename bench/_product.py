"""The running product for a benchmark: the one that runs here, or one started for it and stopped after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

START_SECONDS = 900.0
STOP_SECONDS = 90.0


@contextmanager
def running() -> Iterator[str]:
    """The address of the product on this checkout's settings. Ends the program with a sentence where it can't start."""
    address = f"http://{settings.ENV.bind}"
    if _answers(address):
        yield address
        return
    print(f"Nothing answers at {address}: starting the demo there for this benchmark. First starts take minutes.")
    log = settings.VAR_DIR / "log" / "bench.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "annotationlab.launcher", "demo"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=_environment(), stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait(process, log)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "Annotation Lab runs at" not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            lines = log.read_text(errors="replace").strip().splitlines()[-3:]
            sys.exit(f"The product did not start. {' '.join(lines)} Its log is {log}.")
        time.sleep(0.5)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/alive", timeout=5) as answer:
            return bool(answer.read() == b"ok")
    except (urllib.error.URLError, OSError):
        return False
