"""A model that comes from elsewhere is made into a saved model and tried; what can't be read is refused in words."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path
from types import SimpleNamespace

import pytest

from preannotation.contract import ModelLoadError
from preannotation.spark import hub
from preannotation.spark.arrive_work import work
from tests.preannotation.spark import tiny_onnx
from tests.preannotation.spark.tiny_models import STORAGE_REF

pytestmark = pytest.mark.spark

WORDS = ("the", "patient", "was", "given", "aspirin", "daily", "for", "chest", "pain", ".")
VECTORS = {word: [number / 10, -1.0, 0.5, 2.0] for number, word in enumerate(WORDS)}
GLOVE = "".join(f"{word} {' '.join(map(str, vector))}\n" for word, vector in VECTORS.items())
BINARY = b"10 4\n" + b"".join(word.encode() + b" " + struct.pack("<4f", *vector) for word, vector in VECTORS.items())


@pytest.fixture
def brought(spark, engine_settings, tmp_path):
    """Calls the work with a file or folder, and gives its answer and what it said."""

    def bring(way: str, source: Path, **more: object) -> tuple[dict, list[dict]]:
        said: list[dict] = []
        values = {"way": way, "source": str(source), "name": "mine", "language": "en", "storage_ref": "mine-1", **more}
        return work(engine_settings, values, tmp_path, lambda **facts: said.append(facts)), said

    return bring


@pytest.mark.parametrize(
    ("content", "way"),
    [(GLOVE.encode(), "GloVe text"), (b"10 4\n" + GLOVE.encode(), "word2vec text"), (BINARY, "word2vec binary")],
)
def test_a_file_of_word_vectors_becomes_embeddings(brought, tmp_path, content, way):
    file = tmp_path / "vectors.txt"
    file.write_bytes(content)
    answer, said = brought("vectors", file)
    facts = answer["facts"]
    assert (facts["kind"], facts["storage_ref"], facts["dimension"]) == ("embeddings", "mine-1", 4)
    assert {"phase": f"reading vectors of 4 dimensions ({way})"} in said
    assert (Path(answer["folder"]) / "metadata" / "part-00000").is_file()


def test_a_transformer_in_an_onnx_folder_becomes_embeddings(brought, tmp_path):
    answer, said = brought("onnx", tiny_onnx.write(tmp_path / "bert"))
    facts = answer["facts"]
    assert (facts["engine_class"], facts["storage_ref"], facts["dimension"]) == ("BertEmbeddings", "mine-1", 8)
    assert {"phase": "reading the transformer"} in said
    assert (Path(answer["folder"]) / "metadata" / "part-00000").is_file()


def test_a_saved_model_is_tried_on_the_embeddings_that_it_names(brought, tiny_models, tmp_path):
    folder = shutil.copytree(tiny_models / "tiny_drugs", tmp_path / "given")
    known = {STORAGE_REF: str(tiny_models / "vectors")}
    answer, _ = brought("saved", folder, embeddings=known)
    assert (answer["facts"]["kind"], answer["facts"]["labels"], answer["folder"]) == ("ner", ("DRUG",), str(folder))
    with pytest.raises(ModelLoadError, match=f'It needs the embeddings "{STORAGE_REF}", which the registry does not'):
        brought("saved", folder)


def test_what_is_no_model_and_no_transformer_is_refused_in_words(brought, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelLoadError, match="is no saved Spark NLP model"):
        brought("saved", tmp_path / "empty")
    with pytest.raises(ModelLoadError, match="It has no model.onnx or no folder `assets` with the vocabulary"):
        brought("onnx", tmp_path / "empty")


def test_a_download_that_the_disk_has_no_room_for_is_not_begun(brought, monkeypatch):
    monkeypatch.setattr(hub, "find", lambda name, language: SimpleNamespace(size=10 * 1024**2))
    with pytest.raises(ModelLoadError) as refused:
        brought("hub", Path("vectors"), room=30 * 1024**2)
    assert str(refused.value) == "It needs 40 MB, and 30 MB may be used. Make room first."
