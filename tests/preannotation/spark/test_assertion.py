import json

import numpy as np
import pytest

from preannotation.contract import ModelLoadError, TrainingError
from preannotation.spark.assertion import AssertionContext, AssertionModel, train_assertion

FEVER = [
    ("No {}.", "absent"),
    ("She denies {}.", "absent"),
    ("There is no {} today.", "absent"),
    ("Without {} so far.", "absent"),
    ("She has {}.", "present"),
    ("She complains of {}.", "present"),
    ("There is {} today.", "present"),
    ("Severe {} since Monday.", "present"),
    ("Her mother had {}.", "someone_else"),
    ("Family history of {}.", "someone_else"),
    ("Her brother suffers from {}.", "someone_else"),
]


def example(pattern: str, chunk: str) -> AssertionContext:
    start = pattern.index("{}")
    return AssertionContext(pattern.format(chunk), start, start + len(chunk))


def small_model() -> AssertionModel:
    return AssertionModel(
        ["absent", "present"],
        ["PROBLEM"],
        ["L0=no", "L0=has"],
        np.array([[3.0, 0.0], [0.0, 2.0]]),
        np.array([0.0, 0.5]),
    )


def test_the_greater_score_wins_and_confidence_is_its_softmax():
    label, confidence = small_model().statuses([example("No {}.", "fever")])[0]
    assert (label, round(confidence, 4)) == ("absent", round(float(1 / (1 + np.exp(0.5 - 3))), 4))


def test_a_chunk_without_known_features_gets_the_intercepts_answer():
    assert small_model().statuses([AssertionContext("fever", 0, 5)])[0][0] == "present"


def test_only_the_chunks_that_it_was_trained_on_are_judged():
    assert [label for label in ("DRUG", "PROBLEM") if small_model().judges(label)] == ["PROBLEM"]


def test_no_context_gives_no_status():
    assert small_model().statuses([]) == []


def test_a_batch_answers_as_single_texts_do():
    contexts = [example(pattern, "fever") for pattern, _ in FEVER]
    model = small_model()
    assert model.statuses(contexts) == [model.statuses([context])[0] for context in contexts]


def test_a_saved_model_answers_the_same(tmp_path):
    small_model().save(tmp_path / "model")
    contexts = [example(pattern, "fever") for pattern, _ in FEVER]
    assert AssertionModel.load(tmp_path / "model").statuses(contexts) == small_model().statuses(contexts)


def test_the_saved_description_names_the_labels(tmp_path):
    small_model().save(tmp_path)
    assert json.loads((tmp_path / "assertion.json").read_text())["labels"] == ["absent", "present"]


def test_a_missing_model_is_refused(tmp_path):
    with pytest.raises(ModelLoadError, match="can't be read"):
        AssertionModel.load(tmp_path)


def test_a_model_of_other_features_is_refused(tmp_path):
    small_model().save(tmp_path)
    description = json.loads((tmp_path / "assertion.json").read_text())
    (tmp_path / "assertion.json").write_text(json.dumps({**description, "features": 99}))
    with pytest.raises(ModelLoadError, match="features version 99"):
        AssertionModel.load(tmp_path)


def test_a_model_whose_coefficients_do_not_fit_is_refused(tmp_path):
    small_model().save(tmp_path)
    description = json.loads((tmp_path / "assertion.json").read_text())
    (tmp_path / "assertion.json").write_text(json.dumps({**description, "vocabulary": ["L0=no"]}))
    with pytest.raises(ModelLoadError, match="is broken"):
        AssertionModel.load(tmp_path)


@pytest.mark.spark
def test_training_learns_the_statuses_of_unseen_problems(spark, tmp_path):
    examples = [(example(pattern, chunk), status) for pattern, status in FEVER for chunk in ("fever", "cough", "gout")]
    train_assertion(spark, examples, tmp_path / "model")
    model = AssertionModel.load(tmp_path / "model")
    assert model.labels == ("absent", "present", "someone_else")
    unseen = [example(pattern, "shingles") for pattern, _ in FEVER]
    assert [label for label, _ in model.statuses(unseen)] == [status for _, status in FEVER]


@pytest.mark.spark
def test_training_twice_gives_the_same_model(spark, tmp_path):
    examples = [(example(pattern, "fever"), status) for pattern, status in FEVER]
    contexts = [context for context, _ in examples]
    first, second = (train_assertion(spark, examples, tmp_path / name).statuses(contexts) for name in ("a", "b"))
    assert first == second


@pytest.mark.spark
def test_one_status_alone_cannot_be_trained(spark, tmp_path):
    with pytest.raises(TrainingError, match="two statuses"):
        train_assertion(spark, [(example("No {}.", "fever"), "absent")], tmp_path / "model")
