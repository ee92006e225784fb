"""What a child that evaluates models says of each, in one Spark session of the tests."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from preannotation.spark import evaluate_work
from tests.preannotation.spark.tiny_models import spec

pytestmark = pytest.mark.spark

TEXT = "The patient takes aspirin for fever. No cough was found."


@pytest.fixture(autouse=True)
def models_stay_loaded(monkeypatch) -> None:
    monkeypatch.setattr(evaluate_work, "keep_only", lambda pipelines: None)


def order(root, *names):
    given = [asdict(spec(root, name)) for name in names]
    folders = ("folder", "embeddings_folder")
    return [one | {name: one[name] and str(one[name]) for name in folders} for one in given]


def test_each_model_answers_alone_and_one_that_can_not_be_loaded_says_why(
    spark, engine_settings, tiny_models, tmp_path
):
    texts = tmp_path / "texts.jsonl"
    chunks = [[30, 35, ["Problem", "PROBLEM"]], [40, 45, ["PROBLEM"]], [18, 25, ["DRUG"]]]
    texts.write_text(
        "".join(json.dumps({"text": text, "chunks": given}) + "\n" for text, given in ((TEXT, chunks), ("", [])))
    )
    models = order(tiny_models, "tiny_drugs", "tiny_status", "tiny_kind")
    models.append({**models[0], "name": "gone", "folder": str(tmp_path / "gone")})
    said = []
    values = {"models": models, "texts_file": str(texts)}
    answer = evaluate_work.work(engine_settings, values, tmp_path, lambda **facts: said.append(facts))
    with Path(answer["findings_file"]).open() as file:
        drugs, blank, statuses, none, kind, no_kind, gone = map(json.loads, file)
    assert [chunk[:4] for chunk in drugs["chunks"]] == [[18, 25, "aspirin", "DRUG"]]
    assert (blank["chunks"], blank["failure"], none["statuses"]) == ([], "", [])
    assert [status[:3] for status in statuses["statuses"]] == [[30, 35, "present"], [40, 45, "absent"]]
    assert ([label for label, _ in kind["classes"]], no_kind["classes"]) == (["order"], [])
    assert (gone["model"], "could not be loaded" in gone["refused"]) == (3, True)
    assert said[1] == {"phase": "loading tiny_drugs 1, model 1 of 4"}
