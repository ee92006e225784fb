"""The annotators that the product trains, called directly as any Spark NLP program would, in a process of its own
(`preannotation.spark.child` starts `work`), with nothing of the product around them: no project, no job, no registry.

Equal on purpose: the word vectors, the sentences and tokens, their order, the parameters, the seed, and which part the
epochs are scored on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pyspark.ml import Pipeline, PipelineModel
from pyspark.sql import SparkSession
from sparknlp.annotator import ClassifierDLApproach, NerConverter, NerDLApproach, SentenceEmbeddings, Word2VecModel
from sparknlp.training import CoNLL

from bench._train_data import Said
from preannotation.contract import EngineSettings
from preannotation.spark import session
from preannotation.spark.assertion import AssertionModel, train_assertion
from preannotation.spark.epoch_log import best_epoch, read_epochs
from preannotation.spark.examples_file import Given, class_examples, contexts, ner_examples, read_examples
from preannotation.spark.inspect import read_facts
from preannotation.spark.offsets import CodePoints
from preannotation.spark.tagging import tagged_sentences
from preannotation.spark.text_stages import text_stages
from preannotation.spark.training import train_word_vectors
from preannotation.training.parameters import ASSERTION_ENGINE, NER_DL

VALIDATION = 0.1
"""As the product has it from 200 texts on."""
SILENT = 4


def vectors(engine: EngineSettings, values: dict[str, Any], folder: Path, say: Callable[..., None]) -> dict[str, Any]:
    """Word vectors of the texts to train on, for both sides. values: name, into (folder), seed."""
    train, _ = read_examples(folder)
    spark, into = session.start(engine), Path(values["into"])
    texts = [example.text for example in train]
    train_word_vectors(spark, texts, into, values["name"], min_count=2, iterations=8, seed=values["seed"])
    return asdict(read_facts(into))


def work(engine: EngineSettings, values: dict[str, Any], folder: Path, say: Callable[..., None]) -> dict[str, Any]:
    """Train on the examples in `folder`, and answer {"said" of each text to test on, "seconds" of training}.

    values: engine, embeddings (folder or None), parameters, seed.
    """
    train, test = read_examples(folder)
    spark = session.start(engine)
    teach = {NER_DL: _entities, ASSERTION_ENGINE: _statuses}.get(values["engine"], _classes)
    began = time.monotonic()
    ask = teach(spark, values, train, folder)
    seconds = time.monotonic() - began
    return {"said": ask(test), "seconds": round(seconds, 3)}


Ask = Callable[[Sequence[Given]], list[Said]]


def _entities(spark: SparkSession, values: dict[str, Any], train: Sequence[Given], folder: Path) -> Ask:
    path, chosen = folder / "train.conll", values["parameters"]
    _write_conll(spark, train, values["seed"], path)
    approach = (
        NerDLApproach()
        .setInputCols(["sentence", "token", "embeddings"])
        .setOutputCol("ner")
        .setLabelColumn("label")
        .setMaxEpochs(chosen["epochs"])
        .setBatchSize(chosen["batch_size"])
        .setLr(chosen["learning_rate"])
        .setDropout(chosen["dropout"])
        .setRandomSeed(values["seed"])
        .setValidationSplit(VALIDATION)
        .setUseBestModel(True)
        .setBestModelMetric("val_micro_f1")
        .setVerbose(SILENT)
    )
    words = _words(values["embeddings"])
    sentences = CoNLL().readDataset(spark, str(path)).coalesce(1)
    model = Pipeline(stages=[words, approach]).fit(sentences).stages[-1]
    model.write().overwrite().save(str(folder / "model"))
    chunks = NerConverter().setInputCols(["sentence", "token", "ner"]).setOutputCol("chunk")
    pipeline = Pipeline(stages=[*text_stages(), words, model, chunks])
    return lambda test: [
        {"spans": _spans(given.text, row["chunk"]), "classes": []}
        for given, row in zip(test, _transformed(spark, pipeline, test), strict=True)
    ]


def _write_conll(spark: SparkSession, train: Sequence[Given], seed: int, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("-DOCSTART- -X- -X- O\n\n")
        for sentence, tags in tagged_sentences(spark, ner_examples(train), plain_share=1.0, seed=seed):
            rows = zip(sentence.tokens, tags, strict=True)
            file.write("".join(f"{token.word} -X- -X- {tag}\n" for token, tag in rows) + "\n")


def _spans(text: str, chunks: Sequence[Any]) -> list[list[Any]]:
    points = CodePoints(text)
    found = [(points.span(chunk["begin"], chunk["end"]), chunk["metadata"]["entity"]) for chunk in chunks]
    return [[*span, label] for span, label in found if span]


def _classes(spark: SparkSession, values: dict[str, Any], train: Sequence[Given], folder: Path) -> Ask:
    chosen, log = values["parameters"], folder / "epochs"
    averaged = SentenceEmbeddings().setInputCols(["document", "embeddings"]).setOutputCol("vector")
    before = [*text_stages(), _words(values["embeddings"]), averaged.setPoolingStrategy("AVERAGE")]
    approach = (
        ClassifierDLApproach()
        .setInputCols(["vector"])
        .setOutputCol("class")
        .setLabelColumn("label")
        .setMaxEpochs(chosen["epochs"])
        .setBatchSize(chosen["batch_size"])
        .setLr(chosen["learning_rate"])
        .setDropout(chosen["dropout"])
        .setRandomSeed(values["seed"])
        .setVerbose(SILENT)
    )
    rows = [(example.text, example.classes[0]) for example in class_examples(train)]
    frame = spark.createDataFrame(rows, "text string, label string").coalesce(1)
    frame = Pipeline(stages=before).fit(frame).transform(frame).persist()
    log.mkdir()
    # The engine keeps the last epoch of a classifier, not the best: that one has to be found first.
    approach.setValidationSplit(VALIDATION).setEnableOutputLogs(True).setOutputLogsPath(str(log)).fit(frame)
    best = best_epoch(read_epochs(log, validated=True)) or chosen["epochs"]
    model = approach.setMaxEpochs(best).setValidationSplit(0.0).setEnableOutputLogs(False).fit(frame)
    model.write().overwrite().save(str(folder / "model"))
    pipeline = Pipeline(stages=[*before, model])
    return lambda test: [
        {"spans": [], "classes": [said["result"] for said in row["class"]]}
        for row in _transformed(spark, pipeline, test)
    ]


def _statuses(spark: SparkSession, values: dict[str, Any], train: Sequence[Given], folder: Path) -> Ask:
    train_assertion(spark, contexts(spark, train), folder / "model")
    model = AssertionModel.load(folder / "model")

    def ask(test: Sequence[Given]) -> list[Said]:
        said = iter(model.statuses([context for context, _ in contexts(spark, test)]))
        return [
            {"spans": [[start, end, next(said)[0]] for start, end, _ in given.spans], "classes": []} for given in test
        ]

    return ask


def _words(folder: str) -> Any:
    return Word2VecModel.load(folder).setInputCols(["token"]).setOutputCol("embeddings")


def _transformed(spark: SparkSession, pipeline: Pipeline, test: Sequence[Given]) -> list[Any]:
    frame = spark.createDataFrame([(given.text,) for given in test], "text string").coalesce(1)
    fitted: PipelineModel = pipeline.fit(frame)
    return list(fitted.transform(frame).collect())
