"""The tasks of a run that ended without regions, by reason, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import CharField, Count, F, Func, Value

from preannotation.models import PreannotationRun, RunTask

PAGE_SIZE = 50
MOST_REASONS = 20
TOLD = (RunTask.State.FAILED, RunTask.State.EMPTY)


class Reason(Func):
    """What a reason says but for its numbers, which differ from text to text."""

    function = "regexp_replace"
    output_field = CharField()

    def __init__(self, field: str) -> None:
        super().__init__(F(field), Value("[0-9]+([.,][0-9]+)*"), Value("…"), Value("g"))


@dataclass(frozen=True)
class ReasonCount:
    state: str
    label: str
    reason: str
    count: int

    @property
    def query(self) -> str:
        return urlencode({"state": self.state, "reason": self.reason})


@dataclass(frozen=True)
class RunTaskPage:
    """reasons: the most frequent ones of the run. rows: of the state and reason asked for, or all failed ones."""

    reasons: tuple[ReasonCount, ...]
    rows: tuple[RunTask, ...]
    state: str
    reason: str
    next_query: str

    @classmethod
    def of(cls, run: PreannotationRun, data: Mapping[str, str]) -> RunTaskPage:
        told = run.run_tasks.filter(state__in=TOLD).annotate(reason=Reason("failure"))
        counted = told.values("state", "reason").annotate(count=Count("pk")).order_by("-count", "state", "reason")
        reasons = tuple(
            ReasonCount(row["state"], RunTask.State(row["state"]).label, row["reason"], row["count"])
            for row in counted[:MOST_REASONS]
        )
        state = data.get("state") if data.get("state") in TOLD else RunTask.State.FAILED.value
        reason, after = data.get("reason", ""), data.get("after", "")
        rows = told.filter(state=state, **({"reason": reason} if reason else {})).select_related("task")
        if after.isascii() and after.isdigit() and len(after) < 19:
            rows = rows.filter(task_id__gt=int(after))
        page = list(rows.defer("task__text", "task__data", "task__extra").order_by("task_id")[: PAGE_SIZE + 1])
        asked = {"state": state} | ({"reason": reason} if reason else {})
        following = urlencode(asked | {"after": page[PAGE_SIZE - 1].task_id}) if len(page) > PAGE_SIZE else ""
        return cls(reasons, tuple(page[:PAGE_SIZE]), state, reason, following)
