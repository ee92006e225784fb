"""Regions that follow the text that they are about, where it has another name in the next Labeling Config."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from projects.stored_results import Use, replaced, use_of

Texts = Mapping[str, Sequence[str]]
"""Of a control, the names of the texts that its regions may be about, the likeliest first."""
THEIRS: Final = "(%(texts)s::jsonb -> (r->>'from_name'))"
IS_ABOUT_ANOTHER: Final = f"COALESCE(NOT {THEIRS} ? (r->>'to_name'), FALSE)"
RETOLD: Final = f"r || jsonb_build_object('to_name', {THEIRS} -> 0)"


def about_another(project_id: int, texts: Texts) -> Use:
    """The regions that have to name another text."""
    if not texts:
        return Use()
    return use_of(project_id, IS_ABOUT_ANOTHER, {"texts": json.dumps(texts)})


def retell(project_id: int, texts: Texts) -> set[int]:
    """Regions of these controls that are about none of these texts are about the first. Returns the ids of the tasks
    that changed."""
    if not texts:
        return set()
    return replaced(project_id, IS_ABOUT_ANOTHER, RETOLD, {"texts": json.dumps(texts)})
