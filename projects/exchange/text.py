"""Plain text: one file is one task, its name is the title."""

from __future__ import annotations

from collections.abc import Iterable

from projects.exchange.errors import FileRefused
from projects.exchange.rows import MAX_TEXT_CHARACTERS


def row(chunks: Iterable[str], file_name: str, text_field: str) -> dict[str, str]:
    """Raises FileRefused for a text above MAX_TEXT_CHARACTERS."""
    pieces: list[str] = []
    length = 0
    for piece in chunks:
        pieces.append(piece)
        length += len(piece)
        if length > MAX_TEXT_CHARACTERS:
            raise FileRefused(
                f"The text has more than {MAX_TEXT_CHARACTERS:,} characters. Split it into several files."
            )
    title = {} if text_field == "title" else {"title": file_name}
    return {text_field: "".join(pieces), **title}
