"""The engine's annotations as JSON, written inside the JVM: one annotation at a time over the border costs too much."""

from typing import Any

from pyspark.sql import SparkSession


def json_mapper(spark: SparkSession, left_out: set[str]) -> tuple[Any, Any]:
    """(Jackson's mapper, class of the list that it reads). left_out: columns that are not written."""
    jvm: Any = spark._jvm
    jackson = jvm.com.fasterxml.jackson
    java_class = jvm.java.lang.Class.forName
    mapper = jackson.databind.ObjectMapper()
    mapper.registerModule(jackson.module.scala.DefaultScalaModule())
    ignored = jackson.annotation.JsonIgnoreProperties.Value.forIgnoredProperties
    for owner, names in (
        ("java.util.Map", sorted(left_out)),
        ("com.johnsnowlabs.nlp.Annotation", ["annotatorType", "embeddings"]),
    ):
        array = spark.sparkContext._gateway.new_array(jvm.java.lang.String, len(names))  # type: ignore[union-attr]
        for number, name in enumerate(names):
            array[number] = name
        mapper.configOverride(java_class(owner)).setIgnorals(ignored(array))
    return mapper, java_class("java.util.ArrayList")
