"""What `python -m bench train` reads and scores: a misplaced span would make both of its sides equally wrong."""

from pathlib import Path

from bench._train_data import from_conll, from_csv, from_tsv, scored
from bench._train_product import _regions
from preannotation.contract import ASSERTION, CLASSIFICATION, NER
from preannotation.training.parameters import ASSERTION_ENGINE, NER_DL

SENTENCES = """-DOCSTART- -X- -X- O

Severe -X- -X- O
heart -X- -X- B-Disease
failure -X- -X- I-Disease
after -X- -X- O
é𝄞ine -X- -X- B-Chemical
aspirin -X- -X- B-Chemical

Nothing -X- -X- O
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "file"
    path.write_text(text, encoding="utf-8")
    return path


def test_spans_of_sentences_are_slices_of_their_text(tmp_path: Path) -> None:
    path = _file(tmp_path, SENTENCES)

    examples = from_conll(path, path)

    assert [(example["part"], example["task"]) for example in examples] == [
        ("train", 1), ("train", 2), ("test", 3), ("test", 4),
    ]  # fmt: skip
    assert examples[0]["text"] == "Severe heart failure after é𝄞ine aspirin"
    assert [(examples[0]["text"][start:end], label) for start, end, label in examples[0]["spans"]] == [
        ("heart failure", "Disease"),
        ("é𝄞ine", "Chemical"),
        ("aspirin", "Chemical"),
    ]
    regions = [region["value"] for region in _regions(NER_DL, examples[0])]
    assert [value["text"] for value in regions] == ["heart failure", "é𝄞ine", "aspirin"]


def test_texts_of_one_class_and_chunks_of_one_status(tmp_path: Path) -> None:
    classes = from_csv(*[_file(tmp_path, "text,label\nFever.,GENHX\n ,EMPTY\n")] * 2)
    chunks = from_tsv(_file(tmp_path, 'text\tstart\tend\tstatus\nNo "pain.\t4\t8\tabsent\n'), seed=13)

    assert [(one["text"], one["classes"]) for one in classes] == [("Fever.", ["GENHX"])] * 2
    assert [one["spans"] for one in chunks] == [[[4, 8, "absent"]]]
    assert [(region["from_name"], region["value"]["labels"]) for region in _regions(ASSERTION_ENGINE, chunks[0])] == [
        ("answer", ["absent"]),
        ("chunk", ["CHUNK"]),
    ]


def test_an_entity_counts_only_with_all_its_characters_and_its_label() -> None:
    examples = [{"spans": [[0, 5, "A"], [6, 9, "B"]], "classes": []}, {"spans": [], "classes": []}]
    said = [{"spans": [[0, 5, "A"], [6, 8, "B"]], "classes": []}, {"spans": [[0, 1, "A"]], "classes": []}]

    assert scored(examples, said, NER) == 0.4
    assert scored(examples, said, ASSERTION) == 0.5


def test_a_text_without_an_answer_is_not_right() -> None:
    examples = [{"spans": [], "classes": [name]} for name in ("a", "b", "c", "d")]
    said = [{"spans": [], "classes": names} for names in (["a"], [], ["b"], ["d"])]

    assert scored(examples, said, CLASSIFICATION) == 0.5
