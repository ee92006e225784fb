"""New labels get colours that people tell apart and read on, and keys that are free."""

import itertools
import re

import pytest

from preannotation import label_look
from preannotation.label_look import FAR_ENOUGH, PALETTE, Colours, Hotkeys, distance, drawn
from projects.labeling_config import RESERVED_HOTKEYS
from tests.projects.test_contrast import CSS, LEAST, contrast, linear, luminance, properties, rgb, tinted

USED = ["red", "#2f7ed8", "#0a0", "rgba(250, 200, 20, 0.5)", "hsl(280 65% 45%)"]


def taken(used: list[str], count: int) -> list[str]:
    colours = Colours(used)
    return [colours.take() for _ in range(count)]


@pytest.mark.parametrize(("count", "least"), [(7, FAR_ENOUGH), (15, FAR_ENOUGH), (60, 0.03)])
def test_new_colours_are_apart_from_each_other_and_from_those_in_use(count, least):
    points = [drawn(colour) for colour in [*USED, *taken(USED, count)]]
    new = [(one, other) for one, other in itertools.combinations(range(len(points)), 2) if other >= len(USED)]
    assert min(distance(points[one], points[other]) for one, other in new) >= least


def test_the_labels_of_four_models_are_apart_as_the_page_draws_them_light_and_dark():
    points = [drawn(colour) for colour in taken([], 19)]
    assert min(distance(one, other) for one, other in itertools.combinations(points, 2)) >= FAR_ENOUGH


def test_colours_are_reckoned_with_the_numbers_of_the_stylesheet():
    ground = (
        f"oklch(from var(--label) calc(var(--label-tint) + (clamp({label_look.LEAST_LIGHTNESS}, l, "
        f"{label_look.MOST_LIGHTNESS}) - {label_look.MIDDLE_LIGHTNESS}) * {label_look.LIGHTNESS_SHARE}) "
        f"min(c * {label_look.CHROMA_SHARE}, {label_look.CHROMA_BOUND}) h)"
    )
    tints = tuple(float(properties(scheme)["label-tint"]) for scheme in ("light", "dark"))
    assert re.findall(r"^\.label-chip, mark {\s+background: (.+);$", CSS, re.MULTILINE) == [ground]
    assert tints == label_look.TINTS


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_on_all_sixty_as_the_page_draws_them(scheme):
    found = properties(scheme)
    text = luminance(map(linear, rgb(found["text"])))
    tints = {colour: tinted(rgb(colour), float(found["label-tint"])) for colour in taken([], 60)}
    assert {colour for colour, tint in tints.items() if contrast(text, tint) < LEAST} == set()


def test_the_palette_comes_first_and_what_is_near_a_colour_in_use_is_passed_over():
    assert taken([], len(PALETTE)) == list(PALETTE)
    assert taken(["#2F7ED9", "rgb(194, 65, 12)"], 1) == [PALETTE[2]]


def test_no_colour_comes_twice_however_many():
    assert len(set(taken(USED, 2000))) == 2000


def test_sixty_keys_are_free_and_those_in_use_in_any_spelling_are_not_given():
    keys = Hotkeys(["D", "Shift+a", "", "CTRL+K"])
    given = [keys.take("Drug") for _ in range(70)]
    free = [key for key in given if key]
    assert (free[0], len(free), len(set(free))) == ("r", 59, 59)
    assert set(free) & ({"d", "shift+a"} | RESERVED_HOTKEYS) == set()
