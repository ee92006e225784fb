"""How a training goes, read from what the engine itself writes while `fit` runs: it has no other way to tell."""

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Final, NamedTuple

from pyspark.sql import SparkSession

POLL_SECONDS: Final = 0.5
CRF_FILE: Final = "crf.log"
_EPOCH: Final = re.compile(r"Epoch \d+/\d+ - ([\d.]+)s - loss: (\S+)")
_SCORE: Final = re.compile(r"Micro-average\s+prec: \S+, rec(?:all)?: \S+, f1: (\S+)")
_CRF_EPOCH: Final = re.compile(r"finished, time: (\S+)\s+Loss = ([^\s,]+)")


class Epoch(NamedTuple):
    """A finished epoch. number: from 1. f1: micro average on the validation part, None where there is none."""

    number: int
    seconds: float
    loss: float | None
    f1: float | None


def read_epochs(folder: Path, validated: bool) -> list[Epoch]:
    """The finished epochs in the engine's logs in `folder`, in order.

    validated: whether a score belongs to each; an epoch is finished when it has got it. The classifiers write each
    score into a file of its own, and count their epochs from 0 there.
    """
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime_ns)
    written = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)
    runs = _EPOCH.findall(written) or _CRF_EPOCH.findall(written)
    scores = [_number(score) for score in _SCORE.findall(written)]
    finished = runs[: len(scores)] if validated else runs
    return [
        Epoch(place + 1, float(seconds), _number(loss), (scores[place] or 0.0) if validated else None)
        for place, (seconds, loss) in enumerate(finished)
    ]


def best_epoch(epochs: list[Epoch]) -> int | None:
    """Number of the epoch with the highest score, of equal ones the first; None where no epoch has a score."""
    scored = [epoch for epoch in epochs if epoch.f1 is not None]
    return max(scored, key=lambda epoch: (epoch.f1 or 0.0, -epoch.number)).number if scored else None


@contextmanager
def following(folder: Path, total: int, validated: bool, say: Callable[..., None]) -> Iterator[list[Epoch]]:
    """While the block runs, say each epoch as soon as it is finished; the list holds those said so far.

    folder: where the engine logs, made here. total: how many epochs there will be at most. validated: as in
    `read_epochs`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    said: list[Epoch] = []
    over = Event()

    def tell_new() -> None:
        for epoch in read_epochs(folder, validated)[len(said) :]:
            said.append(epoch)
            say(epoch=epoch.number, of=total, seconds=epoch.seconds, loss=epoch.loss, f1=epoch.f1)

    def follow() -> None:
        while not over.wait(POLL_SECONDS):
            tell_new()

    follower = Thread(target=follow, name="epochs", daemon=True)
    follower.start()
    try:
        yield said
    finally:
        over.set()
        follower.join()
        tell_new()


def log_crf(spark: SparkSession, folder: Path) -> None:
    """Have the engine's CRF, which knows no log folder, write its epochs into `folder` from now on."""
    jvm = spark._jvm
    core = jvm.org.apache.logging.log4j.core  # type: ignore[union-attr]
    context = jvm.org.apache.logging.log4j.LogManager.getContext(False)  # type: ignore[union-attr]
    configuration = context.getConfiguration()
    builder = core.appender.FileAppender.newBuilder()
    builder.withFileName(str(folder / CRF_FILE))
    builder.setName(str(folder))
    builder.setLayout(core.layout.PatternLayout.newBuilder().withPattern("%m%n").build())
    builder.setConfiguration(configuration)
    appender = builder.build()
    appender.start()
    logger = core.config.LoggerConfig("CRF", jvm.org.apache.logging.log4j.Level.INFO, False)  # type: ignore[union-attr]
    logger.addAppender(appender, None, None)
    configuration.addLogger("CRF", logger)
    context.updateLoggers()


def _number(written: str) -> float | None:
    try:
        value = float(written)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
