"""Which tasks of a list are meant: as an address has it, as the database asks it, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from projects.models.task import PreannotationState, TaskQuerySet


@dataclass(frozen=True)
class TaskFilter:
    """state: of pre-annotation, None for any."""

    state: str | None = None

    @classmethod
    def of(cls, data: Mapping[str, str]) -> TaskFilter:
        """From an address; what it can't mean is left out."""
        state = data.get("state")
        return cls(state if state in PreannotationState.values else None)

    @property
    def query(self) -> str:
        """The same filter as a canonical query string; "" where all tasks are meant."""
        return urlencode({"state": self.state}) if self.state is not None else ""

    @property
    def words(self) -> str:
        """What the filter says, for people; "" where all tasks are meant."""
        return PreannotationState(self.state).label.lower() if self.state is not None else ""

    def apply(self, tasks: TaskQuerySet) -> TaskQuerySet:
        return tasks.filter(preannotation_state=self.state) if self.state is not None else tasks
