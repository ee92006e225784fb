"""A PostgreSQL of our own for one machine, from the binaries that a Python package carries.

It listens on a unix socket in a folder of mode 0700 and trusts whoever gets there. It outlives its starter.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psutil

from annotationlab.postgres_place import (
    DatabaseUnavailable,
    data_folder,
    foreign,
    home,
    prepare,
    programs,
    server_user,
    socket_folder,
)

NAME: Final = "annotationlab"
USER: Final = "postgres"
# Said to both sides, because each would else take it from PGPORT, and terminals differ in that.
PORT: Final = "5432"
LONGEST_LOG: Final = 10_000_000
ORPHAN_SECONDS: Final = 5
READY_SECONDS: Final = 30
# No statement and no parameter may reach the log: they hold the texts that people label.
SETTINGS: Final = {
    "listen_addresses": "",
    "port": PORT,
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",
    # Pages ask for fifty rows: to start other processes for that takes longer than they save.
    "max_parallel_workers_per_gather": "0",
    # Messages of errors quote values that could not be read; this level leaves them out, and keeps fatal ones.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_parameter_max_length_on_error": "0",
}


def django_database(var_dir: Path) -> dict[str, Any]:
    """The DATABASES entry of the embedded server below `var_dir`; nothing is started by asking."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": NAME,
        "USER": USER,
        "HOST": str(socket_folder(var_dir)),
        "PORT": PORT,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def start(var_dir: Path) -> None:
    """Make sure that the server runs and has its database; the first start makes the cluster.

    Any number of processes may ask at once. Raises DatabaseUnavailable.
    """
    with _locked(var_dir):
        if not (data_folder(var_dir) / "PG_VERSION").exists():
            _initialise(var_dir)
        _make_ready(var_dir)
        _create_database(var_dir)


def stop(var_dir: Path) -> None:
    """End the server, connections and all; nothing happens where none runs."""
    if not data_folder(var_dir).exists():
        return
    with _locked(var_dir):
        if running(var_dir):
            _call(var_dir, "pg_ctl", "stop", "-D", data_folder(var_dir), "-m", "fast", "-w")


def running(var_dir: Path) -> bool:
    """Whether the server of this very folder lives. Starts no process."""
    number = _noted_pid(var_dir)
    return number is not None and _works_in(number, data_folder(var_dir))


def _initialise(var_dir: Path) -> None:
    # Made aside and renamed: a folder that a killed initdb left behind looks like a finished one.
    unfinished = data_folder(var_dir).with_name("data.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    _call(
        var_dir, "initdb", "-D", unfinished, "-U", USER, "-E", "UTF8",
        "--locale-provider=builtin", "--locale=C.UTF-8", "--auth=trust", "--no-instructions",
    )  # fmt: skip
    unfinished.rename(data_folder(var_dir))


def _make_ready(var_dir: Path) -> None:
    """Wait for a server that an interrupted starter left in its start, or that was killed and is not quite dead."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if not running(var_dir):
            _launch(var_dir)
        if _run(var_dir, "pg_isready", "-h", socket_folder(var_dir), "-p", PORT, "-U", USER).returncode == 0:
            return
        time.sleep(0.2)


def _launch(var_dir: Path) -> None:
    _clear_after_kill(var_dir)
    options = " ".join(f"-c {name}={value!r}" for name, value in SETTINGS.items())
    options += f" -k '{socket_folder(var_dir)}'"
    _turn_log(_log(var_dir))
    _call(var_dir, "pg_ctl", "start", "-D", data_folder(var_dir), "-l", _log(var_dir), "-w", "-t", "60", "-o", options)


def _clear_after_kill(var_dir: Path) -> None:
    """After a kill -9 of the server: wait for its orphans, and forget a pid that is somebody else's by now.

    PostgreSQL itself refuses to start while an orphan holds the shared memory, and for ever where the noted pid
    belongs to another program. The notes go only once no process works in the data folder.
    """
    folder = data_folder(var_dir)
    _, alive = psutil.wait_procs(_orphans(var_dir), timeout=ORPHAN_SECONDS)
    for orphan in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            orphan.kill()
    psutil.wait_procs(alive, timeout=ORPHAN_SECONDS)
    number = _noted_pid(var_dir)
    if number is not None and psutil.pid_exists(number) and not _orphans(var_dir):
        (folder / "postmaster.pid").unlink(missing_ok=True)
        for lock in socket_folder(var_dir).glob(".s.PGSQL.*.lock"):
            lock.unlink(missing_ok=True)


def _orphans(var_dir: Path) -> list[psutil.Process]:
    """What a killed server left; and the server of an earlier var/ of this path, which would hold the socket."""
    folders = list(home(var_dir).parent.glob("*/data"))
    return [each for each in psutil.process_iter() if any(_works_in(each.pid, folder) for folder in folders)]


def _works_in(number: int, folder: Path) -> bool:
    """Whether the process is a PostgreSQL one of this data folder: they all make it their working directory."""
    try:
        process = psutil.Process(number)
        return process.name() == "postgres" and Path(process.cwd()) == folder.resolve()
    except (psutil.Error, OSError):
        return False


def _noted_pid(var_dir: Path) -> int | None:
    try:
        return int((data_folder(var_dir) / "postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None


def _log(var_dir: Path) -> Path:
    return home(var_dir) / "postgres.log"


def _turn_log(log: Path) -> None:
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_name("postgres.log.1"))


def _create_database(var_dir: Path) -> None:
    host = ("-h", socket_folder(var_dir), "-p", PORT, "-U", USER)
    exists = f"SELECT 1 FROM pg_database WHERE datname = '{NAME}'"
    if _call(var_dir, "psql", *host, "-d", "postgres", "-XAtc", exists).strip() != "1":
        _call(var_dir, "createdb", *host, NAME)


def _call(var_dir: Path, program: str, *arguments: str | Path) -> str:
    answer = _run(var_dir, program, *arguments)
    if answer.returncode:
        log = _log(var_dir)
        # Of a start that failed pg_ctl only says that the log tells why.
        source = log.read_text(errors="replace") if program == "pg_ctl" and log.exists() else answer.stderr
        words = source.strip().splitlines()
        raise DatabaseUnavailable(
            f"The embedded PostgreSQL's {program} ended with code {answer.returncode}: {words[-1] if words else ''}. "
            f"Its log is {_log(var_dir)}. Free disk space, or set DATABASE_URL to a server of yours."
        )
    return answer.stdout


def _run(var_dir: Path, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    identity = server_user()
    command = [str(programs(var_dir) / program), *map(str, arguments)]
    # A file, not a pipe: the server that pg_ctl leaves behind would hold a pipe open for ever.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        code = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd="/",
            user=identity.pw_uid if identity else None,
            group=identity.pw_gid if identity else None,
            extra_groups=[] if identity else None,
            env={name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"},
            start_new_session=True,
        ).returncode
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, code, out.read(), err.read())


@contextlib.contextmanager
def _locked(var_dir: Path) -> Iterator[None]:
    with _foreign_folders_refused():
        var_dir.mkdir(parents=True, exist_ok=True)
        lock = (var_dir / "postgres.lock").open("w")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _foreign_folders_refused():
            prepare(var_dir)
        yield


@contextlib.contextmanager
def _foreign_folders_refused() -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise foreign(error.filename) from error
