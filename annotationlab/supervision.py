"""The supervisor of web and workers: its configuration, its start and its end. One installation has one."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from annotationlab.environment import PREFIX
from preannotation import processes
from preannotation.queues import QUEUES, kill_all_leftovers

LOG_BYTES: Final = "10MB"
LOG_COPIES: Final = 5
END_SECONDS: Final = 25

HEAD: Final = """[supervisord]
nodaemon = true
silent = true
directory = {root}
logfile = {log}/supervisor.log
logfile_maxbytes = {log_bytes}
logfile_backups = {log_copies}
pidfile = {run}/supervisord.pid
childlogdir = {log}
"""
# Tries never end: a database that is away for an hour must not need a person afterwards.
PROGRAM: Final = """
[program:{name}]
command = {command}
autorestart = true
startsecs = 5
startretries = 1000000
stopwaitsecs = 15
stopasgroup = true
killasgroup = true
redirect_stderr = true
stdout_logfile = {log}/{name}.log
stdout_logfile_maxbytes = {log_bytes}
stdout_logfile_backups = {log_copies}
"""


class Refused(Exception):
    """A start that can't be; the message says why and what to do."""


def configuration(root: Path, var_dir: Path) -> str:
    """The text of the supervisor's configuration: web, and one wrapper for each queue of workers."""
    manage = [sys.executable, str(root / "manage.py")]
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:annotationlab.gunicorn_settings"]
    programs = {"web": gunicorn} | {f"worker-{queue}": [*manage, "worker", queue] for queue in QUEUES}
    values = {
        "root": _escaped(str(root)),
        "log": _escaped(str(var_dir / "log")),
        "run": _escaped(str(var_dir / "run")),
        "log_bytes": LOG_BYTES,
        "log_copies": LOG_COPIES,
    }
    return HEAD.format(**values) + "".join(
        PROGRAM.format(name=name, command=_escaped(shlex.join(command)), **values) for name, command in programs.items()
    )


def start(root: Path, var_dir: Path) -> subprocess.Popen[bytes]:
    """Start the supervisor. It is told to end when the process that calls this ends, in whatever way."""
    for folder in (var_dir / "log", var_dir / "run"):
        folder.mkdir(parents=True, exist_ok=True)
    path = config_path(var_dir)
    path.write_text(configuration(root, var_dir))
    return subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "-c", str(path)],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(var_dir / "log" / "supervisor-start.log").open("wb"),
        start_new_session=True,
        preexec_fn=processes.ended_with_parent,
    )


def end_all(var_dir: Path) -> bool:
    """End supervisor, web and workers of this folder, whoever started them; whether anything ran."""
    supervisors = [process for process in psutil.process_iter() if _is_supervisor(process, var_dir)]
    for process in supervisors:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(supervisors, timeout=END_SECONDS)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    kill_all_leftovers(var_dir / "run")
    return bool(supervisors)


def config_path(var_dir: Path) -> Path:
    return var_dir / "run" / "supervisord.conf"


@contextmanager
def only_one(var_dir: Path, address: str) -> Iterator[None]:
    """Hold the mark of the one launcher of this folder. Raises Refused where another holds it."""
    path = _mark(var_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, running_at = _holder(path)
            raise Refused(
                f"Annotation Lab is running already at {running_at} (process {pid}). Use it, or stop it: make stop"
            ) from None
        mark.truncate(0)
        mark.write(f"{os.getpid()} {address}")
        mark.flush()
        yield


def stop_launcher(var_dir: Path, patience: float = 60) -> bool:
    """Ask the launcher of this folder to stop everything, and wait for it; whether one ran."""
    path = _mark(var_dir)
    if not _held(path):
        return False
    pid, _ = _holder(path)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while _held(path):
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            break
        time.sleep(0.2)
    return True


def refuse_taken_port(bind: str) -> None:
    """Raises Refused where the web server could not listen at `bind`, with the setting to change."""
    host, _, port = bind.rpartition(":")
    with contextlib.closing(_socket_for(host)) as probe:
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError as error:
            another = f"{PREFIX}BIND={host}:{int(port) % 65535 + 1}"
            reasons = {
                errno.EADDRINUSE: f"Port {port} of {host} is taken by another program.",
                errno.EACCES: f"Port {port} needs more rights than this user has.",
                errno.EADDRNOTAVAIL: f"{host} is not an address of this machine.",
            }
            reason = reasons.get(error.errno or 0, f"Nothing can listen at {bind} ({error.strerror}).")
            raise Refused(f"{reason} Choose another address or port, as {another}, and start again.") from error


def listens(supervisor: int, bind: str) -> bool:
    """Whether a process of the supervisor holds the port: another program's answer must not pass for ours."""
    port = int(bind.rpartition(":")[2])
    try:
        family = psutil.Process(supervisor).children(recursive=True)
        sockets = [each for process in family for each in process.net_connections("tcp")]
    except psutil.Error:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in sockets)


def _socket_for(host: str) -> socket.socket:
    probe = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    # As the web server does: a port that was in use a second ago is free.
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return probe


def _is_supervisor(process: psutil.Process, var_dir: Path) -> bool:
    try:
        return process.cmdline()[-2:] == ["-c", str(config_path(var_dir))]
    except psutil.Error:
        return False


def _mark(var_dir: Path) -> Path:
    return var_dir / "run" / "launcher.mark"


def _holder(path: Path) -> tuple[int, str]:
    """Pid and address of the launcher that holds the mark."""
    pid, _, address = path.read_text().partition(" ")
    return int(pid or 0), address


def _held(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open() as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _escaped(value: str) -> str:
    """The supervisor expands %(name)s in values."""
    return value.replace("%", "%%")
