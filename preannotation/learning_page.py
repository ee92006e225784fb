"""What the page says of a project's active learning: how it is set, what happened last, what comes next."""

from __future__ import annotations

from dataclasses import dataclass

from preannotation.active_learning import submitted
from preannotation.learning_form import ActiveLearningForm
from preannotation.learning_rules import Count, score, score_name
from preannotation.models import ActiveLearning, Comparison, Training
from projects.digests import digest
from projects.models import Project

COMPARISONS_SHOWN = 10
MARK_LENGTH = 12


@dataclass(frozen=True)
class ComparisonLine:
    """One comparison as a row of the table. before, after: scores, None where there is none."""

    row: Comparison
    before: float | None
    after: float | None
    measure: str

    @classmethod
    def of(cls, row: Comparison) -> ComparisonLine:
        old, new = row.figures.get("old"), row.figures.get("new")
        measure = score_name(new) if new else ""
        return cls(row, score(old) if old else None, score(new) if new else None, measure)


@dataclass(frozen=True)
class LearningView:
    """form: with what was sent where that was refused. next: what comes next, in words. is_moving: something is under
    way, so the page asks often."""

    rule: ActiveLearning
    form: ActiveLearningForm
    comparisons: list[ComparisonLine]
    next: str
    is_moving: bool

    @property
    def mark(self) -> str:
        """Of what is shown: another one where any of it has changed."""
        states = [(line.row.pk, line.row.state) for line in self.comparisons]
        return digest(repr((self.rule.is_on, self.rule.said, self.next, states))).hex[:MARK_LENGTH]

    @classmethod
    def of(cls, project: Project, form: ActiveLearningForm | None = None) -> LearningView:
        rule = stored(project)
        training = Training.objects.under_way().filter(project=project).order_by("pk").first() if rule.is_on else None
        comparisons = list(Comparison.objects.of(project)[:COMPARISONS_SHOWN])
        return cls(
            rule=rule,
            form=form or ActiveLearningForm(instance=rule, prefix="learning"),
            comparisons=[ComparisonLine.of(row) for row in comparisons],
            next=_next(rule, training, comparisons),
            is_moving=bool(training or (comparisons and comparisons[0].is_under_way)),
        )


def stored(project: Project) -> ActiveLearning:
    """The project's rule, or an unsaved one with the defaults."""
    kept = ActiveLearning.objects.select_related("template", "embeddings", "last").filter(project=project).first()
    return kept or ActiveLearning(project=project)


def _next(rule: ActiveLearning, training: Training | None, comparisons: list[Comparison]) -> str:
    if not rule.is_on:
        return "It is off: nothing is trained by itself."
    if training and training.pk == rule.last_id:
        return f"Training {training.pk} is under way; then both models are measured on the held-out tasks."
    if training:
        return f"Training {training.pk} is under way; it waits until that has ended."
    if comparisons and comparisons[0].is_under_way:
        return f"{comparisons[0].new} is being compared with {comparisons[0].old or 'nothing older'}."
    if rule.last_id:
        return "The models are about to be compared."
    count = Count(submitted(rule.project_id), rule.counted, rule.every)
    if count.is_due:
        return "A training is due and starts within seconds."
    so_far = f"({count.new:,} of {rule.every:,} so far)"
    return f"The next training starts after {count.missing:,} more submitted completions {so_far}."
