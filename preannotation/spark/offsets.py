"""Between the engine's offsets (UTF-16 units, inclusive end) and ours (code points, half-open). Pure."""

from typing import Final

# Marks that Spark NLP's sentence detector and tokenizer use themselves: in a text they shift or drop what follows. They
# are the constants of its PragmaticSymbols and RuleSymbols, and what trying every character of the basic plane showed.
_BOX_DRAWING: Final = "\u2554\u255a\u255e\u255f\u2564\u2565\u2566\u2569"
_PRIVATE_USE: Final = "\uf050\uf051\uf052\uf053\uf054\uf055\uf056\uf057"
ENGINE_MARKS: Final = f"{_BOX_DRAWING}{_PRIVATE_USE}\u2187"
STAND_IN: Final = "|"
# Half of a surrogate pair is no character, and no encoder takes it.
_REPLACED: Final = {ord(mark): STAND_IN for mark in ENGINE_MARKS} | dict.fromkeys(range(0xD800, 0xE000), STAND_IN)
_LAST_OF_BASIC_PLANE: Final = "\uffff"


def engine_text(text: str) -> str:
    """`text` as the engine may see it: of the same length in code points and in UTF-16, without the engine's marks."""
    return text.translate(_REPLACED)


def utf16_length(text: str) -> int:
    """Length of `text` in UTF-16 units."""
    return len(text) + sum(character > _LAST_OF_BASIC_PLANE for character in text)


class CodePoints:
    """Turns the engine's spans over one text into ours."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._index: list[int] | None = None
        if text and max(text) > _LAST_OF_BASIC_PLANE:
            self._index = []
            for number, character in enumerate(text):
                self._index.append(number)
                if character > _LAST_OF_BASIC_PLANE:
                    self._index.append(-1)
            self._index.append(len(text))

    def span(self, begin: int, end: int) -> tuple[int, int] | None:
        """(start, end) of UTF-16 units `begin` to `end` inclusive; None where that is no stretch of this text."""
        start, stop = self._at(begin), self._at(end + 1)
        return (start, stop) if 0 <= start < stop else None

    def _at(self, unit: int) -> int:
        """Code point that starts at this unit; -1 outside of the text and in the middle of a pair."""
        if self._index is None:
            return unit if 0 <= unit <= self._length else -1
        return self._index[unit] if 0 <= unit < len(self._index) else -1
