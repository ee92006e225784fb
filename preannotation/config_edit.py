"""Write a model's labels into a Labeling Config as a careful person would: everything else stays byte for byte.

The text is edited in place at positions that expat reports; no serializer ever rewrites what people typed. Pure.
"""

from __future__ import annotations

import colorsys
import re
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from preannotation.contract import ASSERTION, CLASSIFICATION
from projects.labeling_config import RESERVED_HOTKEYS, parse

OBJECT_TAGS = ("Text", "HyperText", "Paragraphs")
# Twelve hues that stay apart from each other, also for most colour-blind people, on light and dark grounds.
PALETTE = (
    "#2f7ed8", "#c2410c", "#15803d", "#9333ea", "#b45309", "#0e7490",
    "#be185d", "#4d7c0f", "#4f46e5", "#b91c1c", "#0f766e", "#7c6f1c",
)  # fmt: skip
GOLDEN_ANGLE = 0.381966
STEP = "  "
TAG = re.compile(rb"<(?:\"[^\"]*\"|'[^']*'|[^\"'>])*>")


@dataclass(frozen=True)
class Addition:
    """Labels of one model to be written into a config. kind: one of contract.KINDS but embeddings."""

    model: str
    kind: str
    labels: tuple[str, ...]
    multiple: bool = False


@dataclass
class _Element:
    tag: str
    attributes: dict[str, str]
    start: int
    opened: int
    closing: int = 0
    end: int = 0
    children: list[_Element] = field(default_factory=list)

    @property
    def is_empty_tag(self) -> bool:
        return self.closing <= self.start

    def walk(self) -> Iterable[_Element]:
        yield self
        for child in self.children:
            yield from child.walk()


def add_labels(xml: str, additions: Sequence[Addition]) -> str:
    """The config with the labels added; what is there already for the same model is left as it is.

    Raises ValueError where the XML can't be read at all, with the first reason.
    """
    outcome = parse(xml)
    if outcome.config is None:
        raise ValueError(str(outcome.problems[0]))
    for addition in additions:
        for label in addition.labels:
            xml = _add_one(xml, addition, label)
    return xml


def _add_one(xml: str, addition: Addition, label: str) -> str:
    source = xml.encode()
    root = _scan(source)
    controls = [element for element in root.walk() if element.tag == _control_tag(addition.kind)]
    for control in controls:
        for child in _items(control):
            if child.attributes.get("value") == label and _model_of(control, child) == addition.model:
                return xml
    for control in controls:
        if not _suits(control, addition):
            continue
        same = [child for child in _items(control) if child.attributes.get("value") == label]
        if not same:
            return _insert(source, _place_inside(source, control), _item(root, control, addition, label)).decode()
        if not _model_of(control, same[0]) and addition.kind != CLASSIFICATION:
            return _insert(source, _after_name(same[0]), f" model={quoteattr(addition.model)}").decode()
    return _insert(source, *_new_control(source, root, addition, label)).decode()


def _control_tag(kind: str) -> str:
    return "Choices" if kind == CLASSIFICATION else "Labels"


def _items(control: _Element) -> list[_Element]:
    tag = "Choice" if control.tag == "Choices" else "Label"
    return [element for element in control.walk() if element.tag == tag]


def _model_of(control: _Element, item: _Element) -> str:
    return item.attributes.get("model") or control.attributes.get("model", "")


def _suits(control: _Element, addition: Addition) -> bool:
    """Choices belong to one model. Statuses and entities keep to controls of their own, so that a person sees them
    apart; a control without labels suits both."""
    if addition.kind == CLASSIFICATION:
        return control.attributes.get("model") == addition.model
    statuses = [item.attributes.get("assertion", "").lower() == "true" for item in _items(control)]
    return not statuses or all(statuses) == (addition.kind == ASSERTION)


def _scan(source: bytes) -> _Element:
    # The declared encoding is overridden: what arrives here was a str.
    parser = expat.ParserCreate("utf-8")
    stack: list[_Element] = []
    roots: list[_Element] = []

    def opened(tag: str, attributes: dict[str, str]) -> None:
        start = parser.CurrentByteIndex
        element = _Element(tag, attributes, start, _tag_end(source, start))
        (stack[-1].children if stack else roots).append(element)
        stack.append(element)

    def closed(tag: str) -> None:
        element = stack.pop()
        element.closing = parser.CurrentByteIndex if source[element.opened - 2 : element.opened] != b"/>" else 0
        element.end = _tag_end(source, element.closing) if element.closing else element.opened

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.Parse(source, True)
    return roots[0]


