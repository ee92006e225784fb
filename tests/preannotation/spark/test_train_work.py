"""One training from its order to a model that a deployment can use; what is learned matters less than that it fits."""

import json
from dataclasses import asdict

import pytest

from preannotation.contract import ModelSpec, TrainingError
from preannotation.spark.checksum import folder_checksum
from preannotation.spark.epoch_log import Epoch, best_epoch, following, read_epochs
from preannotation.spark.examples_file import Given, class_examples, ner_examples, read_texts
from preannotation.spark.inspect import read_facts
from preannotation.spark.pipelines import load
from preannotation.spark.predict import predict, predict_one
from preannotation.spark.tagging import CutSentence, Token, with_few_characters
from preannotation.spark.train_work import work
from tests.preannotation.spark.tiny_models import DRUGS, PATTERNS, PROBLEMS, STORAGE_REF

NER_LOG = """Name of the selected graph: ner-dl/blstm_10_100_128_120.pb
Epoch 1/3 started, lr: 0.003, dataset size: 150
Epoch 1/3 - 3.41s - loss: 71.45874 - batches: 20
Quality on validation dataset (20.0%), validation examples = 30
Macro-average\t prec: 0.0, rec: 0.0, f1: NaN
Micro-average\t prec: 0.5, rec: 0.4, f1: 0.44
Epoch 2/3 - 1.71s - loss: NaN - batches: 20
Micro-average\t prec: 0.0, rec: 0.0, f1: NaN
Epoch 3/3 - 1.39s - loss: 0.09 - batches: 20
"""
STATUSES = ("present", "absent")


def made():
    """(text, its drug, its problem), 48 of them."""
    pairs = [(drug, problem) for drug in DRUGS for problem in PROBLEMS]
    sentences = [(PATTERNS[number % len(PATTERNS)], *pair) for number, pair in enumerate(pairs)]
    sentences += [(PATTERNS[1], *pair) for pair in pairs[:12]]
    return [(pattern.format(drug=drug, problem=problem), drug, problem) for pattern, drug, problem in sentences]


def span(text, words, label):
    return [text.index(words), text.index(words) + len(words), label]


def write_examples(folder, examples, test_from=40):
    with (folder / "examples.jsonl").open("w") as file:
        for number, example in enumerate(examples):
            part = "test" if number >= test_from else "train"
            file.write(json.dumps({"part": part, "task": number, "spans": [], "classes": [], **example}) + "\n")


def drug_examples():
    return [{"text": text, "spans": [span(text, drug, "DRUG")]} for text, drug, _ in made()]


@pytest.fixture
def order(engine_settings, spark, tiny_models, tmp_path):
    """Train in `tmp_path`; (answer, all that was said)."""

    def train(engine, **values):
        said = []
        given = {"name": "mine", "embeddings": str(tiny_models / "vectors"), "storage_ref": STORAGE_REF, "seed": 7}
        answer = work(
            engine_settings, {"engine": engine, **given, **values}, tmp_path, lambda **fact: said.append(fact)
        )
        return json.loads(json.dumps(answer)), said

    return train


def test_an_epoch_is_finished_when_its_score_is_written(tmp_path):
    (tmp_path / "NerDLApproach_1.log").write_text(NER_LOG)
    assert read_epochs(tmp_path, validated=True) == [Epoch(1, 3.41, 71.45874, 0.44), Epoch(2, 1.71, None, 0.0)]


def test_without_a_validation_part_an_epoch_needs_no_score(tmp_path):
    (tmp_path / "crf.log").write_text("Epoch: 0, eta: 4.0E-5\nfinished, time: 0.67\nLoss = 1042.3, logLoss = 1042.1\n")
    assert read_epochs(tmp_path, validated=False) == [Epoch(1, 0.67, 1042.3, None)]


def test_each_score_that_a_classifier_writes_into_a_file_of_its_own_meets_its_epoch(tmp_path):
    (tmp_path / "ClassifierMetrics_b.log").write_text("Micro-average\t prec: 1.0, recall: 1.0, f1: 0.5\n")
    (tmp_path / "ClassifierMetrics_a.log").write_text("Micro-average\t prec: 1.0, recall: 1.0, f1: 0.7\n")
    log = "Epoch 0/2 - 0.35s - loss: 1.3 - acc: 1.0\nEpoch 1/2 - 0.03s - loss: 1.1 - acc: 1.0\n"
    (tmp_path / "ClassifierDLApproach_c.log").write_text(log)
    epochs = read_epochs(tmp_path, validated=True)
    assert epochs == [Epoch(1, 0.35, 1.3, 0.5), Epoch(2, 0.03, 1.1, 0.7)]
    assert best_epoch(epochs) == 2


