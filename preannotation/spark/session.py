"""The Spark session of this process: started once, on the verified jars, on this machine's loopback address only."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil
from py4j.protocol import Py4JError, Py4JJavaError
from pyspark import SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from preannotation.contract import EngineError, EngineSettings, PredictionError, SparkUnavailable
from preannotation.spark.java import find_java

LOOPBACK: Final = "127.0.0.1"
LOG_SETTINGS: Final = Path(__file__).with_name("log4j2.properties")
# What Java says with its exit code: by the option below, and by Spark's own handler.
OUT_OF_MEMORY: Final = (3, 52)
DYING_SECONDS: Final = 5
CLEANING_SECONDS: Final = 0.3
TRIM_MS: Final = 2000
TRIMMING_SECONDS: Final = 2.5
GIB: Final = 1024**3
UNITS: Final = {"k": 1024, "m": 1024**2, "g": GIB}

_owner: int | None = None


def start(settings: EngineSettings) -> SparkSession:
    """The session of this process, started at the first call. Raises SparkUnavailable.

    After a fork the child can't use its parent's session: start it in the process that works with it.
    """
    global _owner
    running = SparkContext._active_spark_context
    if running is not None:
        if _owner not in (None, os.getpid()):
            raise SparkUnavailable("The Spark session belongs to the parent of this process. Start it after the fork.")
        return current()
    if not any(settings.jars.glob("spark-nlp_*.jar")):
        raise SparkUnavailable(
            f"The engine's jars are not in {settings.jars}. Run: python -m preannotation.spark.jars --folder "
            f"{settings.jars}"
        )
    _refuse_too_much(settings.memory)
    settings.scratch.mkdir(parents=True, exist_ok=True)
    # Spark's launcher reads these from the environment, not from its configuration.
    os.environ["JAVA_HOME"] = str(find_java())
    os.environ["SPARK_LOCAL_IP"] = LOOPBACK
    # Else rows go through whatever "python3" is first on the PATH, and another version of it refuses them.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    # With an arena for every thread, most of what an unloaded network gave back stays with the process.
    os.environ["MALLOC_ARENA_MAX"] = "2"
    try:
        session = _builder(settings).getOrCreate()
    except Exception as error:
        raise SparkUnavailable(
            f"Spark could not be started ({type(error).__name__}). Check memory ({settings.memory} asked for), the "
            f"free space in {settings.scratch}, and the log."
        ) from error
    _owner = os.getpid()
    return session


def current() -> SparkSession:
    """The session that `start` made, in any thread. Raises SparkUnavailable where there is none."""
    session = SparkSession._instantiatedSession
    if session is None or not alive():
        raise SparkUnavailable("There is no live Spark session in this process. Restart the worker.")
    return session


def alive() -> bool:
    """Whether this process has a session whose JVM answers."""
    context = SparkContext._active_spark_context
    if context is None or context._jvm is None or _owner not in (None, os.getpid()):
        return False
    try:
        return not context._jsc.sc().isStopped()
    except (Py4JError, OSError):
        return False


def collect_garbage() -> None:
    """Have Python, the JVM and what is outside its heap give back what nobody uses any more: takes three seconds."""
    gc.collect()
    if not alive():
        return
    with suppress(Py4JError, OSError):
        # The first one shows Spark which broadcasts nobody refers to; it drops them, and the second takes them away.
        for pause in (CLEANING_SECONDS, TRIMMING_SECONDS):
            current()._jvm.java.lang.System.gc()  # type: ignore[union-attr]
            time.sleep(pause)


def stop() -> None:
    """End the session and its JVM; nothing happens where there is none."""
    context = SparkContext._active_spark_context
    if context is None or _owner not in (None, os.getpid()):
        return
    gateway = SparkContext._gateway
    with suppress(Py4JError, OSError):
        context.stop()
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=30)
    SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None
    SparkSession._instantiatedSession = SparkSession._activeSession = None


@contextmanager
def engine_errors(doing: str, otherwise: type[EngineError] = PredictionError) -> Iterator[None]:
    """Turn what Spark raises into the contract's errors, here and nowhere else.

    doing: what is tried, as a clause: `loading ner_problem 2`. otherwise: raised where the session lives on;
    SparkUnavailable where the JVM is gone. The cause is chained, for the log.
    """
    try:
        yield
    except EngineError:
        raise
    except Py4JJavaError as error:
        # A JVM that runs out of memory may still answer this one call.
        if not alive():
            raise _died(doing) from error
        raise otherwise(f"Spark failed while {doing} ({_reason(error)}).") from error
    except (Py4JError, OSError, EOFError, PySparkException) as error:
        if not alive():
            raise _died(doing) from error
        raise otherwise(f"Spark failed while {doing} ({type(error).__name__}).") from error


def _died(doing: str) -> SparkUnavailable:
    return SparkUnavailable(f"The Java process of the Spark session died while {doing}. {_cause_of_death()}")


def _cause_of_death() -> str:
    code = None
    if SparkContext._gateway is not None:
        with suppress(subprocess.TimeoutExpired, AttributeError):
            code = SparkContext._gateway.proc.wait(timeout=DYING_SECONDS)
    if code in OUT_OF_MEMORY:
        return "Its memory was full. Take fewer or smaller models, or raise ANNOTATIONLAB_SPARK_MEMORY."
    if code == -signal.SIGKILL:
        return (
            "It was killed, as the system does when the machine's memory is full. Take fewer or smaller models, lower "
            "ANNOTATIONLAB_SPARK_MEMORY, or end other programs."
        )
    return f"Its exit code is {code}; the log says more. The worker starts again by itself."


def _reason(error: Py4JJavaError) -> str:
    """Class of the innermost Java exception; its message is left out, it may hold text."""
    cause = error.java_exception
    while (inner := cause.getCause()) is not None:
        cause = inner
    return str(cause.getClass().getSimpleName())


def _refuse_too_much(memory: str) -> None:
    """Java starts with any number, and is killed later by the system, in the middle of a run."""
    there = psutil.virtual_memory().total
    if int(memory[:-1]) * UNITS[memory[-1].lower()] > there:
        raise SparkUnavailable(
            f"ANNOTATIONLAB_SPARK_MEMORY asks for {memory}, and this machine has {there / GIB:.1f}g in all. Lower it, "
            "then start again."
        )


def _builder(settings: EngineSettings) -> SparkSession.Builder:
    jars = f"{settings.jars.resolve()}/*"
    scratch = settings.scratch.resolve()
    java_options = (
        f"-Dlog4j2.configurationFile={LOG_SETTINGS.as_uri()} -Djava.io.tmpdir={scratch} "
        f"-Dorg.bytedeco.javacpp.cachedir={scratch}/javacpp -XX:+ExitOnOutOfMemoryError "
        # After a collection that was asked for, that is when models were unloaded, the heap shrinks to what is in use.
        "-XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=30 "
        # What networks used outside the heap goes back to the system; some builds of Java 17 don't know how.
        f"-XX:+IgnoreUnrecognizedVMOptions -XX:TrimNativeHeapInterval={TRIM_MS}"
    )
    values = {
        "spark.driver.memory": settings.memory,
        "spark.driver.extraClassPath": jars,
        "spark.executor.extraClassPath": jars,
        "spark.driver.extraJavaOptions": java_options,
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.maxResultSize": "0",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.jsl.settings.storage.cluster_tmp_dir": str(scratch),
        "spark.jsl.settings.pretrained.cache_folder": str(scratch / "hub"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.ui.retainedJobs": "1",
        "spark.ui.retainedStages": "1",
        "spark.sql.ui.retainedExecutions": "1",
        "spark.default.parallelism": str(settings.threads),
        "spark.sql.shuffle.partitions": str(settings.threads),
        "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
        "spark.kryoserializer.buffer.max": "2000M",
    }
    builder = SparkSession.builder.appName("annotationlab").master(f"local[{settings.threads}]")
    for name, value in values.items():
        builder = builder.config(name, value)
    return builder