def _tag_end(source: bytes, start: int) -> int:
    tag = TAG.match(source, start)
    return tag.end() if tag else len(source)


def _insert(source: bytes, at: tuple[int, int, str, str], text: str) -> bytes:
    start, end, before, after = at
    return source[:start] + (before + text + after).encode() + source[end:]


def _after_name(element: _Element) -> tuple[int, int, str, str]:
    position = element.start + 1 + len(element.tag.encode())
    return position, position, "", ""


def _indent(source: bytes, position: int) -> str:
    line = source[source.rfind(b"\n", 0, position) + 1 : position]
    return line.decode() if not line.strip() else ""


def _newline(source: bytes) -> str:
    return "\r\n" if b"\r\n" in source else "\n"


def _place_inside(source: bytes, control: _Element) -> tuple[int, int, str, str]:
    """Behind the last item, on a line of its own with the same indent; an empty tag is opened."""
    newline = _newline(source)
    outer = _indent(source, control.start)
    if control.is_empty_tag:
        slash = source.rfind(b"/", control.start, control.opened)
        return slash, control.opened, f">{newline}{outer}{STEP}", f"{newline}{outer}</{control.tag}>"
    items = _items(control)
    if items:
        return items[-1].end, items[-1].end, newline + (_indent(source, items[-1].start) or outer + STEP), ""
    return control.opened, control.closing, f"{newline}{outer}{STEP}", f"{newline}{outer}"


def _new_control(
    source: bytes, root: _Element, addition: Addition, label: str
) -> tuple[tuple[int, int, str, str], str]:
    newline = _newline(source)
    text = next((element for element in root.walk() if element.tag in OBJECT_TAGS), None)
    attributes = {
        "name": _free_name(root, addition),
        "toName": (text.attributes.get("name") if text else None) or "text",
    }
    if addition.kind == CLASSIFICATION:
        attributes |= {"choice": "multiple" if addition.multiple else "single", "model": addition.model}
    tag = _control_tag(addition.kind)
    if text and text is not root:
        indent = _indent(source, text.start)
        place = (text.start, text.start, "", f"{newline}{indent}")
    elif root.is_empty_tag:
        indent = STEP
        slash = source.rfind(b"/", root.start, root.opened)
        place = (slash, root.opened, f">{newline}{indent}", f"{newline}</{root.tag}>")
    else:
        indent = STEP
        place = (root.opened, root.opened, f"{newline}{indent}", "")
    opening = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    item = _item(root, None, addition, label)
    return place, f"<{tag}{opening}>{newline}{indent}{STEP}{item}{newline}{indent}</{tag}>"


def _free_name(root: _Element, addition: Addition) -> str:
    used = {element.attributes.get("name") for element in root.walk()}
    if addition.kind == CLASSIFICATION:
        wanted = addition.model.removeprefix("classification_")
    else:
        wanted = "status" if addition.kind == ASSERTION else "label"
    candidates = [wanted, addition.model, *(f"{wanted}_{number}" for number in range(2, len(used) + 4))]
    return next(name for name in candidates if name not in used)


def _item(root: _Element, control: _Element | None, addition: Addition, label: str) -> str:
    attributes = {"value": label}
    if addition.kind == CLASSIFICATION:
        tag = "Choice"
    else:
        tag = "Label"
        if addition.kind == ASSERTION:
            attributes["assertion"] = "true"
        attributes |= {"model": addition.model, "background": _free_colour(root)}
    hotkey = _free_hotkey(root, label)
    if hotkey:
        attributes["hotkey"] = hotkey
    return f"<{tag}" + "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items()) + "/>"


def _free_colour(root: _Element) -> str:
    used = {element.attributes.get("background", "").lower() for element in root.walk()}
    for colour in PALETTE:
        if colour not in used:
            return colour
    number = 0
    while True:
        red, green, blue = colorsys.hls_to_rgb(number * GOLDEN_ANGLE % 1, 0.38, 0.62)
        colour = f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
        if colour not in used:
            return colour
        number += 1


def _free_hotkey(root: _Element, label: str) -> str:
    """A free key, best a letter of the label's own; none when all are taken."""
    used = {element.attributes.get("hotkey", "").lower() for element in root.walk()} | set(RESERVED_HOTKEYS)
    own = [letter for letter in label.lower() if letter in string.ascii_lowercase]
    return next((key for key in (*own, *string.digits[1:], *string.ascii_lowercase) if key not in used), "")
