"""The annotators that the product trains, called directly as any Spark NLP program would."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from pyspark.ml import Pipeline
from pyspark.sql import DataFrame, SparkSession
from sparknlp.annotator import (
    ClassifierDLApproach,
    NerCrfApproach,
    NerDLApproach,
    SentenceEmbeddings,
    Tokenizer,
    Word2VecModel,
)
from sparknlp.base import DocumentAssembler
from sparknlp.training import CoNLL

from bench._train_data import Example, spans_of
from preannotation.metrics import class_report, span_report
from preannotation.spark.assertion import train_assertion
from preannotation.spark.examples_file import Given, contexts
from preannotation.training.parameters import ASSERTION_ENGINE, CLASSIFIER_DL, NER_DL

VALIDATION = 0.1


def measure(
    spark: SparkSession, order: dict[str, Any], examples: list[Example], train: Path | None, test: Path | None
) -> dict[str, Any]:
    """{"f1", "seconds" of training}. train, test: the CoNLL files, for entities."""
    if order["engine"] == ASSERTION_ENGINE:
        return _assertion(spark, examples)
    if order["engine"] == CLASSIFIER_DL:
        return _classes(spark, order, examples)
    assert train and test
    counts = {part: sum(example["part"] == part for example in examples) for part in ("train", "test")}
    return _entities(order, _sentences(spark, train, counts["train"]), _sentences(spark, test, counts["test"]))


def _sentences(spark: SparkSession, path: Path, count: int) -> DataFrame:
    return CoNLL().readDataset(spark, str(path)).limit(count).coalesce(1)


def _entities(order: dict[str, Any], train: DataFrame, test: DataFrame) -> dict[str, Any]:
    values = order["parameters"]
    inputs = ["sentence", "token", "embeddings"]
    if order["engine"] == NER_DL:
        approach = (
            NerDLApproach()
            .setBatchSize(values["batch_size"])
            .setLr(values["learning_rate"])
            .setDropout(values["dropout"])
            .setValidationSplit(VALIDATION)
            .setUseBestModel(True)
            .setBestModelMetric("val_micro_f1")
        )
    else:
        inputs.insert(2, "pos")
        approach = NerCrfApproach().setMinEpochs(values["epochs"])
    approach = (
        approach.setInputCols(inputs)
        .setOutputCol("ner")
        .setLabelColumn("label")
        .setMaxEpochs(values["epochs"])
        .setRandomSeed(order["seed"])
        .setVerbose(4)
    )
    vectors = Word2VecModel.load(order["embeddings"]).setInputCols(["token"]).setOutputCol("embeddings")
    began = time.perf_counter()
    model = Pipeline(stages=[vectors, approach]).fit(train)
    seconds = time.perf_counter() - began
    rows = model.transform(test).selectExpr("label.result as label", "ner.result as ner").collect()
    report = span_report([spans_of(row["label"]) for row in rows], [spans_of(row["ner"]) for row in rows], "bench")
    return {"f1": report["f1"], "seconds": round(seconds, 2)}


def _classes(spark: SparkSession, order: dict[str, Any], examples: list[Example]) -> dict[str, Any]:
    values = order["parameters"]
    stages = [
        DocumentAssembler().setInputCol("text").setOutputCol("document"),
        Tokenizer().setInputCols(["document"]).setOutputCol("token"),
        Word2VecModel.load(order["embeddings"]).setInputCols(["token"]).setOutputCol("embeddings"),
        SentenceEmbeddings()
        .setInputCols(["document", "embeddings"])
        .setOutputCol("vector")
        .setPoolingStrategy("AVERAGE"),
        ClassifierDLApproach()
        .setInputCols(["vector"])
        .setOutputCol("class")
        .setLabelColumn("label")
        .setMaxEpochs(values["epochs"])
        .setBatchSize(values["batch_size"])
        .setLr(values["learning_rate"])
        .setDropout(values["dropout"])
        .setRandomSeed(order["seed"])
        .setVerbose(4),
    ]
    frames = {
        part: spark.createDataFrame(
            [(example["text"], example["classes"][0]) for example in examples if example["part"] == part],
            "text string, label string",
        ).coalesce(1)
        for part in ("train", "test")
    }
    began = time.perf_counter()
    model = Pipeline(stages=stages).fit(frames["train"])
    seconds = time.perf_counter() - began
    rows = model.transform(frames["test"]).selectExpr("label", "class[0].result as said").collect()
    report = class_report([row["label"] for row in rows], [row["said"] for row in rows], "bench")
    return {"f1": report["accuracy"], "seconds": round(seconds, 2)}


def _assertion(spark: SparkSession, examples: list[Example]) -> dict[str, Any]:
    judged = {
        part: contexts(
            spark,
            [
                Given(example["text"], tuple((start, end, status) for start, end, status in example["spans"]), ())
                for example in examples
                if example["part"] == part
            ],
        )
        for part in ("train", "test")
    }
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        model = train_assertion(spark, judged["train"], Path(folder))
        seconds = time.perf_counter() - began
    said = [status for status, _ in model.statuses([context for context, _ in judged["test"]])]
    report = class_report([status for _, status in judged["test"]], said, "bench", "statuses")
    return {"f1": report["accuracy"], "seconds": round(seconds, 2)}
