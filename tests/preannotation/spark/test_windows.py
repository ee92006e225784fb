from random import Random

import pytest

from preannotation.spark.windows import STRETCH, WINDOW, Window, is_blank, windows
from tests.preannotation.spark.hostile import PIECES, hostile_texts


def longest_stretch(text: str) -> int:
    return max((len(part) for part in text.replace("\n", " ").split(" ")), default=0)


def long_texts() -> list[str]:
    random = Random(5)
    mixtures = ["".join(random.choices(PIECES, k=random.randint(500, 6000))) for _ in range(30)]
    return [
        *mixtures,
        "a" * 200_000,
        "ab1-./" * 33_333,
        "word\u00a0" * 40_000,
        "A sentence of six short words. " * 6_000,
        "line\r\n" * 30_000,
        "👨🏻‍🚒" * 5_000,
        "e\u0301" * 20_000,
        "漢字かな。" * 20_000,
        "\n" * 50_000,
    ]


def test_short_texts_are_one_window():
    for text in hostile_texts(200):
        assert windows(text) == ([Window(0, len(text))] if text else [])


@pytest.mark.parametrize("text", long_texts(), ids=lambda text: f"{len(text)}-{ascii(text[:6])}")
def test_windows_cover_the_text_and_are_bounded(text):
    cut = windows(text)
    assert [window.start for window in cut] == [0, *(window.end for window in cut[:-1])]
    assert cut[-1].end == len(text)
    assert [window for window in cut if not 0 < window.end - window.start <= WINDOW] == []
    assert [window for window in cut if longest_stretch(text[window.start : window.end]) > STRETCH] == []


def test_windows_end_after_an_empty_line_before_anything_else():
    paragraph = "First sentence here. Second one.\nA line.\n\n"
    text = paragraph * 300
    assert {text[window.start : window.end][-2:] for window in windows(text)} == {"\n\n"}


def test_windows_of_one_line_end_after_a_sentence():
    text = "Nothing was found on the left side. " * 500
    assert {text[window.start : window.end][-2:] for window in windows(text)} == {". "}


def test_no_window_tears_a_line_end_or_an_emoji_or_an_accent_apart():
    for text in ("x\r\n" * 9_000, "👨🏻‍🚒" * 5_000, "e\u0301" * 20_000, "a\r\n\r\n" * 5_000):
        heads = {text[window.start] for window in windows(text)}
        assert heads == {text[0]}


def test_a_long_stretch_leaves_its_neighbours_whole():
    text = f"Before it. {'a' * 2500} After it."
    assert [text[start:end] for start, end in windows(text)] == [
        "Before it. ",
        *["a" * 1000] * 2,
        "a" * 500,
        " After it.",
    ]


@pytest.mark.parametrize("text", ["", " ", "\r\n\t", "\x00\x01", "\u00a0\u2028", "\u3000"])
def test_white_space_and_controls_are_blank(text):
    assert is_blank(text) is True


@pytest.mark.parametrize("text", ["a", " .", "\u200b", "😀", "\ufeff"])
def test_everything_else_is_not_blank(text):
    assert is_blank(text) is False
