import random
from dataclasses import dataclass

from projects.highlight import MOST_LANES, segments


@dataclass(frozen=True)
class Span:
    start: int
    end: int


def cut(text: str, *spans: tuple[int, int]) -> list[tuple[str, list[int]]]:
    found = segments(text, [Span(*span) for span in spans])
    return [(piece.text, sorted(cover.index for cover in piece.covers)) for piece in found]


def test_a_text_without_regions_is_one_piece():
    assert cut("plain") == [("plain", [])]


def test_an_empty_text_has_no_pieces():
    assert cut("") == []


def test_overlapping_regions_are_cut_at_every_boundary():
    assert cut("abcdefgh", (1, 5), (3, 7)) == [("a", []), ("bc", [0]), ("de", [0, 1]), ("fg", [1]), ("h", [])]


def test_nested_regions_lie_over_the_outer_one():
    assert cut("abcdef", (0, 6), (2, 4)) == [("ab", [0]), ("cd", [0, 1]), ("ef", [0])]


def test_regions_on_the_same_span_share_one_piece():
    assert cut("abc", (0, 3), (0, 3)) == [("abc", [0, 1])]


def test_regions_that_touch_do_not_overlap():
    assert cut("abcd", (0, 2), (2, 4)) == [("ab", [0]), ("cd", [1])]


def test_regions_outside_of_the_text_are_left_out():
    assert cut("abc", (-1, 2), (2, 2), (2, 9), (5, 6)) == [("abc", [])]


def test_openings_and_closings_are_told():
    first, second, third = segments("abcdef", [Span(0, 4), Span(2, 6)])
    assert [
        [(cover.index, cover.opens, cover.closes) for cover in piece.covers] for piece in (first, second, third)
    ] == [
        [(0, True, False)],
        [(0, False, True), (1, True, False)],
        [(1, False, True)],
    ]


def test_overlapping_regions_never_share_a_lane_and_lanes_are_used_again():
    pieces = segments("abcdefghij", [Span(0, 6), Span(2, 4), Span(3, 8), Span(6, 10)])
    lanes = {cover.index: cover.lane for piece in pieces for cover in piece.covers}
    assert lanes == {0: 0, 1: 1, 2: 2, 3: 0}


def test_any_regions_keep_the_text_and_their_own_pieces():
    chance = random.Random(5)
    text = "".join(chance.choice("ab\r\n😀é") for _ in range(60))
    for _ in range(200):
        starts = [chance.randrange(60) for _ in range(chance.randrange(12))]
        spans = [Span(start, chance.randint(start + 1, 60)) for start in starts]
        pieces = segments(text, spans)
        assert "".join(piece.text for piece in pieces) == text
        for index, span in enumerate(spans):
            mine = [piece for piece in pieces if any(cover.index == index for cover in piece.covers)]
            assert "".join(piece.text for piece in mine) == text[span.start : span.end]
        for piece in pieces:
            lanes = [cover.lane for cover in piece.covers]
            assert lanes == sorted(set(lanes))


def test_thousands_of_nested_regions_stay_small():
    depth = 3_000
    pieces = segments("x" * (2 * depth), [Span(place, 2 * depth - place) for place in range(depth)])
    assert max(len(piece.covers) for piece in pieces) == MOST_LANES + 1
    opened = [cover.index for piece in pieces for cover in piece.covers if cover.opens]
    closed = [cover.index for piece in pieces for cover in piece.covers if cover.closes]
    assert (opened, closed) == (list(range(depth)), list(range(depth))[::-1])
