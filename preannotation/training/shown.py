"""A training as pages show it: figures and sentences made ready, so that templates only place them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Final

from django.utils import timezone

from preannotation.metrics import OUTSIDE
from preannotation.models import NlpModel, Training
from preannotation.training.chart import Chart, chart
from preannotation.training.parameters import RANGES, effective
from projects.templatetags.dates import spent

NO_LABEL: Final = "no label"
FOLLOWED_UP: Final = timedelta(minutes=1)
LIVE_SECONDS: Final = 2
LATE_SECONDS: Final = 30


@dataclass(frozen=True)
class LabelFigures:
    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Quality:
    """What a version is worth on examples that it has not seen. matrix: (what people said, counts by what the model
    said), columns in the order of `names`."""

    measure: str
    overall: float | None
    labels: tuple[LabelFigures, ...]
    names: tuple[str, ...]
    matrix: tuple[tuple[str, tuple[int, ...]], ...]
    examples: int
    data: str

    @classmethod
    def of(cls, model: NlpModel | None) -> Quality | None:
        report = model.quality if model else {}
        if "labels" not in report:
            return None
        measure = "F1" if report.get("f1") is not None and report.get("kind") == "spans" else "Accuracy"
        confusion = report.get("confusion") or {"labels": [], "rows": []}
        figures = tuple(
            LabelFigures(name, row["precision"], row["recall"], row["f1"], row["support"])
            for name, row in sorted(report["labels"].items())
        )
        names = tuple(NO_LABEL if name == OUTSIDE else name for name in confusion["labels"])
        rows = tuple(zip(names, map(tuple, confusion["rows"]), strict=False))
        overall = report.get("f1") if measure == "F1" else report.get("accuracy")
        return cls(measure, overall, figures, names, rows, report.get("examples", 0), report.get("data", ""))


@dataclass(frozen=True)
class TrainingView:
    training: Training

    @cached_property
    def quality(self) -> Quality | None:
        return Quality.of(self.training.nlp_model)

    @cached_property
    def before(self) -> NlpModel | None:
        """The version before the one that came of it."""
        model = self.training.nlp_model
        older = NlpModel.objects.filter(name=model.name, version__lt=model.version) if model else None
        return older.order_by("-version").first() if older is not None else None

    @cached_property
    def compared(self) -> list[tuple[str, float | None, float | None]]:
        """(label, F1 of the version before, F1 now), where there is an older version that was measured."""
        old, new = Quality.of(self.before), self.quality
        if not old or not new:
            return []
        was, now = ({row.label: row.f1 for row in side.labels} for side in (old, new))
        return [(label, was.get(label), now.get(label)) for label in sorted(was.keys() | now.keys())]

    @cached_property
    def chart(self) -> Chart | None:
        return chart(self.training.history, self.total)

    @property
    def awaited(self) -> str:
        """What was to follow and has not been told of yet, for people; "" for nothing."""
        one = self.training
        if one.state != Training.State.DONE or one.remark:
            return ""
        asked = {"put into the Labeling Config": one.use_in_config, "deployed": one.deploy_after}
        return " and ".join(what for what, wanted in asked.items() if wanted)

    @property
    def is_late(self) -> bool:
        """Whether what was to follow should have been told of by now: its worker may be dead."""
        finished = self.training.finished_at
        return bool(self.awaited and finished and finished < timezone.now() - FOLLOWED_UP)

    @property
    def every(self) -> int:
        """Seconds after which the page asks again; 0 for never."""
        if self.is_late:
            return LATE_SECONDS
        return LIVE_SECONDS if self.training.is_under_way or self.awaited else 0

    @property
    def total(self) -> int:
        """Epochs that there will be, known before the first one, so that the bar is there from the beginning."""
        one = self.training
        planned = effective(one.engine, one.parameters, one.look.get("train", 0)).get("epochs", 0)
        return int(one.history[-1].get("of") or planned) if one.history else planned

    @property
    def done(self) -> int:
        return len(self.training.history)

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0

    @property
    def left(self) -> str:
        """How long the epochs that are left will take; "" where that can't be said yet."""
        rest = self.total - self.done
        if not self.training.is_under_way or not self.done or rest <= 0:
            return ""
        seconds = sum(row.get("seconds") or 0 for row in self.training.history) / self.done
        return str(spent(rest * seconds))

    @property
    def took(self) -> str:
        return str(spent(self.training.seconds)) if self.training.finished_at and self.training.started_at else ""

    @property
    def started_by(self) -> str:
        who = str(self.training.created_by or "nobody here")
        return f"active learning, for {who}" if self.training.is_automatic else who

    @property
    def embeddings(self) -> str:
        if self.training.own_embeddings:
            return "new word vectors, trained on the project's texts"
        return str(self.training.embeddings) if self.training.embeddings else "none needed"

    @property
    def ahead(self) -> str:
        """How many trainings of this server come before it."""
        if self.training.state != Training.State.QUEUED:
            return ""
        waiting = list(Training.objects.queued().values_list("pk", flat=True))
        before = waiting.index(self.training.pk) if self.training.pk in waiting else 0
        before += Training.objects.filter(state=Training.State.RUNNING).count()
        return f"{before} training{'' if before == 1 else 's'} before it" if before else ""

    @property
    def parameters(self) -> list[tuple[str, Any]]:
        ranges = RANGES.get(self.training.engine, {})
        return [(ranges[name].called, value) for name, value in self.training.parameters.items() if name in ranges]
