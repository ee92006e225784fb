"""Bounds and defaults of what can be set of a training."""

import math

import pytest

from preannotation.training.parameters import DIMENSIONS, RANGES, defaults, effective, graph_problem, problems


@pytest.mark.parametrize("engine", RANGES)
@pytest.mark.parametrize("examples", [0, 40, 1_000, 50_000])
def test_defaults_are_complete_and_within_their_own_bounds(engine, examples):
    values = defaults(engine, examples)
    assert set(values) == set(RANGES[engine])
    assert problems(engine, values) == []


def test_few_examples_are_seen_more_often():
    assert defaults("NerDL", 50)["epochs"] > defaults("NerDL", 1_000)["epochs"] > defaults("NerDL", 10_000)["epochs"]


@pytest.mark.parametrize("epochs", [0, 201, 2.5, "3", True, None, math.nan, math.inf])
def test_a_number_of_epochs_outside_its_range_is_named_with_the_range(epochs):
    assert problems("NerDL", {"epochs": epochs}) == [f"Epochs must be a whole number from 1 to 200, not {epochs}."]


def test_the_bounds_themselves_are_allowed():
    assert problems("ClassifierDL", {"learning_rate": 0.000001, "dropout": 0.9, "batch_size": 512, "epochs": 1}) == []


def test_a_learning_rate_out_of_range_is_named_in_plain_digits():
    assert problems("NerDL", {"learning_rate": 1}) == ["Learning rate must be a number from 0.000001 to 0.5, not 1."]


def test_a_parameter_that_the_engine_does_not_have_is_refused():
    assert problems("NerCrf", {"dropout": 0.5}) == ["NerCrf has no parameter dropout. It has epochs."]
    assert problems("Assertion", {"epochs": 5}) == ["Assertion has no parameter epochs. It has none."]


def test_an_unknown_engine_is_refused():
    assert problems("Bert", {"epochs": 5}) == [f"There is no engine Bert. Choose one of {', '.join(RANGES)}."]


def test_given_values_win_over_the_defaults():
    values = effective("NerDL", {"epochs": 3.0}, 50)
    assert values == defaults("NerDL", 50) | {"epochs": 3}
    assert isinstance(values["epochs"], int)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_eighteen_labels_fit_every_graph(dimension):
    assert graph_problem("NerDL", dimension, 18) == ""


def test_nineteen_labels_are_more_than_a_graph_can_tell_apart():
    assert "19 labels are too many for NerDL, which can learn 18 at once" in graph_problem("NerDL", 100, 19)


def test_a_size_without_a_graph_is_named_with_those_that_have_one():
    assert "have 64 dimensions; NerDL can be trained on 100, 128" in graph_problem("NerDL", 64, 2)


def test_where_the_size_is_unknown_only_the_labels_are_judged():
    assert graph_problem("NerDL", None, 18) == ""


@pytest.mark.parametrize("engine", ["NerCrf", "ClassifierDL", "MultiClassifierDL", "Assertion"])
def test_other_engines_have_no_graph_to_fit(engine):
    assert graph_problem(engine, 64, 50) == ""


@pytest.mark.parametrize("engine", ["ClassifierDL", "MultiClassifierDL"])
def test_a_classifier_learns_a_hundred_classes_at_most(engine):
    assert graph_problem(engine, 100, 100) == ""
    sentence = f"101 classes are too many for {engine}, which can learn 100 at once. Choose fewer."
    assert graph_problem(engine, 100, 101) == sentence
