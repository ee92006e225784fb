"""Colours and keys for new labels: apart from each other, and from what the config has already. Pure."""

from __future__ import annotations

import colorsys
import math
import re
import string
from collections.abc import Iterable, Iterator

from preannotation.css_colours import CSS_COLOURS
from projects.labeling_config.hotkeys import RESERVED_HOTKEYS, normal_form

# Blue, orange, green, violet, pink and olive, FAR_ENOUGH from each other on light and on dark grounds.
PALETTE = ("#2f7ed8", "#c2410c", "#15803d", "#9333ea", "#be185d", "#7c6f1c")
# How far a colour of the palette must be from those in use, as the page draws them.
FAR_ENOUGH = 0.055
# Between these every hue stands out from white and from black.
LIGHTNESSES = (0.55, 0.475, 0.625, 0.4, 0.7)
CHROMAS = (0.17, 0.1, 0.04)
HUES = 36
# The stylesheet draws labels on grounds near the lightness of its theme, light or dark, with this share of their
# chroma and never more than the bound.
TINTS = (0.88, 0.36)
LEAST_LIGHTNESS, MIDDLE_LIGHTNESS, MOST_LIGHTNESS = 0.4, 0.55, 0.7
LIGHTNESS_SHARE = 0.6
CHROMA_SHARE = 0.6
CHROMA_BOUND = 0.1
GOLDEN_ANGLE = 0.381966
KEYS = (*string.digits[1:], *string.ascii_lowercase)

Point = tuple[float, float, float]
Drawn = tuple[Point, ...]

_RGB = re.compile(r"rgba?\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)")
_HSL = re.compile(r"hsl\((\d+) (\d+)% (\d+)%\)")


class Colours:
    """Gives one colour after the other. used: CSS colours as configs and `projects.label_colours` write them."""

    def __init__(self, used: Iterable[str]) -> None:
        self._used = {colour.lower() for colour in used}
        points = [point for colour in self._used if (point := drawn(colour))]
        self._more = _endless()
        self._distances = {
            colour: min((distance(point, other) for other in points), default=math.inf)
            for colour, point in CANDIDATES.items()
        }

    def take(self) -> str:
        """A colour as #rrggbb, never the same twice."""
        chosen = next((colour for colour in PALETTE if self._distances.get(colour, 0) >= FAR_ENOUGH), "")
        if not chosen and self._distances:
            chosen = max(self._distances, key=lambda colour: self._distances[colour])
        chosen = chosen or next(colour for colour in self._more if colour not in self._used)
        self._used.add(chosen)
        self._distances.pop(chosen, None)
        point = CANDIDATES.get(chosen)
        if point:
            for colour, nearest in self._distances.items():
                self._distances[colour] = min(nearest, distance(point, CANDIDATES[colour]))
        return chosen


class Hotkeys:
    """Gives one key after the other, none twice, none that the editor keeps to itself."""

    def __init__(self, used: Iterable[str]) -> None:
        self._used = {normal_form(key) for key in used} | RESERVED_HOTKEYS

    def take(self, label: str) -> str:
        """A free key, best a letter of the label's own, with Shift where all single ones are taken, else ""."""
        own = [letter for letter in label.lower() if letter in string.ascii_lowercase]
        wanted = (*own, *KEYS, *(f"shift+{letter}" for letter in (*own, *string.ascii_lowercase)))
        key = next((key for key in wanted if key not in self._used), "")
        self._used.add(key)
        return key


def drawn(colour: str) -> Drawn | None:
    """Where the ground of a label of this CSS colour lies for the eye, in the light theme and in the dark one: in Oklab
    (Ottosson 2020), as screens show what the stylesheet draws. None where the colour can't be read."""
    point = in_oklab(colour)
    if point is None:
        return None
    lightness, a, b = point
    chroma = math.hypot(a, b)
    shown = min(chroma * CHROMA_SHARE, CHROMA_BOUND) / chroma if chroma else 0.0
    lighter = (min(max(lightness, LEAST_LIGHTNESS), MOST_LIGHTNESS) - MIDDLE_LIGHTNESS) * LIGHTNESS_SHARE
    return tuple(_oklab(*_rgb((tint + lighter, a * shown, b * shown))) for tint in TINTS)


def in_oklab(colour: str) -> Point | None:
    """A CSS colour in Oklab, None where it can't be read."""
    if match := _HSL.fullmatch(colour):
        hue, saturation, lightness = (int(part) for part in match.groups())
        return _oklab(*colorsys.hls_to_rgb(hue / 360, lightness / 100, saturation / 100))
    if match := _RGB.match(colour):
        return _oklab(*(int(part) / 255 for part in match.groups()))
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    number = CSS_COLOURS.get(colour)
    if number is None and re.fullmatch(r"[0-9a-f]{6}", digits):
        number = int(digits, 16)
    return None if number is None else _oklab(*((number >> shift & 255) / 255 for shift in (16, 8, 0)))


def _oklab(red: float, green: float, blue: float) -> Point:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _linear_rgb(point: Point) -> Point:
    lightness, a, b = point
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _rgb(point: Point) -> Point:
    """What browsers show: a channel that screens can't is cut off, by itself, which changes hue and lightness too."""
    channels = (min(max(channel, 0.0), 1.0) for channel in _linear_rgb(point))
    red, green, blue = (c * 12.92 if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in channels)
    return red, green, blue


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """The colour that screens can show with this lightness and hue, and at most this chroma."""
    while True:
        point = lightness, chroma * math.cos(hue), chroma * math.sin(hue)
        if all(-0.001 <= channel <= 1.001 for channel in _linear_rgb(point)) or chroma < 0.01:
            break
        chroma -= 0.005
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in _rgb(point))


def distance(one: Drawn, other: Drawn) -> float:
    """In the theme in which the two are nearer to each other."""
    return min(math.dist(first, second) for first, second in zip(one, other, strict=True))


def _endless() -> Iterator[str]:
    """More colours than a config of the greatest size has labels; too many to tell apart, but no two the same."""
    number = 0
    while True:
        lightness = 0.3 + number * GOLDEN_ANGLE**2 % 0.3
        red, green, blue = colorsys.hls_to_rgb(number * GOLDEN_ANGLE % 1, lightness, 0.62)
        yield f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
        number += 1


def _candidates() -> dict[str, Drawn]:
    grid = [
        _hex(lightness, chroma, math.tau * number / HUES)
        for chroma in CHROMAS
        for lightness in LIGHTNESSES
        for number in range(HUES)
    ]
    return {colour: point for colour in (*PALETTE, *grid) if (point := drawn(colour))}


CANDIDATES = _candidates()
