"""The TensorFlow side of loaded models: its memory lies outside the JVM's heap, where no garbage collection reaches."""

from contextlib import suppress
from typing import Any, Final

from pyspark.sql import SparkSession

from preannotation.contract import EngineError
from preannotation.spark.session import current, engine_errors

CLASSES: Final = ("NerDLModel", "ClassifierDLModel", "MultiClassifierDLModel")


def set_up(spark: SparkSession) -> None:
    """Load the native library and start its threads; every network shares them."""
    jvm: Any = spark._jvm
    graph = jvm.org.tensorflow.Graph()
    jvm.org.tensorflow.Session(graph).close()
    graph.close()


def free(model: Any) -> None:
    """Close a loaded model's network, if it has one; the model must not be used again.

    Without this, 170 MB stayed for every deployment of three models that was loaded and forgotten. Where the JVM is
    dead, all is free already.
    """
    if type(model).__name__ not in CLASSES:
        return
    with suppress(EngineError), engine_errors("unloading a model"):
        jvm: Any = current()._jvm
        nothing = jvm.scala.Option.empty()
        network = (
            model._java_obj.getModelIfNotSet().tensorflow().getTFSessionWithSignature(nothing, True, False, nothing)
        )
        graph = network.graph()
        network.close()
        graph.close()
