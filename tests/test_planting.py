"""The benchmark of offsets knows where it put each name, in any text."""

from random import Random

from bench._planting import names_per_text, plant

HOSTILE = "a\r\nb 😀\u200d👩 é\u202eabc\u2028\tz"


def test_each_name_stands_where_its_span_says_and_the_rest_is_the_text():
    planted = plant(HOSTILE, 6, Random(1))
    names = [planted.text[start:end] for start, end in planted.spans]
    assert [name.isalpha() and name.islower() for name in names] == [True] * 6
    rest, last = "", 0
    for start, end in planted.spans:
        assert (planted.text[start - 1], planted.text[end]) == (" ", " ")
        before = planted.text[last : start - 1]
        rest += before if not last else before.partition("daily ")[2]
        last = end
    assert rest + planted.text[last:].partition("daily ")[2] == HOSTILE


def test_unusual_characters_come_first_and_short_and_empty_texts_get_what_fits():
    (span,) = plant("plain words 😀 and more plain words", 1, Random(1)).spans
    assert 12 <= span[0] <= 15
    assert [len(plant(text, 3, Random(1)).spans) for text in ("", "x", "abc")] == [1, 2, 3]


def test_few_texts_get_many_names_each():
    assert [names_per_text(texts) for texts in (1, 400, 100_000)] == [120, 10, 2]
