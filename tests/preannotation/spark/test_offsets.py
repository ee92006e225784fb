import pytest

from preannotation.spark.offsets import ENGINE_MARKS, STAND_IN, CodePoints, engine_text, utf16_length
from tests.preannotation.spark.hostile import hostile_texts

TEXTS = [text for text in hostile_texts(300) if engine_text(text)]


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def test_every_code_point_of_every_text_is_found_by_its_utf16_position():
    for text in map(engine_text, TEXTS):
        points = CodePoints(text)
        position = 0
        for number, character in enumerate(text):
            length = len(utf16(character)) // 2
            assert points.span(position, position + length - 1) == (number, number + 1)
            position += length


def test_spans_slice_what_the_engine_slices():
    for text in map(engine_text, TEXTS):
        points = CodePoints(text)
        units = utf16(text)
        for begin in range(0, len(units) // 2, 3):
            for end in range(begin, min(begin + 9, len(units) // 2)):
                span = points.span(begin, end)
                theirs = units[2 * begin : 2 * end + 2].decode("utf-16-le", "surrogatepass")
                if any("\ud800" <= character <= "\udfff" for character in theirs):
                    assert span is None
                else:
                    assert text[slice(*span)] == theirs


@pytest.mark.parametrize("text", ["plain", "😀 plane"])
def test_spans_outside_of_the_text_are_none(text):
    points = CodePoints(text)
    length = utf16_length(text)
    assert [points.span(-1, 1), points.span(0, length), points.span(length, length), points.span(2, 1)] == [None] * 4


def test_the_middle_of_a_surrogate_pair_is_no_border():
    points = CodePoints("a😀b")
    assert [points.span(0, 1), points.span(2, 3), points.span(1, 2)] == [None, None, (1, 2)]


def test_the_engine_text_has_the_same_lengths():
    for text in hostile_texts(300):
        assert (len(engine_text(text)), utf16_length(engine_text(text))) == (len(text), len(utf16(text)) // 2)


def test_marks_of_the_engine_and_halves_of_pairs_are_replaced_and_nothing_else():
    assert engine_text(ENGINE_MARKS + "\ud800\udfff") == STAND_IN * (len(ENGINE_MARKS) + 2)
    assert engine_text("╠┬═ 😀 e\u0301\r\n") == "╠┬═ 😀 e\u0301\r\n"


def test_utf16_length_counts_pairs_twice():
    assert [utf16_length(text) for text in ("", "abc", "a😀", "👨🏻‍🚒")] == [0, 3, 3, 7]
