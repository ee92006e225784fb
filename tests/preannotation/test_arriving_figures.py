"""Figures in the zip of a model: what pages can show comes in, whatever else somebody wrote there does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from preannotation.arriving import figures
from preannotation.metrics import span_confusion, span_report

PEOPLE = [[(0, 7, "DRUG")], [(3, 8, "DOSE")]]
MODEL = [[(0, 7, "DRUG")], [(3, 9, "DOSE")]]
REPORT = span_report(PEOPLE, MODEL, "2 texts kept for testing") | {"confusion": span_confusion(PEOPLE, MODEL)}
LEARNED = {"parameters": {"epochs": 3, "learning_rate": 0.003}, "seconds": 12.5}


def beside(folder: Path, given: object) -> dict:
    (folder / figures.QUALITY).write_text(given if isinstance(given, str) else json.dumps(given))
    return figures.beside(folder)


def test_what_a_training_has_measured_comes_along_but_for_ids_of_the_other_installation(tmp_path):
    there = REPORT | LEARNED | {"training": 7, "data_seen": {"train": [1, 2], "sha256": "ab"}, "best_epoch": 3}
    assert beside(tmp_path, there) == REPORT | LEARNED | {"data": "2 texts kept for testing, as its zip says"}


@pytest.mark.parametrize(
    "given",
    ["", "{", "[]", "null", "[" * 100_000, "\0", {}, {"kind": "spans"}, {"labels": {}}, {"kind": [], "labels": {}}],
    ids=lambda given: repr(given)[:20],
)
def test_what_says_nothing_is_nothing(tmp_path, given):
    assert beside(tmp_path, given) == {}


def test_a_file_that_is_missing_or_too_large_is_nothing(tmp_path, monkeypatch):
    assert figures.beside(tmp_path) == {}
    monkeypatch.setattr(figures, "LONGEST", 10)
    assert beside(tmp_path, REPORT) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"f1": "0.9"},
        {"f1": 1.01},
        {"f1": True},
        {"f1": float("nan")},
        {"f1": float("inf")},
        {"confusion": {"labels": ["DRUG"], "rows": [[1], [2]]}},
        {"confusion": {"labels": ["DRUG"], "rows": [[1, 2]]}},
        {"confusion": {"labels": ["DRUG"], "rows": [["<b>"]]}},
        {"confusion": {"labels": 3, "rows": []}},
        {"seconds": -1},
        {"parameters": {"epochs": "many"}},
        {"seconds": 10**400},
        {"parameters": {"epochs": 10**400}},
        {"parameters": {"\0": 1}},
        {"example": "text"},
        {"example": {"text": "\ud800", "regions": []}},
        {"example": {"text": "", "regions": []}},
    ],
    ids=lambda wrong: repr(wrong)[:40],
)
def test_one_figure_that_cannot_be_is_left_out_and_the_rest_counts(tmp_path, wrong):
    (name,) = wrong
    found = beside(tmp_path, REPORT | wrong)
    assert found.get(name) in (None, {})
    assert found["labels"] == REPORT["labels"]


def test_a_label_with_figures_that_cannot_be_is_left_out(tmp_path):
    row = REPORT["labels"]["DRUG"]
    labels = {"DRUG": row, "MINUS": row | {"support": -1}, "WORDS": row | {"f1": "x"}, "NONE": None}
    assert beside(tmp_path, REPORT | {"labels": labels})["labels"] == {"DRUG": row}


def test_an_example_is_kept_without_regions_that_lie_outside_of_it(tmp_path):
    inside = {"start": 0, "end": 7, "label": "DRUG", "confidence": 0.9}
    whole = {"label": "letter", "confidence": 1.0}
    wrong = [inside | {"end": 8}, inside | {"start": -1}, inside | {"confidence": 10**400}, {"start": 0}, None]
    given = {"example": {"text": "aspirin", "regions": [inside, whole, *wrong]}}
    assert beside(tmp_path, given) == {"example": {"text": "aspirin", "regions": [inside, whole]}}
