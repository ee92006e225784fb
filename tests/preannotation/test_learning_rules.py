"""When active learning trains, what it measures on, and which model it prefers."""

import pytest

from preannotation.learning_rules import Count, held_out, score, verdict
from preannotation.training.examples import Example


@pytest.mark.parametrize(
    ("submitted", "counted", "missing"),
    [(0, 0, 50), (49, 0, 1), (50, 0, 0), (149, 100, 1), (151, 100, 0), (30, 100, 50)],
)
def test_a_training_is_due_after_every_so_many_new_completions(submitted, counted, missing):
    count = Count(submitted, counted, every=50)
    assert (count.missing, count.is_due) == (missing, missing == 0)


def test_after_completions_were_deleted_new_ones_count_from_what_is_left():
    assert (Count(30, 100, 50).base, Count(130, 100, 50).base) == (30, 100)


def spans(f1):
    return {"kind": "spans", "f1": f1}


@pytest.mark.parametrize(
    ("before", "after", "margin", "better"),
    [
        (0.80, 0.81, 0.01, True),
        (0.80, 0.8099, 0.01, False),
        (0.80, 0.80, 0.0, False),
        (0.80, 0.8001, 0.0, True),
        (0.80, 0.70, 0.0, False),
        (0.10, 0.40, 0.3, True),
    ],
)
def test_only_what_is_better_by_the_margin_is_better(before, after, margin, better):
    found = verdict(spans(before), spans(after), margin, 40)
    assert (found.is_better, found.is_worse) == (better, not better)


def test_the_figures_stand_in_the_words():
    assert verdict(spans(0.8), spans(0.8321), 0.01, 40).words == (
        "F1 0.800 before, 0.832 now on 40 held-out tasks (+0.032, wanted +0.010)"
    )
    assert verdict(spans(0.8), spans(0.8), 0.0, 40).words == (
        "F1 0.800 before, 0.800 now on 40 held-out tasks (+0.000, wanted more than 0)"
    )


def test_without_an_older_model_one_that_gets_something_right_is_better():
    some, nothing = verdict(None, spans(0.2), 0.5, 10), verdict(None, spans(0.0), 0.0, 10)
    assert (some.is_better, some.words) == (True, "F1 0.200 on 10 held-out tasks; there was no older model")
    assert (nothing.is_better, nothing.is_worse) == (False, True)


def test_on_too_few_tasks_nothing_is_told():
    found = verdict(spans(0.1), spans(0.9), 0.01, 2)
    assert (found.is_better, found.is_worse, found.words.startswith("only 2 held-out tasks")) == (False, False, True)


def test_a_classifier_is_scored_by_its_accuracy():
    assert score({"kind": "classes", "accuracy": 0.75}) == 0.75
    assert "accuracy 0.500 before, 0.750 now" in verdict({"accuracy": 0.5}, {"accuracy": 0.75}, 0.01, 4).words


def test_models_are_measured_on_what_neither_has_learned_from():
    tested = [Example(number, "text") for number in (1, 2, 3, 4)]
    kept = held_out(tested, new_test={1, 2, 3, 9}, old_train={3, 7})
    assert [example.task_id for example in kept] == [1, 2]
