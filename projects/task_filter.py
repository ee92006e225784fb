"""Which tasks of a list are meant: as an address has it, as the database asks it, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef

from projects import waiting
from projects.models import Assignment, ImportReport, TaskMarks, Verdict
from projects.models.completion import ReviewState
from projects.models.task import PreannotationState, TaskStatus
from projects.models.task_queries import TaskQuerySet
from projects.task_search import LONGEST, Search, mark, parse, with_marks

# No user name may hold this sign.
NOBODY = "!"
NEVER = "!"
MAX_DIGITS = 18
LONGEST_VALUE = 500
# Orders whose value no task with a confidence lacks.
OF_CONFIDENCE = ("regions", "lowest", "doubt")
REVIEWS = [
    ("waiting", "Waiting for review"),
    (ReviewState.ACCEPTED.value, "Accepted"),
    (ReviewState.REJECTED.value, "Rejected"),
    (ReviewState.CORRECTED.value, "Corrected by the reviewer"),
]


@dataclass(frozen=True)
class TaskFilter:
    """Each field is None where it leaves open what it is about, and is called in the address as it is here.

    state: of pre-annotation, NEVER for none so far. status: of work. person: a user name, or NOBODY. label, version:
    of completions and shown predictions. most, least: bounds of the lowest confidence, 0..1. conflicts: "with", where
    models disagree. predictions: "with" or "without". by: name of somebody who submitted a completion. todo: name of
    somebody for whom the task waits. verdict: on a region that a model proposed or missed. review: one of REVIEWS, of
    a submitted completion. report: id of an import. q: what was typed into the search box.
    """

    state: str | None = None
    status: str | None = None
    tag: str | None = None
    person: str | None = None
    label: str | None = None
    version: str | None = None
    most: float | None = None
    least: float | None = None
    conflicts: str | None = None
    predictions: str | None = None
    by: str | None = None
    todo: str | None = None
    verdict: str | None = None
    review: str | None = None
    report: int | None = None
    q: str | None = None

    @classmethod
    def of(cls, data: Mapping[str, str]) -> TaskFilter:
        """From an address; what it can't mean is left out."""
        given = {field.name: data.get(field.name, "").replace("\0", "").strip() for field in fields(cls)}
        states = {NEVER, *PreannotationState.values}
        return cls(
            state=_one_of(given["state"], states),
            status=_one_of(given["status"], TaskStatus.values),
            tag=given["tag"][:LONGEST_VALUE] or None,
            person=given["person"][:LONGEST_VALUE] or None,
            label=given["label"][:LONGEST_VALUE] or None,
            version=given["version"][:LONGEST_VALUE] or None,
            most=_confidence(given["most"]),
            least=_confidence(given["least"]),
            conflicts=_one_of(given["conflicts"], {"with"}),
            predictions=_one_of(given["predictions"], {"with", "without"}),
            by=given["by"][:LONGEST_VALUE] or None,
            todo=given["todo"][:LONGEST_VALUE] or None,
            verdict=_one_of(given["verdict"], Verdict.Kind.values),
            review=_one_of(given["review"], dict(REVIEWS)),
            report=_number(given["report"]),
            q=given["q"][:LONGEST] or None,
        )

    @cached_property
    def search(self) -> Search:
        return parse(self.q or "")

    @property
    def given(self) -> dict[str, str]:
        """What narrows the list, as the address has it."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) for name, value in values.items() if value is not None}

    @property
    def query(self) -> str:
        """The same filter as a canonical query string; "" where all tasks are meant."""
        return urlencode(self.given)

    @property
    def words(self) -> str:
        """What the filter says, for people; "" where all tasks are meant."""
        return ", ".join(words for _, words in self.parts)

    @property
    def parts(self) -> list[tuple[str, str]]:
        """(field, what it says for people) for each field that narrows the list."""
        return [(name, self._words_of(name)) for name in self.given]

    def without(self, name: str) -> str:
        """The query string of this filter without one of its fields."""
        return urlencode({key: value for key, value in self.given.items() if key != name})

    @property
    def without_todo(self) -> TaskFilter:
        return replace(self, todo=None)

    def waiting_for(self, tasks: TaskQuerySet) -> int | None:
        """Id of the person whose tasks are asked for; None where nobody is meant, or who asks may not know."""
        user = _user_pk(self.todo) if self.todo else None
        # What somebody else has to do says what they have decided.
        return user if user is not None and tasks.told_to in (None, user) else None

    def apply(self, tasks: TaskQuerySet) -> TaskQuerySet:
        if self.state is not None:
            tasks = tasks.filter(preannotation_state="" if self.state == NEVER else self.state)
        if self.status is not None:
            tasks = tasks.filter(status=self.status)
        if self.tag is not None:
            # The first half is what the partial index asks for.
            tasks = tasks.exclude(tags=[]).filter(tags__contains=[self.tag]).having_value_in("tags")
        if self.most is not None:
            tasks = tasks.filter(lowest_confidence__lte=self.most).having_value_in(*OF_CONFIDENCE)
        if self.least is not None:
            tasks = tasks.filter(lowest_confidence__gte=self.least).having_value_in(*OF_CONFIDENCE)
        if self.conflicts is not None:
            tasks = tasks.filter(conflict_count__gt=0)
        return self.search.apply(self._by_results(self._by_report(self._by_todo(self._by_person(tasks)))))

    def _by_person(self, tasks: TaskQuerySet) -> TaskQuerySet:
        if self.person is None:
            return tasks
        if self.person == NOBODY:
            assigned = tasks.bounding(Assignment.objects.filter(task=OuterRef("pk")))
            return tasks.none() if tasks.all_assigned else tasks.filter(~Exists(assigned))
        # Asked before, because the planner knows how many tasks a user has, but not whom a name means.
        user = _user_pk(self.person)
        assigned = tasks.bounding(Assignment.objects.filter(user=user))
        return tasks.filter(pk__in=assigned.values("task")) if user else tasks.none()

    def _by_todo(self, tasks: TaskQuerySet) -> TaskQuerySet:
        if self.todo is None:
            return tasks
        user = self.waiting_for(tasks)
        return tasks.none() if user is None else waiting.for_person(tasks, user)

    def _by_report(self, tasks: TaskQuerySet) -> TaskQuerySet:
        if self.report is None:
            return tasks
        span = ImportReport.objects.filter(pk=self.report).values_list("project", "first_task", "last_task").first()
        if not span or span[1] is None:
            return tasks.none()
        return tasks.filter(project=span[0], pk__gte=span[1], pk__lte=span[2])

    def _by_results(self, tasks: TaskQuerySet) -> TaskQuerySet:
        marks = [mark("l", self.label)] if self.label is not None else []
        if self.version is not None:
            marks.append(f"v:{self.version}")
        if self.predictions == "with":
            marks.append("p")
        marks += [
            f"{kind}:{value}" for kind, value in (("u", self.by), ("x", self.verdict), ("w", self.review)) if value
        ]
        if self.predictions == "without":
            predicted = TaskMarks.objects.filter(task=OuterRef("pk"), marks__contains=["p"])
            tasks = tasks.filter(~Exists(tasks.bounding(predicted)))
        return with_marks(tasks, marks)

    def _words_of(self, name: str) -> str:
        value = getattr(self, name)
        if name == "state":
            return (
                "not preannotated" if value == NEVER else f"pre-annotation: {PreannotationState(value).label.lower()}"
            )
        if name == "status":
            return TaskStatus(value).label
        if name == "verdict":
            return f"verdict: {Verdict.Kind(value).label.lower()}"
        if name == "review":
            return dict(REVIEWS)[value].lower()
        if name == "person":
            return "assigned to nobody" if value == NOBODY else f"assigned to {value}"
        said = {
            "tag": "tag {}",
            "label": "label {}",
            "version": "predicted by {}",
            "most": "lowest confidence at most {}",
            "least": "lowest confidence at least {}",
            "conflicts": "{} conflicts between models",
            "predictions": "{} predictions",
            "by": "submitted by {}",
            "todo": "to do for {}",
            "report": "from import {}",
            "q": "search: {}",
        }
        return said[name].format(value)


def _user_pk(name: str) -> int | None:
    return get_user_model().objects.filter(username=name).values_list("pk", flat=True).first()


def _one_of(value: str, allowed: object) -> str | None:
    return value if value and value in allowed else None  # type: ignore[operator]


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS else None


def _confidence(value: str) -> float | None:
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None
