import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from preannotation.contract import ModelLoadError, PredictionError, SparkUnavailable
from preannotation.spark import session
from preannotation.spark.session import engine_errors

ROOT = Path(__file__).parents[3]
KILLED = """
import os, signal, sys
from pathlib import Path
from pyspark import SparkContext
from preannotation.contract import EngineSettings, SparkUnavailable
from preannotation.spark import pipelines, predict, session
from tests.preannotation.spark.tiny_models import spec

settings = EngineSettings(Path(sys.argv[1]), Path(sys.argv[2]), memory="1g")
session.start(settings)
pipeline = pipelines.load((spec(Path(sys.argv[3]), "tiny_drugs"),))
java = SparkContext._gateway.proc
os.kill(java.pid, signal.SIGKILL)
java.wait()
for act in (
    lambda: predict.predict(pipeline, ["She takes aspirin."]),
    lambda: predict.bare(pipeline, ["She takes aspirin."]),
    lambda: pipelines.load((spec(Path(sys.argv[3]), "tiny_problems"),)),
    lambda: session.start(settings),
):
    try:
        act()
    except SparkUnavailable as error:
        print(error)
print(session.alive())
session.stop()
print(session.start(settings).range(3).count())
"""


KILLED_WORDS = (
    "It was killed, as the system does when the machine's memory is full. Take fewer or smaller models, lower "
    "ANNOTATIONLAB_SPARK_MEMORY, or end other programs."
)


@pytest.mark.spark
def test_a_second_start_gives_the_same_session(spark, engine_settings):
    assert session.start(engine_settings) is spark
    assert session.alive() is True


@pytest.mark.spark
def test_rows_pass_through_this_python_whatever_is_first_on_the_path(spark):
    assert spark.sparkContext.pythonExec == sys.executable


@pytest.mark.spark
def test_after_the_death_of_the_jvm_everything_says_so(tiny_models, engine_settings):
    arguments = [engine_settings.jars, engine_settings.scratch, tiny_models]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.stdout.splitlines() == [
        f"The Java process of the Spark session died while predicting 1 windows of text. {KILLED_WORDS}",
        "The Java process of the Spark session died while running 1 windows of text through the bare pipeline. "
        f"{KILLED_WORDS}",
        "There is no live Spark session in this process. Restart the worker.",
        "There is no live Spark session in this process. Restart the worker.",
        "False",
        "3",
    ], done.stderr


@pytest.mark.spark
def test_a_failure_inside_spark_is_one_sentence_without_the_text(spark):
    with pytest.raises(PredictionError) as caught, engine_errors("counting"):
        spark.sql("select raise_error('secret words')").collect()
    assert str(caught.value) == "Spark failed while counting (RuntimeException)."
    assert session.alive() is True


@pytest.mark.spark
def test_a_failure_becomes_the_error_that_the_caller_names(spark):
    with pytest.raises(ModelLoadError) as caught, engine_errors("loading it", ModelLoadError):
        spark.read.parquet("/there/is/no/such/folder")
    assert str(caught.value) == "Spark failed while loading it (AnalysisException)."


def test_more_memory_than_the_machine_has_is_refused_with_both_numbers():
    with pytest.raises(SparkUnavailable) as caught:
        session._refuse_too_much("9000g")
    total = psutil.virtual_memory().total / 1024**3
    assert str(caught.value) == (
        f"ANNOTATIONLAB_SPARK_MEMORY asks for 9000g, and this machine has {total:.1f}g in all. Lower it, then start "
        "again."
    )


def test_missing_jars_are_named_with_the_command_that_fetches_them(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from preannotation.contract import EngineSettings\n"
            "from preannotation.spark.session import start\n"
            "try: start(EngineSettings(Path(sys.argv[1]), Path(sys.argv[1])))\n"
            "except Exception as error: print(type(error).__name__, error)",
            str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == (
        f"SparkUnavailable The engine's jars are not in {tmp_path}. Run: python -m preannotation.spark.jars "
        f"--folder {tmp_path}\n"
    )
