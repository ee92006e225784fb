"""How well the assertion model tells statuses apart on a labelled file, by five-fold cross-validation.

The file has a header and tab-separated columns `text`, `start`, `end` (code points, half-open) and `status`. No text
stands in two folds.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from demo.management.commands.demo import engine_settings
from preannotation.metrics import class_report
from preannotation.spark import session
from preannotation.spark.assertion import AssertionContext, AssertionModel, rule_baseline, train_assertion

FOLDS = 5
ENOUGH = 50
"""Statuses with fewer examples are left out of the macro recall."""
SEED = 1
RENAMED = {"associated_with_someone_else": "someone_else"}

Example = tuple[AssertionContext, str]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench assertion", description=__doc__)
    parser.add_argument("--tsv", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="folder of a trained model to measure as it is, on the whole file")
    options = parser.parse_args(argv)
    examples = _read(options.tsv)
    expected = [status for _, status in examples]
    if options.model:
        said = [label for label, _ in AssertionModel.load(options.model).statuses([c for c, _ in examples])]
    else:
        said = _cross_validated(examples)
    report = class_report(expected, said, options.tsv.name, "statuses")
    rules = class_report(expected, [rule_baseline(context) for context, _ in examples], options.tsv.name, "statuses")
    recall = {label: figures["recall"] for label, figures in report["labels"].items() if figures["support"]}
    judged = [recall[label] for label in recall if report["labels"][label]["support"] >= ENOUGH]
    for label, figures in report["labels"].items():
        print(
            f"{label:<16} recall {figures['recall']:.3f}  precision {figures['precision']:.3f}  of {figures['support']}"
        )
    print(f"accuracy {report['accuracy']:.4f}; triggers and scope alone {rules['accuracy']:.4f}")
    answer = {
        "bench": "assertion",
        "accuracy": report["accuracy"],
        "macro_recall": round(sum(judged) / len(judged), 4) if judged else None,
        "recall": recall,
        "rule_accuracy": rules["accuracy"],
        "examples": len(examples),
    }
    print(json.dumps(answer))
    return 0


def _read(path: Path) -> list[Example]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        (
            AssertionContext(row["text"], int(row["start"]), int(row["end"])),
            RENAMED.get(row["status"], row["status"]),
        )
        for row in rows
    ]


def _cross_validated(examples: Sequence[Example]) -> list[str]:
    """What a model says of each example that was trained on the folds without the example's text."""
    spark = session.start(engine_settings())
    texts = sorted({context.sentence for context, _ in examples})
    Random(SEED).shuffle(texts)
    fold_of = {text: number % FOLDS for number, text in enumerate(texts)}
    said = [""] * len(examples)
    with TemporaryDirectory() as folder:
        for fold in range(FOLDS):
            training = [example for example in examples if fold_of[example[0].sentence] != fold]
            model = train_assertion(spark, training, Path(folder) / str(fold))
            places = [place for place, (context, _) in enumerate(examples) if fold_of[context.sentence] == fold]
            began = time.perf_counter()
            answers = model.statuses([examples[place][0] for place in places])
            each = (time.perf_counter() - began) / len(places) * 1000
            print(f"fold {fold + 1} of {FOLDS}: {len(places)} chunks, {each:.3f} ms each")
            for place, (label, _) in zip(places, answers, strict=True):
                said[place] = label
    return said
