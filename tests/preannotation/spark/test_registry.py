"""The registry reads models themselves, copies them, and notices when files change."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from preannotation import registry
from preannotation.arriving.packed import packed
from preannotation.models import NlpModel
from preannotation.models.registry import Origin

pytestmark = [pytest.mark.spark, pytest.mark.django_db]

NAMES = ("vectors", "tiny_drugs", "tiny_problems", "tiny_kind", "tiny_status")


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
        "tiny_status": (1, "assertion", facts["tiny_status"][2], "", None, False),
    }
    assert sorted(facts["tiny_kind"][2]) == ["order", "visit"]
    assert sorted(facts["tiny_status"][2]) == ["absent", "present"]


def test_the_same_files_are_registered_once_and_others_as_the_next_version(add):
    add("vectors")
    first = add("tiny_problems")
    assert add("tiny_problems") == first
    other = add("tiny_drugs", "tiny_problems")
    assert (other.version, other.labels, first.version) == (2, ["DRUG"], 1)


def test_a_foreign_folder_is_refused_and_leaves_nothing_behind(add, settings, tmp_path):
    add("tiny_status")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "readme.txt").write_text("not a model")
    before = sorted(str(path) for path in settings.MODELS_DIR.rglob("*"))
    with pytest.raises(registry.RegistryError, match="foreign was not added"):
        registry.add(tmp_path / "foreign", "foreign", Origin.FOLDER)
    assert sorted(str(path) for path in settings.MODELS_DIR.rglob("*")) == before


def test_a_broken_folder_is_refused_by_its_name_without_advice_that_needs_the_registry(add, tiny_models, tmp_path):
    add("vectors")
    broken = shutil.copytree(tiny_models / "tiny_drugs", tmp_path / "broken")
    for part in broken.rglob("*tensorflow*"):
        part.unlink()
    with pytest.raises(registry.RegistryError) as refused:
        registry.add(broken, "atk_x", Origin.FOLDER)
    assert str(refused.value).startswith("atk_x was not added. atk_x could not be loaded. ")
    assert "models verify" not in str(refused.value)


def test_changed_and_missing_files_are_found_and_marked(add):
    vectors = add("vectors")
    changed, missing, sound = add("tiny_kind"), add("tiny_drugs"), add("tiny_status")
    (changed.path / "metadata" / "part-00000").write_text("{}")
    shutil.rmtree(missing.path)
    wrong = {model: (reason, model.state) for model, reason in registry.verify()}
    assert wrong == {
        changed: ("its files have changed since it was added", "broken"),
        missing: ("its files are missing", "broken"),
        sound: ("", "ready"),
        vectors: ("", "ready"),
    }


def zipped(folder: Path, file: Path, below: str = "") -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, f"{below}{path.relative_to(folder)}")
    return file


def test_a_zip_brings_the_same_model_as_its_folder(add, tiny_models, tmp_path):
    add("vectors")
    first = add("tiny_drugs")
    file = zipped(tiny_models / "tiny_drugs", tmp_path / "drugs.zip", "somewhere/")
    assert registry.add_zip(file, "tiny_drugs", Origin.UPLOADED) == first
    other = registry.add_zip(file, "zipped_drugs", Origin.UPLOADED)
    assert (other.labels, other.checksum, other.origin, registry.verify()[2]) == (
        ["DRUG"], first.checksum, "uploaded", (other, ""),
    )  # fmt: skip


def test_an_exported_zip_brings_its_figures_along(add, tmp_path):
    add("vectors")
    exported = add("tiny_drugs")
    exported.quality = {"training": 7, "seconds": 3.5, "parameters": {"epochs": 4}}
    exported.save()
    file = tmp_path / "exported.zip"
    file.write_bytes(b"".join(packed(exported)))
    back = registry.add_zip(file, "came_back", Origin.UPLOADED)
    assert (back.checksum, back.quality) == (exported.checksum, {"seconds": 3.5, "parameters": {"epochs": 4}})


def test_a_model_without_its_embeddings_is_refused_with_their_name(add, settings):
    with pytest.raises(registry.RegistryError) as refused:
        add("tiny_drugs")
    assert str(refused.value) == (
        'tiny_drugs was not added. It needs the embeddings "tiny_vectors", which the registry does not have. '
        "Add them first."
    )
    assert list(settings.MODELS_DIR.iterdir()) == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "metadata" / "part-00000").unlink(), "holds no saved Spark NLP model"),
        (lambda folder: _rewrite(folder, "NerDLModel", "ElmoEmbeddings"), "holds a ElmoEmbeddings. Supported are"),
        (lambda folder: _cut(folder, "*tensorflow*"), "Spark failed while"),
        (lambda folder: _cut(folder, "datasetParams"), "Spark failed while"),
    ],
)
def test_broken_and_foreign_zips_are_refused_and_leave_nothing_behind(
    add, settings, tiny_models, tmp_path, damage, said
):
    add("vectors")
    folder = Path(shutil.copytree(tiny_models / "tiny_drugs", tmp_path / "damaged"))
    damage(folder)
    before = sorted(settings.MODELS_DIR.rglob("*"))
    with pytest.raises(registry.RegistryError) as refused:
        registry.add_zip(zipped(folder, tmp_path / "damaged.zip"), "damaged", Origin.UPLOADED)
    assert str(refused.value).startswith("damaged was not added") and said in str(refused.value)
    assert ".part-" not in str(refused.value)
    assert sorted(settings.MODELS_DIR.rglob("*")) == before
    assert list(NlpModel.objects.values_list("name", flat=True)) == ["vectors"]


def test_truncated_vectors_are_refused(add, settings, tiny_models, tmp_path):
    folder = Path(shutil.copytree(tiny_models / "vectors", tmp_path / "vectors"))
    _cut(folder, "wordVectors")
    with pytest.raises(registry.RegistryError, match="vectors was not added. Spark failed while"):
        registry.add(folder, "vectors", Origin.FOLDER)
    assert list(settings.MODELS_DIR.iterdir()) == []


def test_a_download_is_registered_with_its_origin_and_language_and_leaves_the_cache(
    add, tiny_models, monkeypatch, tmp_path
):
    add("vectors")
    removed = []
    found = SimpleNamespace(
        size=1, download=lambda: tiny_models / "tiny_kind", remove=lambda: removed.append("tiny_kind")
    )
    monkeypatch.setattr(registry.hub, "find", lambda name, language: found)
    model = registry.download("tiny_kind", "kind_of_hub", "de")
    assert (str(model), model.origin, model.language, removed) == ("kind_of_hub 1", "downloaded", "de", ["tiny_kind"])


def test_a_hub_that_cannot_be_reached_or_lacks_the_model_says_what_to_do(add, settings):
    with pytest.raises(registry.RegistryError) as refused:
        registry.download("no_such_model_anywhere", "nothing", "en")
    assert str(refused.value) in (
        "nothing was not added. The public model hub can't be reached from this machine. Check its network and proxy; "
        "or download the zip file of no_such_model_anywhere elsewhere and bring that in (on the Models page, or: "
        "manage.py models add FILE.zip).",
        'nothing was not added. The public model hub has no model "no_such_model_anywhere" in the language "en" for '
        "this version of Spark NLP. Write both as the hub does.",
    )
    assert NlpModel.objects.count() == 0


def _rewrite(folder: Path, old: str, new: str) -> None:
    part = folder / "metadata" / "part-00000"
    part.write_text(part.read_text().replace(old, new))


def _cut(folder: Path, pattern: str) -> None:
    """Keep the first half of each file that the pattern finds, or that lies in a folder that it finds."""
    found = [
        path for match in folder.rglob(pattern) for path in ([match] if match.is_file() else match.rglob("part-*"))
    ]
    assert found
    for path in found:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        path.with_name(f".{path.name}.crc").unlink(missing_ok=True)


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


def test_an_example_reaches_a_model_that_is_registered_already(add, tiny_models):
    row = add("tiny_status")
    made = {"text": "No fever.", "regions": []}
    registry.add(tiny_models / "tiny_status", "tiny_status", Origin.SAMPLE, quality={"example": made})
    row.refresh_from_db()
    assert row.quality == {"example": made}
