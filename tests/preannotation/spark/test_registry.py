"""The registry reads models themselves, copies them, and notices when files change."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from preannotation import registry
from preannotation.models import NlpModel
from preannotation.models.registry import Origin

pytestmark = [pytest.mark.spark, pytest.mark.django_db]

NAMES = ("vectors", "tiny_drugs", "tiny_problems", "tiny_kind", "tiny_topics", "tiny_status")


@pytest.fixture
def add(tiny_models: Path, settings, tmp_path: Path) -> Callable[..., NlpModel]:
    """Adds a tiny model, under its own name or another, to a registry of this test alone."""
    settings.MODELS_DIR = tmp_path / "models"
    return lambda name, under="": registry.add(tiny_models / name, under or name, Origin.SAMPLE)


def test_everything_is_read_from_the_models_themselves(add):
    registered_models = {name: add(name) for name in NAMES}
    facts = {
        name: (model.version, model.kind, model.labels, model.storage_ref, model.dimension, model.multiple)
        for name, model in registered_models.items()
    }
    assert facts == {
        "vectors": (1, "embeddings", [], "tiny_vectors", 100, False),
        "tiny_drugs": (1, "ner", ["DRUG"], "tiny_vectors", 100, False),
        "tiny_problems": (1, "ner", ["PROBLEM"], "tiny_vectors", 100, False),
        "tiny_kind": (1, "classification", facts["tiny_kind"][2], "tiny_vectors", 100, False),
        "tiny_topics": (1, "classification", facts["tiny_topics"][2], "tiny_vectors", 100, True),
        "tiny_status": (1, "assertion", facts["tiny_status"][2], "", None, False),
    }
    assert sorted(facts["tiny_kind"][2]) == ["order", "visit"]
    assert sorted(facts["tiny_topics"][2]) == ["drug", "illness"]
    assert sorted(facts["tiny_status"][2]) == ["absent", "present"]


def test_the_same_files_are_registered_once_and_others_as_the_next_version(add):
    first = add("tiny_status")
    assert add("tiny_status") == first
    other = add("tiny_drugs", "tiny_status")
    assert (other.version, other.labels, first.version) == (2, ["DRUG"], 1)


def test_a_foreign_folder_is_refused_and_leaves_nothing_behind(add, settings, tmp_path):
    add("tiny_status")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "readme.txt").write_text("not a model")
    before = sorted(str(path) for path in settings.MODELS_DIR.rglob("*"))
    with pytest.raises(registry.RegistryError, match="foreign was not added"):
        registry.add(tmp_path / "foreign", "foreign", Origin.FOLDER)
    assert sorted(str(path) for path in settings.MODELS_DIR.rglob("*")) == before


def test_changed_and_missing_files_are_found_and_marked(add):
    changed, missing, sound = add("tiny_kind"), add("tiny_topics"), add("tiny_status")
    (changed.path / "metadata" / "part-00000").write_text("{}")
    shutil.rmtree(missing.path)
    wrong = {model: (reason, model.state) for model, reason in registry.verify()}
    assert wrong == {
        changed: ("its files have changed since it was added", "broken"),
        missing: ("its files are missing", "broken"),
        sound: ("", "ready"),
    }


def test_a_sentence_given_with_a_model_becomes_its_example(add, tiny_models):
    add("vectors")
    text = "He denies fever, but aspirin was continued."
    drugs = registry.add(tiny_models / "tiny_drugs", "tiny_drugs", Origin.SAMPLE, example_text=text)
    assert [region["label"] for region in drugs.quality["example"]["regions"]] == ["DRUG"]
    region = drugs.quality["example"]["regions"][0]
    assert text[region["start"] : region["end"]] == "aspirin"
    kind = registry.add(tiny_models / "tiny_kind", "tiny_kind", Origin.SAMPLE, example_text=text)
    assert [set(region) for region in kind.quality["example"]["regions"]] == [{"label", "confidence"}]
    status = registry.add(
        tiny_models / "tiny_status", "tiny_status", Origin.SAMPLE, example_text=text, example_spans=[(10, 15)]
    )
    said = status.quality["example"]["regions"]
    assert [(region["start"], region["end"], region["label"]) for region in said] == [(10, 15, "absent")]


def test_an_example_reaches_a_model_that_is_registered_already_and_a_failing_one_leaves_none(add, tiny_models):
    row = add("tiny_status")
    made = {"text": "No fever.", "regions": []}
    registry.add(tiny_models / "tiny_status", "tiny_status", Origin.SAMPLE, quality={"example": made})
    row.refresh_from_db()
    assert row.quality == {"example": made}
    lonely = registry.add(tiny_models / "tiny_drugs", "tiny_drugs", Origin.SAMPLE, example_text="Takes aspirin.")
    assert lonely.quality == {}
