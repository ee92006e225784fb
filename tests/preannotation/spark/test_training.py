"""Small trainings: that they run, fit together and refuse what can't work; quality is measured by the demo."""

import pytest
from sparknlp.annotator import NerDLModel, Word2VecModel

from preannotation.contract import TrainingError
from preannotation.spark.tagging import CutSentence, NerExample, Token, cut_sentences, tag
from preannotation.spark.training import ClassExample, train_classifier, train_ner, train_word_vectors

TEXTS = ["She takes aspirin daily.", "He took ibuprofen twice.", "She went home today.", "He came back at noon."] * 5
DRUGS = ("aspirin", "ibuprofen")


def drug_examples() -> list[NerExample]:
    found = []
    for text in TEXTS:
        spans = tuple((text.index(drug), text.index(drug) + len(drug), "DRUG") for drug in DRUGS if drug in text)
        found.append(NerExample(text, spans))
    return found


def sentence(words: str) -> CutSentence:
    tokens, begin = [], 0
    for word in words.split(" "):
        tokens.append(Token(begin, begin + len(word) - 1, word))
        begin += len(word) + 1
    return CutSentence(0, 0, len(words) - 1, words, tuple(tokens))


@pytest.fixture(scope="module")
def vectors(spark, tmp_path_factory):
    folder = tmp_path_factory.mktemp("vectors") / "model"
    train_word_vectors(spark, TEXTS, folder, "small_notes", dimension=100, min_count=1, iterations=1)
    return folder


def test_the_first_token_of_a_span_begins_it_and_the_others_continue_it():
    example = NerExample("take one tablet twice daily", ((5, 8, "DOSAGE"), (9, 15, "FORM"), (16, 27, "FREQUENCY")))
    tags = tag([sentence(example.text)], [example])[0][1]
    assert tags == ("O", "B-DOSAGE", "B-FORM", "B-FREQUENCY", "I-FREQUENCY")


def test_neighbouring_spans_of_one_label_stay_two():
    example = NerExample("aspirin ibuprofen", ((0, 7, "DRUG"), (8, 17, "DRUG")))
    assert tag([sentence(example.text)], [example])[0][1] == ("B-DRUG", "B-DRUG")


def test_spans_after_an_emoji_meet_their_tokens():
    example = NerExample("😀 aspirin", ((2, 9, "DRUG"),))
    cut = CutSentence(0, 0, 9, example.text, (Token(0, 1, "😀"), Token(3, 9, "aspirin")))
    assert tag([cut], [example])[0][1] == ("O", "B-DRUG")


@pytest.mark.spark
def test_sentences_and_tokens_slice_their_text(spark):
    text = "She takes aspirin. He does not."
    cut = cut_sentences(spark, [text])
    assert [text[s.begin : s.end + 1] for s in cut] == ["She takes aspirin.", "He does not."]
    assert [t.word for s in cut for t in s.tokens] == [text[t.begin : t.end + 1] for s in cut for t in s.tokens]


@pytest.mark.spark
def test_word_vectors_carry_their_storage_ref(vectors):
    model = Word2VecModel.load(str(vectors))
    assert (model.getStorageRef(), model.getVectorSize()) == ("small_notes", 100)


@pytest.mark.spark
def test_an_ner_model_carries_the_storage_ref_of_its_vectors(spark, vectors, tmp_path):
    train_ner(spark, drug_examples(), vectors, tmp_path / "ner", epochs=1)
    model = NerDLModel.load(str(tmp_path / "ner"))
    assert model.getStorageRef() == "small_notes"
    assert sorted(model.getClasses()) == ["B-DRUG", "O"]


@pytest.mark.spark
def test_a_classifier_carries_the_storage_ref_of_its_vectors(spark, vectors, tmp_path):
    examples = [ClassExample(text, ("drug" if "takes" in text or "took" in text else "other",)) for text in TEXTS]
    train_classifier(spark, examples, vectors, tmp_path / "classifier", epochs=1)
    metadata = (tmp_path / "classifier" / "metadata" / "part-00000").read_text()
    assert '"storageRef":"small_notes"' in metadata.replace(" ", "")


@pytest.mark.spark
def test_examples_without_any_span_are_refused(spark, vectors, tmp_path):
    with pytest.raises(TrainingError, match="Label some regions"):
        train_ner(spark, [NerExample("She went home.", ())], vectors, tmp_path / "ner", epochs=1)


@pytest.mark.spark
def test_vectors_of_a_size_without_a_graph_are_refused(spark, tmp_path):
    train_word_vectors(spark, TEXTS, tmp_path / "vectors", "odd", dimension=64, min_count=1, iterations=1)
    with pytest.raises(TrainingError, match="64 dimensions"):
        train_ner(spark, drug_examples(), tmp_path / "vectors", tmp_path / "ner", epochs=1)


@pytest.mark.spark
def test_one_class_alone_cannot_be_trained(spark, vectors, tmp_path):
    with pytest.raises(TrainingError, match="two classes"):
        train_classifier(spark, [ClassExample("She went home.", ("a",))], vectors, tmp_path / "classifier")


@pytest.mark.spark
def test_a_text_with_two_classes_is_refused_where_one_is_asked(spark, vectors, tmp_path):
    examples = [ClassExample("She went home.", ("a", "b")), ClassExample("He came.", ("a",))]
    with pytest.raises(TrainingError, match="1 of 2 texts"):
        train_classifier(spark, examples, vectors, tmp_path / "classifier")


@pytest.mark.spark
def test_no_text_gives_no_vectors(spark, tmp_path):
    with pytest.raises(TrainingError, match="no text"):
        train_word_vectors(spark, [], tmp_path / "vectors", "none")
