"""A training through the product, beside the same annotator called directly: how good, and how long.

`--conll TRAIN --test TEST` for entities (NerDL), `--classification TRAIN --test TEST` with columns `text` and `label`
for classes (ClassifierDL), `--assertion FILE` with tab-separated columns `text`, `start`, `end`, `status` for assertion
status, of which a fifth is tested on.

The product's side is a project with a task for each sentence or text, tagged Train or Test, with submitted completions;
the training is started and run as the training queue runs it, and the version that the registry got answers for the
texts to test on, as in an evaluation. The bare side calls the annotator in a process of its own. Equal on both sides:
the word vectors (trained on the texts to train on), sentences and tokens and their order, parameters, seed, threads,
memory, and the tenth of the examples that the best epoch is found with. Each side cuts the texts to test on itself, and
entities are scored strictly by characters and label, as seqeval does in its strict mode.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

from annotationlab import embedded_postgres
from bench import _train_data, _train_product
from bench._train_data import Example
from preannotation import engine_child
from preannotation.contract import ASSERTION
from preannotation.models import NlpModel
from preannotation.training.parameters import ASSERTION_ENGINE, CLASSIFIER_DL, NER_DL, effective
from projects.models import Project

BARE = "bench._train_bare:work"
VECTORS = "bench._train_bare:vectors"
LEAST = 200
"""With fewer texts to train on the product keeps another share of them aside than the bare side does."""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench train", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--conll", type=Path, help="sentences to train entities on")
    source.add_argument("--classification", "--csv", type=Path, help="texts to train classes on")
    source.add_argument("--assertion", "--tsv", type=Path, help="chunks with their status")
    parser.add_argument("--test", type=Path, help="file to test on, with --conll and --classification")
    parser.add_argument("--sentences", type=int, help="at most so many texts to train on, and as many to test on")
    parser.add_argument("--epochs", type=int, help="instead of the product's default for so many texts")
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args(argv)
    if not options.assertion and not options.test:
        parser.error("name the file to test on: --test")
    if options.sentences is not None and options.sentences < LEAST:
        parser.error(f"--sentences must be at least {LEAST}")
    engine, examples = _examples(options)
    started = settings.ENV.database is None and not embedded_postgres.running(settings.VAR_DIR)
    if started:
        embedded_postgres.start(settings.VAR_DIR)
    try:
        call_command("migrate", verbosity=0)
        print(json.dumps(_measured(engine, examples, options)))
    finally:
        if started:
            embedded_postgres.stop(settings.VAR_DIR)
    return 0


def _measured(engine: str, examples: list[Example], options: argparse.Namespace) -> dict[str, Any]:
    train, test = ([example for example in examples if example["part"] == part] for part in ("train", "test"))
    given = {"epochs": options.epochs} if options.epochs and engine != ASSERTION_ENGINE else {}
    parameters = effective(engine, given, len(train))
    kind = _train_product.KINDS.get(engine, ASSERTION)
    print(f"{engine} on {len(train)} texts, tested on {len(test)}, {parameters}, seed {options.seed}", flush=True)
    with _train_product.project_of(engine, examples) as project:
        vectors = None if engine == ASSERTION_ENGINE else _vectors(project, examples, options.seed)
        began = time.monotonic()
        training = _train_product.trained(project, engine, vectors, parameters, options.seed)
        product_wall = time.monotonic() - began
        model, epochs = training.nlp_model, training.history
        assert model is not None
        f1 = _train_data.scored(test, _train_product.answers(model, test), kind)
        seconds = model.quality["seconds"]
        print(f"product: F1 {f1:.4f}, {seconds:.1f} s of training, {product_wall:.1f} s in all", flush=True)
        began = time.monotonic()
        values = {"engine": engine, "embeddings": vectors and str(vectors.path), "parameters": parameters}
        bare = _in_child(BARE, {**values, "seed": options.seed}, examples)
        bare_wall = time.monotonic() - began
        bare_f1 = _train_data.scored(test, bare["said"], kind)
        print(f"bare:    F1 {bare_f1:.4f}, {bare['seconds']:.1f} s of training, {bare_wall:.1f} s in all", flush=True)
    return {
        "bench": "train",
        "kind": kind,
        "engine": engine,
        "f1_product": round(f1, 4),
        "f1_bare": round(bare_f1, 4),
        "seconds_product": round(seconds, 2),
        "seconds_bare": round(bare["seconds"], 2),
        "seconds_product_in_all": round(product_wall, 2),
        "seconds_bare_in_all": round(bare_wall, 2),
        "train": len(train),
        "test": len(test),
        "parameters": parameters,
        "seed": options.seed,
        "epochs": len(epochs),
        "best_epoch": model.quality["best_epoch"],
    }


def _examples(options: argparse.Namespace) -> tuple[str, list[Example]]:
    if options.conll:
        engine, examples = NER_DL, _train_data.from_conll(options.conll, options.test)
    elif options.classification:
        engine, examples = CLASSIFIER_DL, _train_data.from_csv(options.classification, options.test)
    else:
        engine, examples = ASSERTION_ENGINE, _train_data.from_tsv(options.assertion, options.seed)
    parts = [[example for example in examples if example["part"] == part] for part in ("train", "test")]
    return engine, [example for part in parts for example in part[: options.sentences]]


def _vectors(project: Project, examples: Sequence[Example], seed: int) -> NlpModel:
    name = f"{project.name}-words"
    with engine_child.folder_for(name) as folder:
        values = {"name": name, "into": str(folder / "vectors"), "seed": seed}
        facts = _in_child(VECTORS, values, examples)
        return _train_product.add_vectors(project, name, folder / "vectors", facts)


def _in_child(do: str, values: dict[str, Any], examples: Sequence[Example]) -> dict[str, Any]:
    with engine_child.folder_for("bench-train") as folder:
        with (folder / "examples.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(example) + "\n" for example in examples)
        return engine_child.run(folder, do, values, heard=lambda said: None, go_on=lambda: None)
