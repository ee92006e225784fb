"""What the user asked for: which tasks, which labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict

from preannotation.config_edit import Addition
from preannotation.models import NlpModel
from projects.access import Membership
from projects.models.task import TaskQuerySet

MAX_TICKED = 1_000


@dataclass(frozen=True)
class Scope:
    """The tasks that a popup is about. count is exact; `asked` more than count means that some are gone."""

    tasks: TaskQuerySet
    ids: tuple[int, ...]
    ticked: bool
    count: int

    @property
    def words(self) -> str:
        if not self.count:
            return "no task selected"
        tasks = "1 task" if self.count == 1 else f"{self.count} tasks"
        return f"{'selected' if self.ticked else 'this page'}: {tasks}"


def scope_of(data: QueryDict, membership: Membership) -> Scope:
    """Ticked tasks (`task`), or where nothing is ticked those of the page at hand (`page`)."""
    ticked = _ids(",".join(data.getlist("task")).split(","))
    ids = ticked or _ids(",".join(data.getlist("page")).split(","))
    tasks = membership.tasks.filter(pk__in=ids)
    return Scope(tasks=tasks, ids=ids, ticked=bool(ticked), count=tasks.count() if ids else 0)


def _ids(values: Iterable[str]) -> tuple[int, ...]:
    numbers = (int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19)
    return tuple(dict.fromkeys(numbers))[:MAX_TICKED]


def additions_of(values: Iterable[str], models: Iterable[NlpModel]) -> list[Addition]:
    """Ticked labels, each as `model id:label`, grouped by model in the registry's order; what the registry does not
    know is left out."""
    ticked = {value for value in values if ":" in value}
    additions = []
    for model in models:
        labels = tuple(label for label in model.labels if f"{model.pk}:{label}" in ticked)
        if labels:
            additions.append(Addition(model.name, model.kind, labels, model.multiple))
    return additions
