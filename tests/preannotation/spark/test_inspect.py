import json
import shutil

import pytest
from pyspark.ml.feature import HashingTF

from preannotation.contract import ASSERTION, CLASSIFICATION, EMBEDDINGS, NER, ModelFacts, ModelLoadError
from preannotation.spark.inspect import is_assertion, read_facts, read_metadata
from tests.preannotation.spark.tiny_models import STORAGE_REF

SUPPORTED = (
    "Supported are NerDLModel, NerCrfModel, ClassifierDLModel, MultiClassifierDLModel, Word2VecModel, "
    "WordEmbeddingsModel, Doc2VecModel, BertEmbeddings, DistilBertEmbeddings, RoBertaEmbeddings and assertion models "
    "trained here."
)


def with_metadata(folder, content):
    (folder / "metadata").mkdir(parents=True)
    (folder / "metadata" / "part-00000").write_text(content)
    return folder


def refusal(folder):
    with pytest.raises(ModelLoadError) as caught:
        read_facts(folder)
    return str(caught.value)


def test_class_and_storage_ref_are_read_without_spark(tmp_path):
    content = {
        "class": "com.x.NerDLModel",
        "defaultParamMap": {"storageRef": "own"},
        "paramMap": {"storageRef": "words"},
    }
    metadata = read_metadata(with_metadata(tmp_path / "m", json.dumps(content)))
    assert (metadata.engine_class, metadata.storage_ref) == ("NerDLModel", "words")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    folder = tmp_path / "none"
    assert refusal(folder) == f"There is no folder {folder}. Give the folder of a saved Spark NLP model."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "IndexError"),
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ("{}", "KeyError"),
        ("\u2028", "JSONDecodeError"),
    ],
)
def test_broken_metadata_is_refused_with_its_reason(tmp_path, content, reason):
    folder = with_metadata(tmp_path / "m", content)
    assert refusal(folder) == (
        f"{folder} is no saved Spark NLP model: metadata/part-00000 is missing or can't be read ({reason}). "
        "Give the folder that holds `metadata`."
    )


def test_a_folder_without_metadata_is_refused(tmp_path):
    assert refusal(tmp_path).startswith(f"{tmp_path} is no saved Spark NLP model: ") is True


def test_a_whole_pipeline_is_refused(tmp_path):
    (tmp_path / "stages").mkdir()
    assert refusal(tmp_path) == f"{tmp_path} is a whole pipeline. Add its stages one by one, from the folder `stages`."


def test_a_model_of_another_class_is_refused_by_name(tmp_path):
    folder = with_metadata(
        tmp_path / "m", '{"class": "com.johnsnowlabs.nlp.annotators.spell.norvig.NorvigSweetingModel"}'
    )
    assert refusal(folder) == f"{folder} holds a NorvigSweetingModel. {SUPPORTED}"


@pytest.mark.spark
def test_a_foreign_spark_stage_is_refused_by_name(spark, tmp_path):
    folder = tmp_path / "hashing"
    HashingTF().save(str(folder))
    assert refusal(folder) == f"{folder} holds a HashingTF. {SUPPORTED}"


@pytest.mark.spark
@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("vectors", ModelFacts(EMBEDDINGS, "Word2VecModel", (), STORAGE_REF, dimension=100)),
        ("tiny_drugs", ModelFacts(NER, "NerDLModel", ("DRUG",), STORAGE_REF)),
        ("tiny_kind", ModelFacts(CLASSIFICATION, "ClassifierDLModel", ("order", "visit"), STORAGE_REF)),
        (
            "tiny_topics",
            ModelFacts(CLASSIFICATION, "MultiClassifierDLModel", ("drug", "illness"), STORAGE_REF, multiple=True),
        ),
        ("tiny_status", ModelFacts(ASSERTION, "AssertionModel", ("absent", "present"))),
    ],
)
def test_a_saved_model_tells_its_facts(tiny_models, name, facts):
    read = read_facts(tiny_models / name)
    # The order of the labels is the model's own, and not the same in every training.
    assert (read, sorted(read.labels)) == (
        ModelFacts(facts.kind, facts.engine_class, read.labels, facts.storage_ref, facts.dimension, facts.multiple),
        list(facts.labels),
    )
    assert is_assertion(tiny_models / name) is (facts.kind == ASSERTION)


@pytest.mark.spark
def test_a_model_without_its_network_is_refused(tiny_models, tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(tiny_models / "tiny_drugs", folder)
    shutil.rmtree(folder / "tensorflow", ignore_errors=True)
    for path in folder.glob("*tensorflow*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert refusal(folder).startswith(f"Spark failed while loading the model in {folder} (") is True
