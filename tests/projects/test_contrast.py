"""Text stays readable on everything that the stylesheet puts it on: WCAG 2.2's contrast of 4.5 to 1, light and dark."""

import math
import re
from pathlib import Path

import pytest

from projects.label_colours import generated

CSS = (Path(__file__).resolve().parents[2] / "static/css/app.css").read_text()
LIGHT, DARK = (block.split("}")[0] for block in CSS.split(":root {")[1:3])
LEAST = 4.5
PAIRS = [
    ("text", "page"), ("text", "ground"), ("text", "accent-soft"), ("text", "bad-soft"), ("text", "warn-soft"),
    ("text", "good-soft"), ("muted", "page"), ("muted", "ground"), ("muted", "accent-soft"), ("accent", "page"),
    ("accent", "ground"), ("accent", "warn-soft"), ("accent", "accent-soft"), ("on-accent", "accent"),
    ("on-accent", "accent-hover"), ("bad", "page"), ("bad", "ground"), ("bad", "bad-soft"), ("bad", "accent-soft"),
    ("good", "page"), ("warn", "page"), ("page", "text"),
]  # fmt: skip
LABEL_COLOURS = [
    *((red, green, blue) for red in (0, 0.5, 1) for green in (0, 0.5, 1) for blue in (0, 0.5, 1)),
    (0.18, 0.49, 0.85), (0.76, 0.25, 0.05), (0.69, 0.56, 0.42),
]  # fmt: skip


def properties(scheme: str) -> dict[str, str]:
    found = dict(re.findall(r"--([\w-]+): ([^;]+);", LIGHT))
    return found if scheme == "light" else found | dict(re.findall(r"--([\w-]+): ([^;]+);", DARK))


def rgb(value: str) -> tuple[float, ...]:
    digits = value.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    return tuple(int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))


def linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def luminance(linear_rgb) -> float:
    red, green, blue = (min(max(channel, 0), 1) for channel in linear_rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def tinted(colour: tuple[float, ...], lightness: float) -> float:
    """Luminance of a label's ground as the stylesheet makes it, lightness being the theme's; after Ottosson (2020)."""
    red, green, blue = map(linear, colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    own = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    lightness += (min(max(own, 0.4), 0.7) - 0.55) * 0.6
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    chroma = math.hypot(a, b)
    scale = min(chroma * 0.6, 0.1) / chroma if chroma else 0
    a, b = a * scale, b * scale
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return luminance(
        (
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        )
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_on_every_ground(scheme):
    found = {name: luminance(map(linear, rgb(value))) for name, value in properties(scheme).items() if value[0] == "#"}
    poor = {pair: round(contrast(found[pair[0]], found[pair[1]]), 2) for pair in PAIRS}
    assert {pair: value for pair, value in poor.items() if value < LEAST} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_on_every_label_colour(scheme):
    found = properties(scheme)
    text = luminance(map(linear, rgb(found["text"])))
    poor = [colour for colour in LABEL_COLOURS if contrast(text, tinted(colour, float(found["label-tint"]))) < LEAST]
    assert poor == []


def test_neighbouring_labels_get_colours_far_apart():
    hues = [int(re.match(r"hsl\((\d+) ", generated(place))[1]) for place in range(12)]
    nearest = min(abs((one - other + 180) % 360 - 180) for one, other in zip(hues, hues[1:], strict=False))
    assert nearest >= 90