def test_of_equally_good_epochs_the_first_is_the_best():
    assert best_epoch([Epoch(1, 1, 1, 0.5), Epoch(2, 1, 1, 0.9), Epoch(3, 1, 1, 0.9)]) == 2
    assert best_epoch([Epoch(1, 1, 1, None)]) is None


def test_each_epoch_is_said_once(tmp_path):
    said = []
    with following(tmp_path, 3, validated=True, say=lambda **fact: said.append(fact)):
        (tmp_path / "NerDLApproach_1.log").write_text(NER_LOG)
    assert said == [
        {"epoch": 1, "of": 3, "seconds": 3.41, "loss": 71.45874, "f1": 0.44},
        {"epoch": 2, "of": 3, "seconds": 1.71, "loss": None, "f1": 0.0},
    ]


def test_a_long_text_becomes_windows_with_the_spans_that_lie_in_them():
    text = ("She takes aspirin. " * 300).strip()
    spans = ((10, 17, "DRUG"), (len(text) - 8, len(text) - 1, "DRUG"))
    examples = ner_examples([Given(text, spans, ())])
    assert len(examples) == 2
    assert [[e.text[start:end] for start, end, _ in e.spans] for e in examples] == [["aspirin"], ["aspirin"]]


def test_a_text_without_a_class_teaches_a_classifier_nothing():
    assert class_examples([Given("She came.", (), ())]) == []


def test_project_texts_are_read_without_blank_ones(tmp_path):
    (tmp_path / "texts.jsonl").write_text('"She came."\n" \\n "\n"He left."\n')
    assert list(read_texts(tmp_path)) == ["She came.", "He left."]


def test_the_rarest_characters_share_one_where_there_are_too_many():
    sentence = CutSentence(0, 0, 5, "aab\u4e2d bb", (Token(0, 3, "aab\u4e2d"), Token(5, 6, "bb")))
    ((kept, tags),) = with_few_characters([(sentence, ("O", "O"))], most=2)
    assert ([token.word for token in kept.tokens], tags) == (["aab\u00a4", "bb"], ("O", "O"))
    assert with_few_characters([(sentence, ("O", "O"))], most=3) == [(sentence, ("O", "O"))]


@pytest.mark.spark
def test_nerdl_keeps_its_best_epoch_and_says_each(order, tmp_path):
    write_examples(tmp_path, drug_examples())
    answer, said = order("NerDL", parameters={"epochs": 3, "batch_size": 8, "learning_rate": 0.01})
    assert [(fact["epoch"], fact["of"]) for fact in said if "epoch" in fact] == [(1, 3), (2, 3), (3, 3)]
    scores = [fact["f1"] for fact in said if "epoch" in fact]
    assert answer["best_epoch"] == scores.index(max(scores)) + 1
    assert answer["facts"] == json.loads(json.dumps(asdict(read_facts(tmp_path / "model"))))
    assert (answer["facts"]["labels"], answer["facts"]["storage_ref"]) == (["DRUG"], STORAGE_REF)
    assert answer["parameters"] == {"epochs": 3, "batch_size": 8, "learning_rate": 0.01, "dropout": 0.5}
    assert (answer["quality"]["examples"], answer["quality"]["confusion"]["labels"]) == (8, ["DRUG", "O"])


@pytest.mark.spark
def test_nercrf_works_in_a_deployment_beside_other_models(order, tiny_models, tmp_path):
    write_examples(tmp_path, drug_examples())
    answer, said = order("NerCrf", parameters={"epochs": 30})
    assert [fact["epoch"] for fact in said if "epoch" in fact] == list(range(1, 31))
    assert (answer["facts"]["kind"], answer["facts"]["labels"], answer["best_epoch"]) == ("ner", ["DRUG"], None)
    vectors = tiny_models / "vectors"
    mine = ModelSpec("mine", 1, "ner", tmp_path / "model", ("DRUG",), STORAGE_REF, vectors)
    other = ModelSpec("tiny_problems", 1, "ner", tiny_models / "tiny_problems", (), STORAGE_REF, vectors)
    together = load((other, mine))
    text = "The patient takes aspirin for fever. \U0001f600 She has cough and was given warfarin today."
    found = predict_one(together, text)
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in found.chunks)
    assert {(chunk.text, chunk.label) for chunk in found.chunks if chunk.model == "mine"} == {
        ("aspirin", "DRUG"),
        ("warfarin", "DRUG"),
    }
    assert all(0 < chunk.confidence <= 1 for chunk in found.chunks)
    assert predict(together, [text, text])[1] == found


