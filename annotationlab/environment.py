"""What operators set: one table of environment variables, read once, with words for what is wrong."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

PREFIX = "ANNOTATIONLAB_"
TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


@dataclass(frozen=True)
class Variable:
    """One row of the README's table of settings."""

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable("DATABASE_URL", "", "the database, as `postgresql://user:password@host/name`; empty: the embedded one"),
    Variable("JAVA_HOME", "", "Java 17 to use; empty: the system's, else the one that set-up installs"),
    Variable(f"{PREFIX}BIND", "127.0.0.1:8000", "address and port of the web server"),
    Variable(f"{PREFIX}ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", "host names that people use, comma list"),
    Variable(f"{PREFIX}TRUSTED_ORIGINS", "", "origins such as `https://lab.example.org`, comma list, behind a proxy"),
    Variable(f"{PREFIX}BEHIND_HTTPS", "no", "yes: a proxy terminates HTTPS; cookies are then sent over HTTPS only"),
    Variable(f"{PREFIX}SECRET_KEY", "", "signs sessions; made in var/ for the embedded database, demanded otherwise"),
    Variable(f"{PREFIX}VAR", "var", "folder of everything that is not source: database, jars, models, logs"),
    Variable(f"{PREFIX}TIME_ZONE", "UTC", "time zone of the dates on pages"),
    Variable(f"{PREFIX}SPARK_MEMORY", "4g", "largest heap of each Spark worker's JVM"),
    Variable(f"{PREFIX}SPARK_THREADS", "2", "texts that a Spark worker computes at once"),
    Variable(f"{PREFIX}PIPELINE_MEMORY", "3g", "loaded models a Spark worker keeps; then the least used are unloaded"),
    Variable(f"{PREFIX}LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"),
    Variable(f"{PREFIX}DEBUG", "no", "yes: Django's debug pages; for developers only"),
)


@dataclass(frozen=True)
class Environment:
    """The settings as values. database: a DATABASES entry, or None for the embedded server. pipeline_memory: bytes."""

    var_dir: Path
    debug: bool
    secret_key: str
    bind: str
    allowed_hosts: list[str]
    trusted_origins: list[str]
    behind_https: bool
    database: dict[str, Any] | None
    time_zone: str
    spark_memory: str
    spark_threads: int
    pipeline_memory: int
    log_level: str


def read(base_dir: Path, environ: Mapping[str, str] = os.environ) -> Environment:
    """The environment's settings. Raises ImproperlyConfigured with the variable's name and what to write instead."""
    values = {variable.name: environ.get(variable.name, "").strip() or variable.default for variable in VARIABLES}
    var_dir = (base_dir / values[f"{PREFIX}VAR"]).resolve()
    database = _database(values["DATABASE_URL"])
    return Environment(
        var_dir=var_dir,
        debug=_flag(values, "DEBUG"),
        secret_key=values[f"{PREFIX}SECRET_KEY"] or _local_secret_key(var_dir, database),
        bind=_bind(values[f"{PREFIX}BIND"]),
        allowed_hosts=_list(values[f"{PREFIX}ALLOWED_HOSTS"]),
        trusted_origins=_list(values[f"{PREFIX}TRUSTED_ORIGINS"]),
        behind_https=_flag(values, "BEHIND_HTTPS"),
        database=database,
        time_zone=_time_zone(values[f"{PREFIX}TIME_ZONE"]),
        spark_memory=_memory(values, "SPARK_MEMORY"),
        spark_threads=_threads(values[f"{PREFIX}SPARK_THREADS"]),
        pipeline_memory=_bytes(_memory(values, "PIPELINE_MEMORY")),
        log_level=_log_level(values[f"{PREFIX}LOG_LEVEL"]),
    )


def unknown_variables(environ: Mapping[str, str] = os.environ) -> list[str]:
    """A sentence for each ANNOTATIONLAB_ variable that nothing reads, with the nearest that exists."""
    known = [variable.name for variable in VARIABLES]
    sentences = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1, 0)
            sentences.append(f"{name} is not a setting of Annotation Lab and has no effect. Did you mean {near[0]}?")
    return sentences


def report_unknown_variables() -> None:
    for sentence in unknown_variables():
        print(sentence, file=sys.stderr)


def _flag(values: Mapping[str, str], short: str) -> bool:
    value = values[PREFIX + short].lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{PREFIX}{short} is {value!r}. Write yes or no.")
    return value in TRUE


def _list(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def _bind(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ImproperlyConfigured(f"{PREFIX}BIND is {value!r}. Write an address and a port, as 127.0.0.1:8000.")
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, KeyError, OSError) as error:
        raise ImproperlyConfigured(
            f"{PREFIX}TIME_ZONE is {value!r}, which this machine doesn't know. Write one such as UTC or Europe/Paris."
        ) from error
    return value


def _memory(values: Mapping[str, str], short: str) -> str:
    value = values[PREFIX + short]
    if not re.fullmatch(r"[1-9][0-9]*[mMgG]", value):
        raise ImproperlyConfigured(f"{PREFIX}{short} is {value!r}. Write a size such as 4g or 2500m.")
    return value


def _bytes(size: str) -> int:
    return int(size[:-1]) * {"m": 1024**2, "g": 1024**3}[size[-1].lower()]


def _threads(value: str) -> int:
    if not value.isdigit() or not 0 < int(value) <= 256:
        raise ImproperlyConfigured(f"{PREFIX}SPARK_THREADS is {value!r}. Write a number from 1 to 256.")
    return int(value)


def _log_level(value: str) -> str:
    if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ImproperlyConfigured(f"{PREFIX}LOG_LEVEL is {value!r}. Write DEBUG, INFO, WARNING or ERROR.")
    return value.upper()


def _database(url: str) -> dict[str, Any] | None:
    if not url:
        return None
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        # libpq's message would repeat the URL and with it the password.
        raise ImproperlyConfigured("DATABASE_URL can't be read. Write postgresql://user:password@host/name.") from error
    if not str(parts.get("port", "5432")).isdigit():
        raise ImproperlyConfigured("DATABASE_URL's port is no number. Write postgresql://user:password@host:5432/name.")
    if not url.startswith(("postgresql://", "postgres://")) or not parts.get("dbname"):
        raise ImproperlyConfigured(
            "DATABASE_URL names no PostgreSQL database. Write postgresql://user:password@host/name."
        )
    main = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{key: str(parts.pop(name)) for name, key in main.items() if name in parts},
        "OPTIONS": parts,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _local_secret_key(var_dir: Path, database: dict[str, Any] | None) -> str:
    if database:
        raise ImproperlyConfigured(
            f"{PREFIX}SECRET_KEY is missing. With DATABASE_URL set, give a long random text that stays the same on "
            "every server of this installation."
        )
    path = var_dir / "secret-key"
    if not path.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"secret-key.{os.getpid()}")
        part.touch(mode=0o600)
        part.write_text(secrets.token_urlsafe(50))
        # Two first starts at once must agree on one key: the link succeeds for one of them only.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(part)
        part.unlink()
    return path.read_text().strip()
