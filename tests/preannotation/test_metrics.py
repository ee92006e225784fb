import json

import pytest

from preannotation.metrics import (
    class_confusion,
    class_report,
    class_set_confusion,
    class_set_report,
    span_confusion,
    span_report,
)


def test_a_span_counts_only_where_borders_and_label_are_equal():
    expected = [[(0, 4, "DRUG"), (5, 9, "FORM"), (10, 14, "DRUG")]]
    proposed = [[(0, 4, "DRUG"), (5, 8, "FORM"), (10, 14, "ROUTE")]]
    report = span_report(expected, proposed, "two notes")
    assert report["labels"] == {
        "DRUG": {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "support": 2},
        "FORM": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1},
        "ROUTE": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0},
    }
    assert (report["precision"], report["recall"], report["f1"]) == (0.3333, 0.3333, 0.3333)


def test_spans_of_different_texts_are_not_mixed_up():
    report = span_report([[(0, 4, "DRUG")], []], [[], [(0, 4, "DRUG")]], "notes")
    assert (report["f1"], report["examples"]) == (0.0, 2)


def test_a_span_proposed_twice_counts_once():
    assert span_report([[(0, 4, "DRUG")]], [[(0, 4, "DRUG"), (0, 4, "DRUG")]], "notes")["precision"] == 1.0


def test_nothing_expected_and_nothing_proposed_gives_zero_and_no_labels():
    report = span_report([[]], [[]], "notes")
    assert (report["f1"], report["labels"]) == (0.0, {})


def test_different_numbers_of_texts_are_refused():
    with pytest.raises(ValueError):
        span_report([[]], [], "notes")
    with pytest.raises(ValueError):
        class_report(["a"], [], "notes")


def test_accuracy_and_the_figures_of_each_class():
    report = class_report(["a", "a", "b", "b"], ["a", "b", "b", "b"], "notes")
    assert report["accuracy"] == 0.75
    assert report["labels"] == {
        "a": {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "support": 2},
        "b": {"precision": 0.6667, "recall": 1.0, "f1": 0.8, "support": 2},
    }


def test_statuses_are_reported_under_their_own_kind():
    assert class_report(["past"], ["past"], "notes", "statuses")["kind"] == "statuses"


def test_several_classes_count_as_right_only_together():
    report = class_set_report([{"a", "b"}, {"b"}], [{"a"}, {"b"}], "notes")
    assert (report["accuracy"], report["f1"]) == (0.5, 0.8)


def test_reports_are_plain_json():
    report = span_report([[(0, 4, "DRUG")]], [[(0, 4, "DRUG")]], "80 held-out notes")
    assert json.loads(json.dumps(report)) == report
    assert (report["kind"], report["data"]) == ("spans", "80 held-out notes")


def test_a_place_labelled_otherwise_is_confused_and_one_that_only_one_side_labelled_is_outside():
    expected = [[(0, 4, "DRUG"), (5, 9, "FORM"), (10, 14, "DRUG")], []]
    proposed = [[(0, 4, "DRUG"), (5, 8, "FORM"), (10, 14, "ROUTE")], [(0, 4, "DRUG")]]
    assert span_confusion(expected, proposed) == {
        "labels": ["DRUG", "FORM", "ROUTE", "O"],
        "rows": [[1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [1, 1, 0, 0]],
    }


def test_what_people_said_stands_in_rows_and_what_the_model_said_in_columns():
    assert class_confusion(["a", "a", "b"], ["a", "b", "b"]) == {"labels": ["a", "b"], "rows": [[1, 1], [0, 1]]}


def test_no_class_from_the_model_stands_last():
    assert class_confusion(["z"], ["none"]) == {"labels": ["z", "none"], "rows": [[0, 1], [0, 0]]}


def test_of_several_classes_those_missed_and_those_too_many_are_confused_with_none():
    assert class_set_confusion([{"a", "b"}, {"b"}], [{"a"}, {"b", "c"}]) == {
        "labels": ["a", "b", "c", "none"],
        "rows": [[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0], [0, 0, 1, 0]],
    }