@pytest.mark.spark
def test_a_classifier_is_trained_up_to_its_best_epoch(order, tmp_path):
    classes = ["order" if "takes" in text else "visit" for text, _, _ in made()]
    write_examples(tmp_path, [{"text": made()[place][0], "classes": [name]} for place, name in enumerate(classes)])
    answer, said = order("ClassifierDL", parameters={"epochs": 3})
    assert [fact["epoch"] for fact in said if "epoch" in fact] == [1, 2, 3]
    assert 1 <= answer["best_epoch"] <= 3
    assert (answer["facts"]["engine_class"], answer["facts"]["multiple"]) == ("ClassifierDLModel", False)
    assert sum(map(sum, answer["quality"]["confusion"]["rows"])) == answer["quality"]["examples"] == 8


@pytest.mark.spark
def test_of_few_texts_none_is_spared_to_find_the_best_epoch_with(order, tmp_path):
    examples = [{"text": text, "classes": ["order" if "takes" in text else "visit"]} for text, _, _ in made()[:15]]
    write_examples(tmp_path, examples, test_from=12)
    answer, said = order("ClassifierDL", parameters={"epochs": 2})
    assert [(fact["epoch"], fact["f1"]) for fact in said if "epoch" in fact] == [(1, None), (2, None)]
    assert (answer["best_epoch"], answer["epochs"], answer["quality"]["examples"]) == (None, 2, 3)


@pytest.mark.spark
def test_word_vectors_of_the_projects_own_texts_carry_the_new_name(order, tmp_path):
    write_examples(tmp_path, drug_examples())
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps(text) + "\n" for text, _, _ in made()))
    answer, _ = order("NerCrf", embeddings=None, storage_ref="own_words", dimension=64, parameters={"epochs": 2})
    assert (answer["embeddings_facts"]["storage_ref"], answer["embeddings_facts"]["dimension"]) == ("own_words", 64)
    assert answer["facts"]["storage_ref"] == "own_words"


@pytest.mark.spark
def test_assertion_learns_which_chunks_are_absent(order, tmp_path):
    examples = [
        {"text": text, "spans": [span(text, problem, STATUSES["No " in text or "denies" in text])]}
        for text, _, problem in made()
    ]
    write_examples(tmp_path, examples)
    answer, said = order("Assertion", embeddings=None, storage_ref="mine-1", about=["PROBLEM"], parameters={})
    first = folder_checksum(tmp_path / "model")
    order("Assertion", embeddings=None, storage_ref="mine-2", about=["PROBLEM"], parameters={})
    # Each training gives a version of its own, with its own figures, though it learned the same.
    assert folder_checksum(tmp_path / "model") != first
    assert (answer["facts"]["kind"], answer["facts"]["labels"]) == ("assertion", ["absent", "present"])
    assert (answer["best_epoch"], answer["epochs"], [fact for fact in said if "epoch" in fact]) == (None, 0, [])
    assert (answer["quality"]["kind"], answer["quality"]["accuracy"]) == ("statuses", 1.0)


@pytest.mark.spark
def test_without_examples_for_testing_there_is_a_model_and_no_figure(order, tmp_path):
    write_examples(tmp_path, drug_examples(), test_from=100)
    answer, _ = order("NerCrf", parameters={"epochs": 2})
    assert answer["quality"] == {"kind": "spans", "labels": {}, "examples": 0, "data": "0 texts kept for testing"}


def test_bad_parameters_are_refused_before_the_engine_starts(engine_settings, tmp_path):
    write_examples(tmp_path, drug_examples())
    values = {"engine": "NerDL", "name": "mine", "parameters": {"epochs": 0}}
    with pytest.raises(TrainingError, match="Epochs must be a whole number from 1 to 200, not 0"):
        work(engine_settings, values, tmp_path, lambda **fact: None)


def test_no_examples_are_refused_before_the_engine_starts(engine_settings, tmp_path):
    write_examples(tmp_path, [])
    with pytest.raises(TrainingError, match="There are no examples to train on"):
        work(engine_settings, {"engine": "NerDL", "name": "mine"}, tmp_path, lambda **fact: None)
