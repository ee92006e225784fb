"""What a completion of a file has beside its regions."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Beside:
    """copied_from: "prediction: 12" or "completion: 7", with the id that stands in the file. reviewed_by: a name."""

    copied_from: str = ""
    note: str = ""
    set_aside: list[dict[str, Any]] = field(default_factory=list)
    review: str = ""
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    review_comment: str = ""

    @property
    def digest_part(self) -> str:
        values = asdict(self) | {"reviewed_at": self.reviewed_at and self.reviewed_at.timestamp()}
        return json.dumps(values, sort_keys=True)

    @property
    def source(self) -> tuple[str, int] | None:
        """("prediction" or "completion", id)."""
        kind, _, number = self.copied_from.partition(": ")
        return (kind, int(number)) if number else None

    def written(self) -> dict[str, Any]:
        """Without `copied_from`, which each dialect spells its own way; only what is there."""
        when = self.reviewed_at and self.reviewed_at.isoformat()
        given = {
            "note": self.note,
            "set_aside": self.set_aside,
            "review": self.review,
            "reviewed_by": self.reviewed_by,
            "reviewed_at": when,
            "review_comment": self.review_comment,
        }
        return {key: value for key, value in given.items() if value}
