"""Engine work in a process of its own, for what takes long or may go wrong: a cancel kills it, a crash is an answer.

The process is `preannotation.spark.child`; here is the side that starts it, listens, and cleans up behind it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from preannotation import processes
from preannotation.contract import EngineError, ModelFacts
from preannotation.engine import engine_settings

ORDER_FILE: Final = "order.json"
SAID_FILE: Final = "said.jsonl"
ANSWER_FILE: Final = "answer.json"
REFUSAL_FILE: Final = "refusal.json"
LOG_FILE: Final = "log.txt"
POLL_SECONDS: Final = 0.25
OUT_OF_MEMORY: Final = "OutOfMemoryError"
LOG_TAIL: Final = 8_000

Listener = Callable[[dict[str, Any]], None]


class ChildRefused(EngineError):
    """The engine refused the work; the message is its sentence."""


class ChildDied(EngineError):
    """The process ended without an answer; the message says how, and what to do."""


@contextmanager
def folder_for(name: str) -> Iterator[Path]:
    """A new, empty folder for a child's order, what it says, and what it makes; gone afterwards."""
    folder = Path(settings.ENGINE_CHILDREN_DIR) / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(
    folder: Path, do: str, values: dict[str, Any], *, heard: Listener, go_on: Callable[[], None], memory: str = ""
) -> dict[str, Any]:
    """The answer of `do` ("package.module:function" of preannotation.spark), worked out in a child in `folder`.

    heard: called with each thing that the child says. go_on: called four times a second; what it raises kills the child
    and its JVM, and is raised on. memory: the JVM's largest heap where it isn't the usual one, as `2g`. Raises
    ChildRefused, ChildDied.
    """
    engine = asdict(engine_settings()) | ({"memory": memory} if memory else {})
    order = {"do": do, "engine": {name: str(value) for name, value in engine.items()}, "values": values}
    order["engine"]["threads"] = engine["threads"]
    (folder / ORDER_FILE).write_text(json.dumps(order), encoding="utf-8")
    with (folder / LOG_FILE).open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "preannotation.spark.child", str(folder)],
            cwd=settings.BASE_DIR,
            env=os.environ | {"OMP_NUM_THREADS": str(engine["threads"])},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=processes.killed_with_parent,
        )
    said = _Said(folder / SAID_FILE, heard)
    try:
        while child.poll() is None:
            go_on()
            said.listen()
            time.sleep(POLL_SECONDS)
        said.listen()
    finally:
        # The JVM is the child's child, in the same group: it must not outlive it.
        processes.kill_group(child.pid)
        child.wait()
    return _answer(folder, child.returncode)


def facts_of(values: Mapping[str, Any]) -> ModelFacts:
    """A model's facts, as a child's JSON brought them."""
    return ModelFacts(**{**values, "labels": tuple(values["labels"])})


class _Said:
    """What a child has said, each thing told once."""

    def __init__(self, path: Path, heard: Listener) -> None:
        self.path, self.heard, self.position = path, heard, 0

    def listen(self) -> None:
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self.position)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self.position += len(line)
                self.heard(json.loads(line))


def _answer(folder: Path, code: int) -> dict[str, Any]:
    if (folder / REFUSAL_FILE).exists():
        raise ChildRefused(json.loads((folder / REFUSAL_FILE).read_text(encoding="utf-8"))["sentence"])
    if code == 0 and (folder / ANSWER_FILE).exists():
        answer: dict[str, Any] = json.loads((folder / ANSWER_FILE).read_text(encoding="utf-8"))
        return answer
    raise ChildDied(_how_it_died(folder, code))


def _how_it_died(folder: Path, code: int) -> str:
    log = tail(folder)
    if OUT_OF_MEMORY in log:
        return "Its memory was full. Raise ANNOTATIONLAB_SPARK_MEMORY, or take smaller embeddings or a smaller batch."
    if code < 0 or "exit code is -9" in log:
        return (
            f"Its process was killed (signal {-code if code < 0 else 9}), as the system does when the machine's memory "
            "is full. End other programs, or lower ANNOTATIONLAB_SPARK_MEMORY, then try again."
        )
    last = next((line for line in reversed(log.splitlines()) if line.strip()), "nothing")
    return f"Its process ended with code {code}; the last it wrote was: {last.strip()[:300]}"


def tail(folder: Path) -> str:
    """The end of what the child and its JVM wrote."""
    path = folder / LOG_FILE
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LOG_TAIL))
        return file.read().decode("utf-8", "replace")
