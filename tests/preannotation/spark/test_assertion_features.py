import pytest

from preannotation.spark.assertion_cues import STATUSES
from preannotation.spark.assertion_features import AssertionContext, cropped, features, rule_baseline


def context(sentence: str) -> AssertionContext:
    """The chunk is what stands in [brackets]."""
    before, _, rest = sentence.partition("[")
    chunk, _, after = rest.partition("]")
    return AssertionContext(before + chunk + after, len(before), len(before) + len(chunk))


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        ("She has [fever].", "present"),
        ("She denies [fever].", "absent"),
        ("No cough, nausea or [fever].", "absent"),
        ("She has cough but no [fever].", "absent"),
        ("[Fever] was ruled out.", "absent"),
        ("Possible [pneumonia].", "possible"),
        ("[Pneumonia] cannot be excluded.", "possible"),
        ("Return if there is [fever].", "hypothetical"),
        ("History of [gout].", "past"),
        ("Her mother had [gout].", "someone_else"),
        ("Her mother never had [gout].", "someone_else"),
    ],
)
def test_rules_find_the_status_by_trigger_and_scope(sentence, status):
    assert rule_baseline(context(sentence)) == status


def test_a_conjunction_ends_a_trigger_s_scope():
    assert rule_baseline(context("No cough but [fever] since Monday.")) == "present"


def test_a_pseudo_trigger_triggers_nothing():
    assert rule_baseline(context("No increase in [swelling].")) == "present"
    assert rule_baseline(context("A two-day history of [fever].")) == "present"


def test_the_longest_trigger_wins():
    assert rule_baseline(context("Cannot rule out [pneumonia].")) == "possible"


def test_every_rule_status_is_one_of_the_statuses():
    assert sorted(STATUSES) == ["absent", "hypothetical", "past", "possible", "present", "someone_else"]


def test_words_are_marked_with_side_and_distance():
    found = features(context("There is no [fever] today."))
    assert {name for name in found if name.startswith(("L0", "L1", "R0", "I="))} == {
        "L0=no",
        "L1=is",
        "R0=today",
        "I=fever",
    }


def test_numbers_are_all_the_same_word():
    assert features(context("[fever] of 38")) == features(context("[fever] of 40"))


def test_a_chunk_without_a_word_still_has_features():
    assert "bias" in features(AssertionContext("   ", 1, 2))
    assert "bias" in features(AssertionContext("", 0, 0))


def test_an_endless_sentence_is_cropped_around_its_chunk():
    long = AssertionContext("x " * 50_000 + "no fever" + " y" * 50_000, 100_003, 100_008)
    short = cropped(long)
    assert short.sentence[short.start : short.end] == "fever"
    assert len(short.sentence) < 3000
    assert rule_baseline(short) == "absent"


def test_a_usual_sentence_is_not_cropped():
    usual = context("No [fever].")
    assert cropped(usual) == usual
