"""Fetches the engine's jars with the Ivy that comes with pyspark, and verifies every one of them.

    python -m preannotation.spark.jars [--folder var/jars] [--cache var/ivy] [--pin]

The version of Spark NLP is the one that is installed (requirements.txt); what else depends on it stands here. After a
change of versions, `--pin` writes the checksums of what was resolved.
"""

import argparse
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from preannotation.contract import SparkUnavailable
from preannotation.spark.java import find_java

SPARK_NLP: Final = importlib.metadata.version("spark-nlp")
SCALA: Final = "2.12"
TENSORFLOW: Final = "0.4.2"
PLATFORMS: Final = {("Linux", "x86_64"): "linux-x86_64"}

IVY_FILE: Final = Path(__file__).with_name("ivy.xml")
CHECKSUMS_FILE: Final = Path(__file__).with_name("jars.sha256")
STAMP: Final = ".verified.json"
RETRIEVE_PATTERN: Final = "[artifact]-[revision](-[classifier]).[ext]"
PROGRESS_STEP: Final = 10

Report = Callable[[str], None]


def ensure_jars(folder: Path, cache: Path, report: Report = print, checksums: Path = CHECKSUMS_FILE) -> None:
    """Make `folder` hold exactly the pinned jars; where it does already, that costs milliseconds.

    cache: Ivy's own folder; what was fetched before an interruption is not fetched again. checksums: the pinned file
    names. Raises SparkUnavailable.
    """
    expected = read_checksums(checksums)
    if verified_before(folder, expected):
        return
    with _locked(cache):
        if missing_after_cleaning(folder, expected):
            resolve(folder, cache, report)
            _refuse_wrong(folder, cache, expected)
        _write_stamp(folder, expected)
    report(f"engine jars: {len(expected)} verified")


def read_checksums(path: Path) -> dict[str, str]:
    """File name -> sha256 in hex, from lines as `sha256sum` writes them."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines if line.strip())}


def verified_before(folder: Path, expected: dict[str, str]) -> bool:
    """Whether `folder` is, by names, sizes and times, as a full verification against `expected` left it."""
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(stamp == _stamp(folder, expected))


def missing_after_cleaning(folder: Path, expected: dict[str, str]) -> list[str]:
    """Names of the expected jars that are not in `folder`, once strays and files with a wrong checksum are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.jar"):
        if expected.get(path.name) != _sha256(path):
            path.unlink()
    return sorted(name for name in expected if not (folder / name).exists())


def resolve(folder: Path, cache: Path, report: Report = print) -> None:
    """Let Ivy fetch all jars into `folder`; its own words go to `ivy.log` in `cache`. Raises SparkUnavailable."""
    command = [
        str(find_java() / "bin" / "java"),
        f"-Dengine.scala={SCALA}",
        f"-Dengine.spark-nlp={SPARK_NLP}",
        f"-Dengine.tensorflow={TENSORFLOW}",
        f"-Dengine.platform={_platform()}",
        "-jar",
        str(_ivy_jar()),
        *("-ivy", str(IVY_FILE), "-cache", str(cache), "-confs", "default"),
        *("-retrieve", f"{folder}/{RETRIEVE_PATTERN}"),
    ]
    log_path = cache / "ivy.log"
    report("engine jars: resolving (about two minutes and 390 MB at the first time)")
    with (
        log_path.open("w", encoding="utf-8") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as ivy,
    ):
        assert ivy.stdout is not None
        fetched = 0
        for line in ivy.stdout:
            log.write(line)
            if "[SUCCESSFUL ]" in line:
                fetched += 1
                if fetched % PROGRESS_STEP == 0:
                    report(f"engine jars: {fetched} fetched")
    if ivy.returncode:
        raise SparkUnavailable(
            f"The engine's jars could not be fetched (Ivy ended with code {ivy.returncode}; its words are in "
            f"{log_path}). Check the network and the free disk space, then run the same command again: it goes on "
            "where it stopped."
        )


def pin(folder: Path, cache: Path) -> None:
    """Resolve into `folder`, which is emptied of jars before, and write the checksums. Raises SparkUnavailable."""
    with _locked(cache):
        missing_after_cleaning(folder, {})
        resolve(folder, cache)
        lines = [f"{_sha256(path)}  {path.name}\n" for path in sorted(folder.glob("*.jar"))]
    CHECKSUMS_FILE.write_text("".join(lines), encoding="utf-8")


def _refuse_wrong(folder: Path, cache: Path, expected: dict[str, str]) -> None:
    wrong = missing_after_cleaning(folder, expected)
    if not wrong:
        return
    # Ivy trusts what is in its cache: a file that broke there would be copied for ever.
    for path in cache.rglob("*.jar"):
        if path.name in wrong:
            path.unlink()
    raise SparkUnavailable(
        f"{len(wrong)} of {len(expected)} jars of the engine don't fit {CHECKSUMS_FILE.name}: {', '.join(wrong[:3])}. "
        f"They were removed. Run the same command again; if that fails too, spark-nlp {SPARK_NLP} is not the version "
        "that was pinned, or the registry serves other files."
    )


def _stamp(folder: Path, expected: dict[str, str]) -> dict[str, object]:
    stats = {path.name: path.stat() for path in sorted(folder.glob("*.jar"))}
    return {
        "checksums": expected,
        "files": {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()},
    }


def _write_stamp(folder: Path, expected: dict[str, str]) -> None:
    unfinished = folder / f"{STAMP}.part"
    unfinished.write_text(json.dumps(_stamp(folder, expected)), encoding="utf-8")
    unfinished.replace(folder / STAMP)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _platform() -> str:
    name = PLATFORMS.get((platform.system(), platform.machine()))
    if name is None:
        known = ", ".join(PLATFORMS.values())
        raise SparkUnavailable(
            f"The engine's native library is pinned for {known} only, and this is {platform.system()} on "
            f"{platform.machine()}. Run it in a Linux container on an x86_64 machine."
        )
    return name


def _ivy_jar() -> Path:
    pyspark = importlib.util.find_spec("pyspark")
    jars = sorted((Path(pyspark.origin).parent / "jars").glob("ivy-*.jar")) if pyspark and pyspark.origin else []
    if not jars:
        raise SparkUnavailable("pyspark is not installed. Run: python -m pip install -r requirements.txt")
    return jars[0]


@contextmanager
def _locked(cache: Path) -> Iterator[None]:
    """Two starts at once would remove each other's half-copied jars."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m preannotation.spark.jars", description="Fetch and verify the jars."
    )
    parser.add_argument("--folder", type=Path, default=Path("var/jars"), help="where the jars go (var/jars)")
    parser.add_argument("--cache", type=Path, default=Path("var/ivy"), help="Ivy's own cache (var/ivy)")
    parser.add_argument("--pin", action="store_true", help="resolve anew and write the checksums")
    options = parser.parse_args(arguments)
    try:
        if options.pin:
            pin(options.folder, options.cache)
        ensure_jars(options.folder, options.cache)
    except SparkUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
