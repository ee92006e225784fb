"""Stands in for the engine's side of a training, in the child process that the product starts: it refuses, dies or goes
on as the model's name says."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from preannotation.contract import EngineSettings, TrainingError


def work(engine: EngineSettings, values: dict[str, Any], folder: Path, say: Any) -> dict[str, Any]:
    say(phase="training")
    say(epoch=1, of=3, seconds=0.5, loss=9.5, f1=0.25)
    say(log=(folder / "examples.jsonl").read_text(encoding="utf-8").splitlines()[0])
    if values["name"] == "refused":
        raise TrainingError("No label can be learned from this.")
    if values["name"] == "full":
        print("java.lang.OutOfMemoryError: Java heap space", flush=True)
        os._exit(1)
    if values["name"] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(600)
    raise AssertionError("nobody cancelled")
