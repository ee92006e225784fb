"""One bad text fails alone; the others get their findings."""

import pytest

from preannotation.contract import Chunk, Findings, PredictionError, SparkUnavailable
from preannotation.halving import halved


def found(text: str) -> Findings:
    return Findings((Chunk(0, len(text), text, "X", 1.0, "m"),))


def predict(texts):
    """Answers like a model that can't take a text with `bad` in its batch."""
    if any("bad" in text for text in texts):
        raise PredictionError("The network failed on this batch.")
    return [found(text) for text in texts]


def test_the_bad_text_is_found_and_the_order_is_kept():
    texts = ["a", "b", "bad", "c", "d", "e", "bad 2"]
    failed = Findings(failure="The network failed on this batch.")
    assert halved(texts, predict) == [found("a"), found("b"), failed, found("c"), found("d"), found("e"), failed]


def test_a_single_bad_text_fails_with_its_reason():
    assert halved(["bad"], predict) == [Findings(failure="The network failed on this batch.")]


def test_an_unforeseen_error_is_put_into_words():
    assert halved(["x"], lambda texts: [][0]) == [
        Findings(failure="The models failed on this text (IndexError). The log has the details.")
    ]


def test_a_dead_session_is_not_blamed_on_a_text():
    def dead(texts):
        raise SparkUnavailable("The JVM is gone.")

    with pytest.raises(SparkUnavailable):
        halved(["a", "b"], dead)
