"""CoNLL-2003: one token a line with its tag in the last column, a blank line between sentences.

A document begins with `-DOCSTART- -X- -<task id>- O` and is one task; its text is rebuilt with a blank between tokens
and a line break between sentences. Where a file has no such line, each sentence is a task.

Blanks at the ends of a region have no token and are lost; a line break inside of one ends no sentence, for no tag goes
on behind the end of a sentence.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
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
class Document:
    """What has been read of a document: its text in pieces, its spans, and whether the last one is open."""

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


def documents(chunks: Iterable[str]) -> Iterator[Document]:
    """Those that have tokens. Raises FileRefused at a line that is no token with a tag."""
    document = Document()
    by_sentence = True
    for number, line in enumerate(lines(chunks), 1):
        columns = line.split()
        if columns and columns[0] == DOCUMENT:
            if document.pieces:
                yield document
            found = _ID.fullmatch(columns[2]) if len(columns) > 2 else None
            document, by_sentence = Document(found[1] if found else ""), False
        elif not columns:
            document.end_sentence()
            if by_sentence and document.pieces:
                yield document
                document = Document()
        elif len(columns) < 2 or not _TAG.fullmatch(columns[-1]):
            raise FileRefused(
                f"Line {number:,} is not a token with its tag: the last column must be O, B-LABEL or I-LABEL. "
                "Nothing was imported."
            )
        else:
            document.add(columns[0], columns[-1])
    if document.pieces:
        yield document


def rows(chunks: Iterable[str], text_field: str, target: Target) -> Iterator[dict[str, Any] | RowRefused]:
    """A task a document, its entities as a submitted completion of whoever imports the file. Raises FileRefused."""
    for document in documents(chunks):
        yield _task(document, text_field, target)


def write(external_id: int | str, text: str, spans: Sequence[Span]) -> str:
    """A document. spans: as `tagged` gives them."""
    breaks = [place for place in accumulate(map(len, text.splitlines(keepends=True))) if not _inside(place, spans)]
    out = [f"{DOCUMENT} -X- -{in_one_column(str(external_id))}- O\n"]
    sentence = -1
    for start, end, tag in _tokens(text, spans):
        before, sentence = sentence, bisect(breaks, start)
        if sentence != before:
            out.append("\n")
        out.append(f"{text[start:end]} -X- _ {tag}\n")
    return "".join([*out, "\n"])


def tagged(text: str, spans: Iterable[Span]) -> list[Span]:
    """What tags can say of them, in the order of the text: trimmed to their tokens, without those that have none, and
    where some overlap the longest one, then the first. Labels are written as one column."""
    kept: list[Span] = []
    trimmed = filter(None, (_trimmed(text, span) for span in spans))
    for span in sorted(trimmed, key=lambda span: (span[0] - span[1], span[0], span[2])):
        place = bisect(kept, span)
        if (not place or kept[place - 1][1] <= span[0]) and (place == len(kept) or span[1] <= kept[place][0]):
            kept.insert(place, span)
    return kept


def has_tokens(text: str) -> bool:
    return _TOKEN.search(text) is not None


def words(text: str, spans: Iterable[Span]) -> list[tuple[tuple[str, ...], str]]:
    """What is left of spans in this format: the tokens of each, and its label."""
    return [(tuple(_TOKEN.findall(text, start, end)), label) for start, end, label in spans]


def in_one_column(name: str) -> str:
    return "_".join(name.split())


def _trimmed(text: str, span: Span) -> Span | None:
    start, end, label = span
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return (start, end, in_one_column(label)) if start < end else None


def _inside(place: int, spans: Sequence[Span]) -> bool:
    before = bisect(spans, (place,)) - 1
    return before >= 0 and place < spans[before][1]


def _tokens(text: str, spans: Sequence[Span]) -> Iterator[tuple[int, int, str]]:
    """(start, end, tag) of words and single marks; a border of a region cuts a word, so that every region begins and
    ends with a token."""
    outside = 0
    for start, end, label in spans:
        yield from ((found.start(), found.end(), "O") for found in _TOKEN.finditer(text, outside, start))
        for found in _TOKEN.finditer(text, start, end):
            yield found.start(), found.end(), f"{'B' if found.start() == start else 'I'}-{label}"
        outside = end
    yield from ((found.start(), found.end(), "O") for found in _TOKEN.finditer(text, outside))


def _task(document: Document, text_field: str, target: Target) -> dict[str, Any] | RowRefused:
    text = document.text
    if len(text) > MAX_TEXT_CHARACTERS:
        return RowRefused(
            f"Its text has {len(text):,} characters; at most {MAX_TEXT_CHARACTERS:,} are taken. Split it."
        )
    task: dict[str, Any] = {"data": {text_field: text}}
    if document.external_id:
        task["id"] = document.external_id
    if document.spans:
        now = timezone.now().isoformat()
        result = [_region(text, span, target) for span in document.spans]
        task["completions"] = [
            {"created_username": target.username, "created_ago": now, "submitted_at": now, "result": result}
        ]
    return task


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
