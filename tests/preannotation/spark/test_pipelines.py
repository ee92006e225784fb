import json
import shutil
from dataclasses import replace

import pytest

from preannotation.contract import CLASSIFICATION, ModelLoadError
from preannotation.spark.pipelines import keep_only, load
from tests.preannotation.spark.tiny_models import STORAGE_REF, spec

pytestmark = pytest.mark.spark


def refusal(*specs):
    with pytest.raises(ModelLoadError) as caught:
        load(specs)
    return str(caught.value)


def on_other_embeddings(folder, storage_ref):
    metadata = folder / "metadata" / "part-00000"
    content = json.loads(metadata.read_text())
    content["paramMap"]["storageRef"] = storage_ref
    metadata.write_text(json.dumps(content))
    (folder / "metadata" / ".part-00000.crc").unlink(missing_ok=True)


def test_a_deployment_has_one_embeddings_stage(pipeline):
    names = [type(stage).__name__ for stage in pipeline.model.stages]
    assert names == [
        "DocumentAssembler",
        "SentenceDetector",
        "TokenizerModel",
        "Word2VecModel",
        *["NerDLModel", "NerConverter"] * 2,
        "SentenceEmbeddings",
        "ClassifierDLModel",
        "MultiClassifierDLModel",
    ]


def test_a_later_deployment_shares_the_loaded_models(pipeline, tiny_models):
    later = load((spec(tiny_models, "tiny_problems"),))
    assert later.model.stages[-2] is pipeline.model.stages[6]


def test_what_no_pipeline_uses_is_loaded_anew(pipeline, tiny_models, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(tiny_models / "tiny_drugs", copy)
    first = load((replace(spec(tiny_models, "tiny_drugs"), folder=copy),))
    keep_only([pipeline])
    again = load((replace(spec(tiny_models, "tiny_drugs"), folder=copy), spec(tiny_models, "tiny_problems")))
    keep_only([pipeline])
    assert again.model.stages[4] is not first.model.stages[4]
    assert again.model.stages[6] is pipeline.model.stages[6]


def test_models_of_different_embeddings_are_refused_by_name(tiny_models, tmp_path):
    shutil.copytree(tiny_models / "tiny_problems", tmp_path / "other")
    on_other_embeddings(tmp_path / "other", "other_vectors")
    other = replace(spec(tiny_models, "tiny_problems"), folder=tmp_path / "other")
    assert refusal(spec(tiny_models, "tiny_drugs"), other) == (
        f"The models need different embeddings: tiny_drugs 1 needs {STORAGE_REF}, tiny_problems 1 needs other_vectors. "
        "Deploy models with the same ones."
    )


def test_embeddings_that_are_not_the_ones_needed_are_refused(tiny_models, tmp_path):
    shutil.copytree(tiny_models / "vectors", tmp_path / "other")
    on_other_embeddings(tmp_path / "other", "other_vectors")
    assert refusal(replace(spec(tiny_models, "tiny_drugs"), embeddings_folder=tmp_path / "other")) == (
        f"tiny_drugs 1 needs the embeddings {STORAGE_REF}, and {tmp_path / 'other'} holds Word2VecModel other_vectors. "
        "Add the right ones."
    )


def test_missing_embeddings_are_refused(tiny_models):
    assert refusal(replace(spec(tiny_models, "tiny_kind"), embeddings_folder=None)) == (
        f"tiny_kind 1 needs the embeddings {STORAGE_REF}. Add them first."
    )


def test_a_folder_of_another_kind_than_registered_is_refused(tiny_models):
    assert refusal(replace(spec(tiny_models, "tiny_drugs"), kind=CLASSIFICATION)) == (
        "tiny_drugs 1 is registered as classification, its folder holds ner."
    )


def test_two_assertion_models_are_refused(tiny_models):
    status = spec(tiny_models, "tiny_status")
    assert refusal(status, replace(status, name="second")) == (
        "Two assertion models can't work together: tiny_status, second. Keep one of them."
    )


def test_a_deployment_of_nothing_is_refused():
    assert refusal() == "A deployment without models can't be loaded. Name a model in the Labeling Config."
