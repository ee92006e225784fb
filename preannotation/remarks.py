"""What went wrong in a run without ending it: counted under its words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from preannotation.models import PreannotationRun

MOST_REMARKS = 30
OTHER = "Something else went wrong; the log has it."
NUMBER = re.compile(r"\d[\d,.]*\d|\d")
REFUSED = "finding refused: "


def refused_finding(why: str) -> str:
    """The words under which refused findings are counted: places and names of one of them would split them up."""
    return f"{REFUSED}{NUMBER.sub('…', why).rstrip('.')}"[:300]


def add_remarks(run_pk: int, counts: Mapping[str, int]) -> None:
    """Count these words in the run's row. Needs a transaction."""
    remarks = Counter(PreannotationRun.objects.select_for_update().values_list("remarks", flat=True).get(pk=run_pk))
    for words, count in counts.items():
        remarks[words if words in remarks or len(remarks) < MOST_REMARKS else OTHER] += count
    PreannotationRun.objects.filter(pk=run_pk).update(remarks=dict(remarks))


def sentences(remarks: Mapping[str, int]) -> list[str]:
    """The remarks of a run for people, the most frequent ones first."""
    return [_sentence(words, count) for words, count in sorted(remarks.items(), key=lambda item: (-item[1], item[0]))]


def _sentence(words: str, count: int) -> str:
    if words.startswith(REFUSED):
        refused = "finding was refused" if count == 1 else "findings were refused"
        return f"{count:,} {refused}: {words.removeprefix(REFUSED)}."
    return words if count == 1 else f"{count:,} times: {words}"
