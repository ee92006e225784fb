"""Names of labels that mean the same and are written differently: what `predicted_values` is there to join. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

LEAST_RATIO = 0.85
# Comparing letter by letter is slow, and a registry may hold thousands of labels: beyond this only other spellings of
# the same letters are found.
MOST_COMPARED = 20_000
_JOINTS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Near:
    """case_only: the two names differ in upper and lower case, or not at all."""

    name: str
    case_only: bool


class Names:
    """Names to look among; of several that are as near, the first one is taken."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = dict.fromkeys(name for name in names if is_mappable(name))
        self._folded: dict[str, str] = {}
        self._bare: dict[str, str] = {}
        # Type 1 and type 2 are as near as can be, and never the same: only equal numbers are compared.
        self._by_digits: dict[tuple[str, ...], list[str]] = {}
        for name in self._names:
            self._folded.setdefault(name.casefold(), name)
            self._bare.setdefault(_bare(name), name)
            self._by_digits.setdefault(_digits(name), []).append(name)
        self._left = MOST_COMPARED
        self._known: dict[str, Near | None] = {}

    def near(self, label: str) -> Near | None:
        """The name that most likely means the same as this label; None where none comes close."""
        if label not in self._known:
            self._known[label] = self._near(label) if self._names and is_mappable(label) else None
        return self._known[label]

    def _near(self, label: str) -> Near | None:
        if label in self._names:
            return Near(label, case_only=True)
        if same := self._folded.get(label.casefold()):
            return Near(same, case_only=True)
        same = self._bare.get(_bare(label)) or self._similar(label)
        return Near(same, case_only=False) if same else None

    def _similar(self, label: str) -> str:
        compared = difflib.SequenceMatcher(b=label.casefold(), autojunk=False)
        best, found = LEAST_RATIO, ""
        for name in self._by_digits.get(_digits(label), ()):
            if self._left <= 0:
                break
            self._left -= 1
            compared.set_seq1(name.casefold())
            if compared.real_quick_ratio() < best or compared.quick_ratio() < best:
                continue
            ratio = compared.ratio()
            if ratio > best or (ratio == best and not found):
                best, found = ratio, name
        return found


def is_mappable(label: str) -> bool:
    """Whether this name can stand in predicted_values: a comma separates there, and spaces at the ends are cut off."""
    return "," not in label and label == label.strip() != ""


def _digits(name: str) -> tuple[str, ...]:
    return tuple(_DIGITS.findall(name))


def _bare(name: str) -> str:
    """Without case, joints between words, and the ending that a plural changes."""
    letters = _JOINTS.sub("", name.casefold())
    if len(letters) < 3 or letters.endswith("ss"):
        return letters
    letters = letters.removesuffix("s").removesuffix("e")
    return letters[:-1] + "i" if letters.endswith("y") else letters
