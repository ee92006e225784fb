"""CoNLL-2003: one token a line with its tag in the last column, a blank line between sentences.

A document begins with `-DOCSTART- -X- -<task id>- O` and is one task; its text is rebuilt with a blank between tokens
and a line break between sentences. Where a file has no such line, each sentence is a task.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from projects.exchange.decoding import lines
from projects.exchange.errors import FileRefused, RowRefused
from projects.exchange.rows import MAX_TEXT_CHARACTERS
from projects.labeling_config import LabelingConfig
from projects.results import Region

DOCUMENT = "-DOCSTART-"
_ID = re.compile(r"-(\d{1,18})-")
_TAG = re.compile(r"O|[BIES]-\S+")
_TOKEN = re.compile(r"\w+|[^\w\s]")

Span = tuple[int, int, str]
"""[start, end) in code points, and the label."""


@dataclass(frozen=True)
class Target:
    """Where the regions of a file belong: the control of each label, the text's name, and who brings them."""

    controls: dict[str, str]
    usual: str
    to_name: str
    username: str

    @classmethod
    def of(cls, config: LabelingConfig, username: str) -> Target:
        controls: dict[str, str] = {}
        for control in config.labels_controls:
            for name in control.by_name:
                controls.setdefault(name, control.name)
        usual = config.labels_controls[0].name if config.labels_controls else "label"
        return cls(controls, usual, next(iter(config.text_names), "text"), username)


@dataclass
class _Document:
    """What has been read of a document: its text in pieces, its spans, and the one that is open."""

    external_id: str = ""
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    spans: list[Span] = field(default_factory=list)
    open: bool = False

    def add(self, token: str, tag: str) -> None:
        if self.pieces and self.pieces[-1] != "\n":
            self.put(" ")
        start = self.length
        self.put(token)
        kind, _, label = tag.partition("-")
        goes_on = self.open and kind in "IE" and self.spans[-1][2] == label
        if goes_on:
            self.spans[-1] = (self.spans[-1][0], self.length, label)
        elif kind != "O":
            self.spans.append((start, self.length, label))
        self.open = kind in "BI"

    def put(self, piece: str) -> None:
        self.pieces.append(piece)
        self.length += len(piece)

    def end_sentence(self) -> None:
        if self.pieces and self.pieces[-1] != "\n":
            self.put("\n")
        self.open = False

    @property
    def text(self) -> str:
        return "".join(self.pieces).removesuffix("\n")


def rows(chunks: Iterable[str], text_field: str, target: Target) -> Iterator[dict[str, Any] | RowRefused]:
    """A task a document, its entities as a submitted completion of whoever imports the file.

    Raises FileRefused at a line that is no token with a tag.
    """
    document: _Document | None = None
    by_sentence = True
    for number, line in enumerate(lines(chunks), 1):
        columns = line.split()
        if columns and columns[0] == DOCUMENT:
            yield from _finished(document, text_field, target)
            found = _ID.fullmatch(columns[2]) if len(columns) > 2 else None
            document, by_sentence = _Document(found[1] if found else ""), False
        elif not columns:
            if document:
                document.end_sentence()
            if by_sentence:
                yield from _finished(document, text_field, target)
                document = None
        elif len(columns) < 2 or not _TAG.fullmatch(columns[-1]):
            raise FileRefused(
                f"Line {number:,} is not a token with its tag: the last column must be O, B-LABEL or I-LABEL. "
                "Nothing was imported."
            )
        else:
            document = document or _Document()
            document.add(columns[0], columns[-1])
    yield from _finished(document, text_field, target)


def write(external_id: int | str, text: str, spans: Sequence[Span]) -> tuple[str, int]:
    """A document, and how many spans were left out: where some overlap the longest one wins, then the first."""
    kept = longest(spans)
    borders = sorted({place for start, end, _ in kept for place in (start, end)})
    out = [f"{DOCUMENT} -X- -{external_id}- O\n\n"]
    position = 0
    for line in text.splitlines(keepends=True):
        tokens = [
            f"{text[start:end]} -X- _ {_tag(start, kept)}\n"
            for start, end in _tokens(text, position, position + len(line), borders)
        ]
        if tokens:
            out += [*tokens, "\n"]
        position += len(line)
    return "".join(out), len(spans) - len(kept)


def longest(spans: Sequence[Span]) -> list[Span]:
    """Those that overlap no longer one, in the order of the text."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span[0] - span[1], span[0], span[2])):
        if all(span[1] <= other[0] or other[1] <= span[0] for other in kept):
            kept.append(span)
    return sorted(kept)


def has_tokens(text: str) -> bool:
    return _TOKEN.search(text) is not None


def words(text: str, spans: Sequence[Span]) -> list[tuple[tuple[str, ...], str]]:
    """What is left of spans in this format: the tokens of each, and its label."""
    borders = sorted({place for start, end, _ in spans for place in (start, end)})
    return [
        (tuple(text[a:b] for a, b in _tokens(text, start, end, borders)), label) for start, end, label in sorted(spans)
    ]


def _tokens(text: str, start: int, end: int, borders: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Words and single marks; a border of a region cuts a word, so that every region begins and ends with a token."""
    inside = [place for place in borders if start < place < end]
    for token in _TOKEN.finditer(text, start, end):
        cuts = [place for place in inside if token.start() < place < token.end()]
        places = [token.start(), *cuts, token.end()]
        yield from zip(places, places[1:], strict=False)


def _tag(start: int, kept: Sequence[Span]) -> str:
    for span in kept:
        if span[0] <= start < span[1]:
            return f"{'B' if start == span[0] else 'I'}-{'_'.join(span[2].split())}"
    return "O"


def _finished(document: _Document | None, text_field: str, target: Target) -> Iterator[dict[str, Any] | RowRefused]:
    if document is None or not document.pieces:
        return
    text = document.text
    if len(text) > MAX_TEXT_CHARACTERS:
        yield RowRefused(f"Its text has {len(text):,} characters; at most {MAX_TEXT_CHARACTERS:,} are taken. Split it.")
        return
    task: dict[str, Any] = {"data": {text_field: text}}
    if document.external_id:
        task["id"] = document.external_id
    if document.spans:
        now = timezone.now().isoformat()
        result = [_region(text, span, target) for span in document.spans]
        task["completions"] = [
            {"created_username": target.username, "created_ago": now, "submitted_at": now, "result": result}
        ]
    yield task


def _region(text: str, span: Span, target: Target) -> Region:
    start, end, label = span
    name = label if label in target.controls else label.replace("_", " ")
    known = name if name in target.controls else label
    return {
        "from_name": target.controls.get(known, target.usual),
        "to_name": target.to_name,
        "type": "labels",
        "value": {"start": start, "end": end, "text": text[start:end], "labels": [known]},
    }
