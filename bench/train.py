"""A training as the product does it, beside the same annotator called directly: how good, and how long.

`--conll TRAIN --test TEST` for entities (NerDL or NerCrf), `--csv TRAIN --test TEST` with columns `text` and `label`
for classes, `--tsv FILE` with columns `text`, `start`, `end`, `status` for assertion, of which a fifth is tested on.
Both sides use one set of word vectors, trained on the texts to train on, and the same parameters and seed. Where one
answer is right for each example, F1 (micro) is the share of right ones.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import _train_bare, _train_data
from bench._train_data import Example
from demo.management.commands.demo import engine_settings
from preannotation import engine_child
from preannotation.spark import session
from preannotation.spark.training import train_word_vectors
from preannotation.training.parameters import ASSERTION_ENGINE, CLASSIFIER_DL, NER_CRF, NER_DL, effective

STORAGE_REF = "bench_words"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench train", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--conll", type=Path, help="sentences to train entities on")
    source.add_argument("--csv", type=Path, help="texts to train classes on")
    source.add_argument("--tsv", type=Path, help="chunks with their status")
    parser.add_argument("--test", type=Path, help="file to test on, with --conll and --csv")
    parser.add_argument("--engine", choices=[NER_DL, NER_CRF], default=NER_DL, help="for entities")
    parser.add_argument("--epochs", type=int, help="instead of the product's default for so many examples")
    parser.add_argument("--limit", type=int, help="at most so many examples to train on, and as many to test on")
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args(argv)
    if (options.conll or options.csv) and not options.test:
        parser.error("name the file to test on: --test")
    engine, examples = _examples(options)
    train = [example for example in examples if example["part"] == "train"]
    parameters = effective(engine, {"epochs": options.epochs} if options.epochs else {}, len(train))
    print(f"{engine} on {len(train)} texts, tested on {len(examples) - len(train)}, {parameters}, seed {options.seed}")
    with tempfile.TemporaryDirectory() as folder:
        vectors = None if engine == ASSERTION_ENGINE else _vectors(train, Path(folder) / "vectors", options.seed)
        order = {
            "engine": engine,
            "name": "bench",
            "embeddings": vectors and str(vectors),
            "storage_ref": vectors and STORAGE_REF,
            "parameters": parameters,
            "seed": options.seed,
            "about": [],
        }
        product = through_product(order, examples)
        print(
            f"product: F1 {product['f1']:.4f}, {product['seconds']:.1f} s of training, {product['wall']:.1f} s in all"
        )
        bare = _train_bare.measure(session.start(engine_settings()), order, examples, options.conll, options.test)
        print(f"bare:    F1 {bare['f1']:.4f}, {bare['seconds']:.1f} s of training")
    session.stop()
    answer = {
        "bench": "train",
        "engine": engine,
        "f1_product": product["f1"],
        "f1_bare": bare["f1"],
        "seconds_product": product["seconds"],
        "seconds_bare": bare["seconds"],
        "seconds_product_in_all": product["wall"],
        "best_epoch": product["best_epoch"],
        "epochs": product["epochs"],
        "examples": len(train),
    }
    print(json.dumps(answer))
    return 0


def through_product(order: dict[str, Any], examples: list[Example]) -> dict[str, Any]:
    """{"f1", "seconds" of training alone, "wall" seconds in all, "best_epoch", "epochs"} of a training child."""
    began = time.perf_counter()
    with engine_child.folder_for("bench") as folder:
        with (folder / "examples.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(example) + "\n" for example in examples)
        answer = engine_child.run(
            folder, "preannotation.spark.train_work:work", order, heard=_print, go_on=lambda: None
        )
    quality = answer["quality"]
    return {
        "f1": quality.get("f1", quality.get("accuracy")),
        "seconds": round(answer["seconds"], 2),
        "wall": round(time.perf_counter() - began, 2),
        "best_epoch": answer["best_epoch"],
        "epochs": answer["epochs"],
    }


def _print(fact: dict[str, Any]) -> None:
    if "epoch" in fact:
        score = "" if fact["f1"] is None else f", F1 {fact['f1']:.4f} on the validation part"
        print(
            f"  epoch {fact['epoch']} of {fact['of']}: loss {fact['loss']}{score}, {fact['seconds']:.1f} s", flush=True
        )


def _examples(options: argparse.Namespace) -> tuple[str, list[Example]]:
    if options.conll:
        engine, examples = options.engine, _train_data.from_conll(options.conll, options.test)
    elif options.csv:
        engine, examples = CLASSIFIER_DL, _train_data.from_csv(options.csv, options.test)
    else:
        engine, examples = ASSERTION_ENGINE, _train_data.from_tsv(options.tsv, options.seed)
    parts = [[example for example in examples if example["part"] == part] for part in ("train", "test")]
    return engine, [example for part in parts for example in part[: options.limit]]


def _vectors(train: list[Example], folder: Path, seed: int) -> Path:
    spark = session.start(engine_settings())
    texts = [example["text"] for example in train]
    train_word_vectors(spark, texts, folder, STORAGE_REF, min_count=2, iterations=8, seed=seed)
    # The child starts a JVM of its own, and memory is for one.
    session.stop()
    return folder
