"""Checks of one machine: each says whether it is well, what is wrong, and how to mend it."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from annotationlab.environment import Environment
from preannotation.contract import SparkUnavailable
from preannotation.models import NlpModel
from preannotation.spark import jars, java

GIB: Final = 1024**3
# Beside the heap: the JVM's own needs, the tensors (which live outside the heap), Python, web and database.
MEMORY_BESIDE_HEAP: Final = 3 * GIB
LEAST_FREE_DISK: Final = 2 * GIB
# Below var/; those that are missing are made when they are needed.
WRITTEN: Final = ("models", "uploads", "spark", "log", "run")
UNITS: Final = {"k": 1024, "m": 1024**2, "g": GIB, "t": 1024 * GIB}


@dataclass(frozen=True)
class Check:
    """One line of the answer. mend: what to do; empty where `ok`."""

    name: str
    ok: bool
    found: str
    mend: str = ""


def python_version(version: tuple[int, int] = sys.version_info[:2]) -> Check:
    found = f"{version[0]}.{version[1]}"
    if version == (3, 11):
        return Check("python", True, found)
    return Check("python", False, f"{found}, and 3.11 is needed", "Install Python 3.11, remove .venv, run: make run")


def java_runtime() -> Check:
    try:
        return Check("java", True, f"{java.MAJOR} in {java.find_java()}")
    except SparkUnavailable as error:
        return Check("java", False, str(error), "Install Java 17, or run: make run")


def engine_jars(folder: Path) -> Check:
    expected = jars.read_checksums(jars.CHECKSUMS_FILE)
    if jars.verified_before(folder, expected):
        return Check("jars", True, f"{len(expected)} verified in {folder}")
    present = sum((folder / name).exists() for name in expected)
    return Check(
        "jars", False, f"{present} of {len(expected)} are in {folder}, or not all as they were verified",
        f"Run: .venv/bin/python -m preannotation.spark.jars --folder {folder} --cache {folder.parent / 'ivy'}",
    )  # fmt: skip


def database(env: Environment) -> Check:
    kind = "the one of DATABASE_URL" if env.database else "embedded PostgreSQL"
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        reason = (str(error).strip().splitlines() or [""])[0]
        mend = "Check DATABASE_URL, and that this server runs" if env.database else "Run: make run"
        return Check("database", False, f"{kind} doesn't answer: {reason}", mend)
    return Check("database", True, f"{kind} answers")


def migrations() -> Check:
    """Needs a database that answers."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not missing:
        return Check("migrations", True, "all applied")
    first = missing[0][0]
    return Check(
        "migrations", False, f"{len(missing)} are missing, first {first.app_label}.{first.name}",
        "Run: .venv/bin/python manage.py migrate",
    )  # fmt: skip


def model_files() -> Check:
    """Whether each version's files are there, in their size; `manage.py models verify` reads them all. Needs a
    database with all migrations."""
    models = list(NlpModel.objects.order_by("name", "version"))
    wrong = [str(model) for model in models if _size(model.path) != model.size]
    if not wrong:
        return Check("models", True, f"{len(models)} versions in the registry, their files in place")
    names = ", ".join(wrong[:3]) + (" …" if len(wrong) > 3 else "")
    return Check(
        "models", False, f"files of {len(wrong)} of {len(models)} versions are missing or changed: {names}",
        "Run: .venv/bin/python manage.py models verify. Then add these models again, or restore var/models",
    )  # fmt: skip


def folders(env: Environment) -> Check:
    """Whether what is written can be written, and what is secret is closed to others."""
    var = env.var_dir
    there = [path for path in (var, *(var / name for name in WRITTEN)) if path.exists()]
    closed = [str(path) for path in there if not os.access(path, os.W_OK | os.X_OK)]
    if closed or not var.exists():
        return Check(
            "folders", False, f"can't write to {', '.join(closed) or var}",
            "Give these folders to the user that runs this, or set ANNOTATIONLAB_VAR to a folder of theirs",
        )  # fmt: skip
    key = var / "secret-key"
    if key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        return Check("folders", False, f"{key} can be read by other users", f"Run: chmod 600 {key}")
    return Check("folders", True, f"{var} can be written to, its secrets are closed to others")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def memory(heap: str, available: int, total: int) -> Check:
    """heap: as `4g`. available, total: bytes; available is what could be had when nothing of ours runs."""
    needed = heap_bytes(heap)
    if needed is None:
        return Check(
            "memory", False, f"ANNOTATIONLAB_SPARK_MEMORY is {heap!r}, which is not a size", "Write a size such as 4g"
        )
    needed += MEMORY_BESIDE_HEAP
    found = f"{available / GIB:.1f} of {total / GIB:.1f} GiB free, up to {needed / GIB:.1f} used by a Spark worker"
    if available >= needed:
        return Check("memory", True, found)
    return Check("memory", False, found, "End other programs, add memory, or lower ANNOTATIONLAB_SPARK_MEMORY")


def heap_bytes(heap: str) -> int | None:
    """Bytes of a JVM size such as `512m`; None where it is none."""
    number, unit = (heap[:-1], heap[-1:].lower()) if heap[-1:].isalpha() else (heap, "")
    return int(number) * UNITS.get(unit, 1) if number.isdigit() and unit in {"", *UNITS} else None


def disk(folder: Path, free: int) -> Check:
    found = f"{free / GIB:.1f} GiB free in {folder}"
    if free >= LEAST_FREE_DISK:
        return Check("disk", True, found)
    return Check("disk", False, found, "Free space there, or set ANNOTATIONLAB_VAR to a folder on a larger disk")


def queue(name: str, answer: str | None) -> Check:
    """answer: what the workers did with a probe job, in words; None where they took none."""
    if answer:
        return Check(f"queue {name}", True, answer)
    return Check(
        f"queue {name}", False, "no worker took a probe job",
        f"Run: make run. If it runs already, read var/log/worker-{name}.log",
    )  # fmt: skip


def machine(env: Environment) -> list[Check]:
    """All checks but those of the queues."""
    checks: list[Callable[[], Check]] = [
        python_version,
        java_runtime,
        lambda: engine_jars(env.var_dir / "jars"),
        lambda: folders(env),
        lambda: memory(env.spark_memory, free_memory(), psutil.virtual_memory().total),
        lambda: disk(env.var_dir, shutil.disk_usage(env.var_dir).free),
    ]
    return [*(check() for check in checks), *_stored(env)]


def _stored(env: Environment) -> list[Check]:
    """Database, its migrations, and the files that its rows stand for; each only where the one before is well."""
    found = [database(env)]
    for name, check in (("migrations", migrations), ("models", model_files)):
        well = found[-1].ok
        found.append(check() if well else Check(name, False, "not checked", f"Mend first: {found[-1].name}"))
    return found


def free_memory() -> int:
    """Bytes: what is available, and what Spark workers of this machine hold already."""
    held = 0
    for process in psutil.process_iter(["name", "memory_info"]):
        if process.info["name"] == "java" and process.info["memory_info"]:
            held += process.info["memory_info"].rss
    return int(psutil.virtual_memory().available) + held
