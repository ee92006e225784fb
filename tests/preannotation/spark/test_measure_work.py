import json
from dataclasses import asdict

import pytest

from preannotation.spark.measure_work import EXAMPLES_FILE, work
from tests.preannotation.spark.tiny_models import spec

pytestmark = pytest.mark.spark

TEXTS = ("😀 No cough was found.\r\nShe has fever and was given aspirin today.", "The patient takes insulin for cough.")


def measured(engine_settings, folder, models, lines, labels, multiple=False):
    (folder / EXAMPLES_FILE).write_text("\n".join(json.dumps(line) for line in lines))
    specs = {name: asdict(model) for name, model in models.items()}
    plain = json.loads(json.dumps(specs, default=str))
    return work(engine_settings, {"models": plain, "labels": labels, "multiple": multiple}, folder, lambda **said: None)


def line(text, spans=(), classes=()):
    placed = [[text.index(words), text.index(words) + len(words), name] for words, name in spans]
    return {"text": text, "spans": placed, "classes": classes}


def test_two_models_are_measured_on_the_same_entities(tiny_models, engine_settings, tmp_path):
    lines = [line(TEXTS[0], [("aspirin", "DRUG")]), line(TEXTS[1], [("insulin", "DRUG")])]
    models = {"old": spec(tiny_models, "tiny_problems"), "new": spec(tiny_models, "tiny_drugs")}
    found = measured(engine_settings, tmp_path, models, lines, ["DRUG"])
    # What the other one finds is a label that nobody was asked about.
    assert {name: (report["f1"], report["examples"], list(report["labels"])) for name, report in found.items()} == {
        "old": (0.0, 2, ["DRUG"]), "new": (1.0, 2, ["DRUG"]),
    }  # fmt: skip


def test_a_classifier_is_measured_on_its_classes(tiny_models, engine_settings, tmp_path):
    lines = [line(TEXTS[0], classes=["visit"]), line(TEXTS[1], classes=["order"]), line(TEXTS[1], classes=["visit"])]
    found = measured(engine_settings, tmp_path, {"new": spec(tiny_models, "tiny_kind")}, lines, ["order", "visit"])
    assert (found["new"]["kind"], found["new"]["accuracy"]) == ("classes", 0.6667)


def test_statuses_are_measured_on_the_chunks_that_people_marked(tiny_models, engine_settings, tmp_path):
    lines = [line(TEXTS[0], [("cough", "absent"), ("fever", "present")]), line(TEXTS[1], [("cough", "absent")])]
    found = measured(engine_settings, tmp_path, {"new": spec(tiny_models, "tiny_status")}, lines, ["absent", "present"])
    assert (found["new"]["kind"], found["new"]["accuracy"], found["new"]["labels"]["absent"]["recall"]) == (
        "statuses", 0.6667, 0.5,
    )  # fmt: skip
