"""Processes of this machine: who still lives, ending a whole group, not outliving a parent. No Django here."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

PR_SET_PDEATHSIG: Final = 1
# Two readings of one process's start differ by rounding; two processes with one pid start further apart.
SAME_START_SECONDS: Final = 0.5

# Loaded before any fork: loading a library between fork and exec may deadlock.
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Process:
    """A process that can be told from a later one with the same number. started: seconds since the epoch."""

    pid: int
    started: float

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        unfinished.write_text(json.dumps(asdict(self)))
        unfinished.replace(path)


def process(pid: int) -> Process | None:
    """The living process of this number; None where there is none."""
    try:
        found = psutil.Process(pid)
        return None if found.status() == psutil.STATUS_ZOMBIE else Process(pid, found.create_time())
    except psutil.NoSuchProcess:
        return None


def read(path: Path) -> Process | None:
    """What `Process.write` wrote; None where nothing readable stands."""
    try:
        return Process(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def same_lives(one: Process) -> bool:
    now = process(one.pid)
    return now is not None and abs(now.started - one.started) < SAME_START_SECONDS


def members(group: int) -> list[int]:
    """Pids of the living processes of a process group."""
    found = []
    for candidate in psutil.process_iter(["status"]):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getpgid(candidate.pid) == group and candidate.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(candidate.pid)
    return found


def kill_group(group: int, patience: float = 10) -> None:
    """Kill every process of a group and wait until all are gone, at most `patience` seconds."""
    deadline = time.monotonic() + patience
    while members(group) and time.monotonic() < deadline:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
        time.sleep(0.1)


def kill_leftovers(path: Path) -> bool:
    """Kill what is left of the group whose leader `path` tells of; whether there was anything.

    The kernel gives a group's number to nobody while one of its members lives. So a group is ours unless a leader
    of that number lives that started at another time.
    """
    leader = read(path)
    if leader is None:
        return False
    stranger = process(leader.pid) is not None and not same_lives(leader)
    left = [] if stranger else [pid for pid in members(leader.pid) if _younger(pid, leader)]
    if left:
        kill_group(leader.pid)
    path.unlink(missing_ok=True)
    return bool(left)


def die_with_parent(signal_number: int) -> None:
    """Have the kernel send this process a signal when the thread that started it ends. Linux only.

    Made to be called between fork and exec. Source: prctl(2), PR_SET_PDEATHSIG.
    """
    _libc.prctl(PR_SET_PDEATHSIG, signal_number)


def killed_with_parent() -> None:
    die_with_parent(signal.SIGKILL)


def ended_with_parent() -> None:
    die_with_parent(signal.SIGTERM)


def _younger(pid: int, leader: Process) -> bool:
    found = process(pid)
    return found is not None and found.started > leader.started - SAME_START_SECONDS


def kill_children() -> None:
    """End what this process has started, a JVM that no longer listens included."""
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
