import re
from dataclasses import fields

import pytest

from demo.layouts import HEADINGS, KINDS
from demo.names import HELDOUT, NAMES, TRAIN, Names
from demo.notes import LAYERS, LONGEST, SHORTEST, STATUSES, URGENCIES, Note, generate
from demo.patterns_classes import KIND_SENTENCES, URGENCY_SENTENCES
from demo.patterns_heldout import PATTERNS as HELDOUT_PATTERNS
from demo.patterns_train import PATTERNS as TRAIN_PATTERNS

POSOLOGY = ("DOSAGE", "DRUG", "DURATION", "FORM", "FREQUENCY", "ROUTE", "STRENGTH")


@pytest.fixture(scope="module")
def training() -> list[Note]:
    return generate(120, 1, TRAIN)


@pytest.fixture(scope="module")
def heldout() -> list[Note]:
    return generate(120, 1, HELDOUT)


def words_of(notes: list[Note], label: str) -> set[str]:
    return {note.text[e.start : e.end].lower() for note in notes for e in note.entities if e.label == label}


def all_patterns(split: str) -> set[str]:
    patterns = {TRAIN: TRAIN_PATTERNS, HELDOUT: HELDOUT_PATTERNS}[split]
    tables = (patterns, KIND_SENTENCES[split], URGENCY_SENTENCES[split])
    return {pattern for table in tables for pool in table.values() for pattern in pool}


def names_of(names: Names) -> dict[str, set[str]]:
    return {field.name: {name.lower() for name in getattr(names, field.name)} for field in fields(names)}


def test_the_same_seed_gives_the_same_notes():
    assert generate(20, 7, TRAIN) == generate(20, 7, TRAIN)


def test_another_seed_gives_other_notes():
    assert [note.text for note in generate(5, 7, TRAIN)] != [note.text for note in generate(5, 8, TRAIN)]


def test_fewer_notes_are_the_beginning_of_more():
    assert generate(5, 7, HELDOUT) == generate(9, 7, HELDOUT)[:5]


def test_texts_are_all_different(training, heldout):
    assert len({note.text for note in training + heldout}) == 240


def test_texts_are_plain_ascii_of_the_promised_length_with_real_line_breaks(training, heldout):
    wrong = [
        note.title
        for note in training + heldout
        if not (note.text.isascii() and SHORTEST <= len(note.text) <= LONGEST and note.text.count("\n") >= 3)
    ]
    assert wrong == []


def test_no_slot_is_left_unfilled(training, heldout):
    assert [note.title for note in training + heldout if re.search(r"[{}<>]", note.text)] == []


def test_every_kind_urgency_label_and_status_occurs(training, heldout):
    for notes in (training, heldout):
        assert {note.kind for note in notes} == set(KINDS)
        assert {note.urgency for note in notes} == set(URGENCIES)
        assert {e.label for note in notes for e in note.entities} == {n for names in LAYERS.values() for n in names}
        assert {e.status for note in notes for e in note.entities if e.label == "PROBLEM"} == set(STATUSES)


def test_the_posology_layer_has_its_seven_labels():
    assert LAYERS["posology"] == POSOLOGY


def test_entities_lie_in_order_inside_the_text_and_never_overlap(training, heldout):
    for note in training + heldout:
        ends = [0, *(entity.end for entity in note.entities)]
        assert [e.start >= end for e, end in zip(note.entities, ends, strict=False)] == [True] * len(note.entities)
        assert ends[-1] <= len(note.text)


def test_offsets_slice_whole_names_exactly(training, heldout):
    for split, notes in ((TRAIN, training), (HELDOUT, heldout)):
        names = names_of(NAMES[split])
        assert words_of(notes, "DRUG") - names["drugs"] - names["composed_drugs"] == set()
        assert words_of(notes, "PROBLEM") - names["problems"] - names["composed_problems"] == set()
        assert words_of(notes, "TEST") - names["tests"] - names["composed_tests"] == set()
        assert words_of(notes, "TREATMENT") - names["treatments"] - names["composed_treatments"] == set()
        assert words_of(notes, "OCCUPATION") - names["occupations"] == set()


def test_entities_begin_and_end_at_word_borders(training, heldout):
    borders = [
        note.text[e.start - 1 : e.start].isalnum() or note.text[e.end : e.end + 1].isalnum()
        for note in training + heldout
        for e in note.entities
    ]
    assert sum(borders) == 0


def test_the_splits_share_no_pattern():
    assert all_patterns(TRAIN) & all_patterns(HELDOUT) == set()


def test_the_splits_share_no_heading():
    train, heldout = ({h.lower() for pool in HEADINGS[split].values() for h in pool} for split in (TRAIN, HELDOUT))
    assert train & heldout == set()


def test_the_splits_share_no_name():
    train, heldout = (set().union(*names_of(NAMES[split]).values()) for split in (TRAIN, HELDOUT))
    assert train & heldout == set()


def test_no_held_out_drug_or_problem_stands_in_a_training_text():
    texts = "\n".join(note.text.lower() for note in generate(400, 1, TRAIN))
    words = set(re.findall(r"[\w-]+", texts))
    heldout = NAMES[HELDOUT]
    assert sorted(set(heldout.drugs) & words) == []
    assert sorted(name for name in heldout.problems if re.search(rf"\b{re.escape(name.lower())}\b", texts)) == []


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="no split 'test'"):
        generate(1, 1, "test")
