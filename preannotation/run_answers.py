"""From the findings of a batch to the predictions that are stored and what the task list shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from preannotation.contract import Findings
from preannotation.mapping import Mapper, model_version
from preannotation.models import PreannotationRun
from preannotation.none_found import why_none
from projects.conflicts import conflict_count
from projects.models import Prediction, Task
from projects.models.task import PreannotationState
from projects.models.task_queries import Preannotated
from projects.results import confidences, mean_confidence


@dataclass
class Answered:
    """A mapped batch. under_threshold, unmapped: findings left out. refused: how many findings, by reason."""

    predictions: list[Prediction] = field(default_factory=list)
    outcomes: list[Preannotated] = field(default_factory=list)
    under_threshold: int = 0
    unmapped: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def about(self, task_ids: Collection[int]) -> Answered:
        """The same without the tasks that are gone."""
        return replace(
            self,
            predictions=[prediction for prediction in self.predictions if prediction.task_id in task_ids],
            outcomes=[outcome for outcome in self.outcomes if outcome.task_id in task_ids],
        )


def answers_of(run: PreannotationRun, tasks: Sequence[Task], answers: Sequence[Findings], mapper: Mapper) -> Answered:
    """answers: one for each task, in their order."""
    answered = Answered()
    version = model_version(mapper.versions)
    for task, findings in zip(tasks, answers, strict=True):
        if findings.failure:
            failed = Preannotated(task.pk, PreannotationState.FAILED, failure=findings.failure)
            answered.outcomes.append(failed)
            continue
        mapped = mapper.regions(findings, task.text)
        answered.under_threshold += mapped.under_threshold
        answered.unmapped += mapped.unmapped
        answered.refused.update(mapped.refused)
        regions = mapped.regions
        state = PreannotationState.FOUND if regions else PreannotationState.EMPTY
        why = "" if regions else why_none(task.text, mapped)
        lowest = min(confidences(regions), default=None)
        answered.outcomes.append(Preannotated(task.pk, state, len(regions), lowest, why, conflict_count(regions)))
        answered.predictions.append(
            Prediction(
                task_id=task.pk,
                text_hash=task.text_hash,
                source_key=run.source_key,
                model_version=version,
                result=regions,
                score=mean_confidence(regions),
                run_id=run.pk,
            )
        )
    return answered
