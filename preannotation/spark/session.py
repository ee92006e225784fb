"""The Spark session of this process: started once, on the verified jars, on this machine's loopback address only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark import SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from preannotation.contract import EngineError, EngineSettings, PredictionError, SparkUnavailable
from preannotation.spark.java import find_java

LOOPBACK: Final = "127.0.0.1"
LOG_SETTINGS: Final = Path(__file__).with_name("log4j2.properties")

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
    settings.scratch.mkdir(parents=True, exist_ok=True)
    # Spark's launcher reads these from the environment, not from its configuration.
    os.environ["JAVA_HOME"] = str(find_java())
    os.environ["SPARK_LOCAL_IP"] = LOOPBACK
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
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
    return SparkUnavailable(f"The Java process of the Spark session died while {doing}. Restart the worker.")


def _reason(error: Py4JJavaError) -> str:
    """Class of the innermost Java exception; its message is left out, it may hold text."""
    cause = error.java_exception
    while (inner := cause.getCause()) is not None:
        cause = inner
    return str(cause.getClass().getSimpleName())


def _builder(settings: EngineSettings) -> SparkSession.Builder:
    jars = f"{settings.jars.resolve()}/*"
    scratch = settings.scratch.resolve()
    java_options = (
        f"-Dlog4j2.configurationFile={LOG_SETTINGS.as_uri()} -Djava.io.tmpdir={scratch} "
        f"-Dorg.bytedeco.javacpp.cachedir={scratch}/javacpp -XX:+ExitOnOutOfMemoryError"
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
