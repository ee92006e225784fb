"""A Labeling Config's text, edited in place at positions that expat reports: no serializer rewrites what people typed.

Pure. The text must have passed `projects.labeling_config.parse`, which bounds its size and depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

STEP = "  "
_TAG = re.compile(rb"<(?:\"[^\"]*\"|'[^']*'|[^\"'>])*>")
_ATTRIBUTE = re.compile(rb"\s+([^\s=/>]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_BLANK = b" \t"


@dataclass(eq=False)
class Element:
    """start, opened: where the opening tag begins and ends, in bytes. closing, end: of the closing tag; closing is 0
    where there is none."""

    tag: str
    attributes: dict[str, str]
    start: int
    opened: int
    closing: int = 0
    end: int = 0
    children: list[Element] = field(default_factory=list)

    @property
    def is_empty_tag(self) -> bool:
        return self.closing <= self.start

    def walk(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            yield from child.walk()


class Source:
    """The text, its elements by `root`, and the edits asked for so far; `result` applies them all at once."""

    def __init__(self, xml: str) -> None:
        self._bytes = xml.encode()
        self._edits: list[tuple[int, int, str]] = []
        self.newline = "\r\n" if b"\r\n" in self._bytes else "\n"
        self.root = _scan(self._bytes)

    def result(self) -> str:
        pieces, done = [], 0
        # Stable: what is inserted at one place stays in the order in which it was asked for.
        for start, end, text in sorted(self._edits, key=lambda edit: edit[:2]):
            pieces += [self._bytes[done : max(start, done)], text.encode()]
            done = max(end, done)
        return b"".join([*pieces, self._bytes[done:]]).decode()

    def write_before(self, element: Element, lines: Sequence[str]) -> None:
        """Lines of their own in front of an element, with its indent."""
        indent = self._indent(element.start)
        if indent or self._bytes.endswith(b"\n", 0, element.start):
            text = "".join(f"{line}{self.newline}{indent}" for line in lines)
        else:
            text = "".join(f"{self.newline}{line}" for line in lines)
        self._edit(element.start, element.start, text)

    def write_inside(self, element: Element, lines: Sequence[str], behind: Element | None = None) -> None:
        """Lines of their own in an element: behind a child, or first; an empty tag is opened."""
        outer = self._indent(element.start)
        inner = outer + STEP
        if behind:
            inner = self._indent(behind.start) or inner
            self._edit(behind.end, behind.end, "".join(f"{self.newline}{inner}{line}" for line in lines))
            return
        text = "".join(f"{self.newline}{inner}{line}" for line in lines)
        if element.is_empty_tag:
            slash = self._bytes.rfind(b"/", element.start, element.opened)
            self._edit(slash, element.opened, f">{text}{self.newline}{outer}</{element.tag}>")
        elif self._bytes[element.opened : element.closing].strip():
            self._edit(element.opened, element.opened, text)
        else:
            self._edit(element.opened, element.closing, f"{text}{self.newline}{outer}")

    def set_attributes(self, element: Element, values: Mapping[str, str]) -> None:
        """Values of attributes that are there are replaced, the others stand in front."""
        places = self._attributes(element)
        missing = "".join(f" {name}={quoteattr(value)}" for name, value in values.items() if name not in places)
        if missing:
            position = element.start + 1 + len(element.tag.encode())
            self._edit(position, position, missing)
        for name in values.keys() & places.keys():
            self._edit(places[name].start(2), places[name].end(2), quoteattr(values[name]))

    def drop_attributes(self, element: Element, *names: str) -> None:
        for name, place in self._attributes(element).items():
            if name in names:
                self._edit(place.start(), place.end(), "")

    def remove(self, element: Element) -> None:
        """With the space in front of it, and with the line break before that."""
        start = len(self._bytes[: element.start].rstrip(_BLANK))
        for line_end in (b"\r\n", b"\n"):
            if self._bytes.endswith(line_end, 0, start):
                start -= len(line_end)
                break
        self._edit(start, element.end, "")

    def holds_only(self, element: Element, children: Sequence[Element]) -> bool:
        """Whether nothing but these children stands in an element: no text, comment or other tag."""
        rest, done = b"", element.opened
        for child in sorted(children, key=lambda child: child.start):
            rest += self._bytes[done : child.start]
            done = max(done, child.end)
        return not (rest + self._bytes[done : element.closing]).strip()

    def _edit(self, start: int, end: int, text: str) -> None:
        self._edits.append((start, end, text))

    def _attributes(self, element: Element) -> dict[str, re.Match[bytes]]:
        found = {}
        position = element.start + 1 + len(element.tag.encode())
        while match := _ATTRIBUTE.match(self._bytes, position, element.opened):
            found[match[1].decode()] = match
            position = match.end()
        return found

    def _indent(self, position: int) -> str:
        line = self._bytes[self._bytes.rfind(b"\n", 0, position) + 1 : position]
        return line.decode() if not line.strip() else ""


def _scan(source: bytes) -> Element:
    # The declared encoding is overridden: what arrives here was a str.
    parser = expat.ParserCreate("utf-8")
    stack: list[Element] = []
    roots: list[Element] = []

    def opened(tag: str, attributes: dict[str, str]) -> None:
        start = parser.CurrentByteIndex
        element = Element(tag, attributes, start, _tag_end(source, start))
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
    tag = _TAG.match(source, start)
    return tag.end() if tag else len(source)
