"""What people ask for around training: check, row and job in one transaction. The work happens in a worker."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from preannotation.contract import ASSERTION, CLASSIFICATION, EMBEDDINGS
from preannotation.models import Training
from preannotation.naming import kind_problem, name_problem, vectors_name
from preannotation.queues import TRAINING
from preannotation.training import data, parameters
from preannotation.training.examples import Look
from projects.models import Activity, Project
from projects.models.background import MOST_DEATHS

LEAST_TASKS: Final = 10
"""Tasks to train on, below which nothing is learned that is worth a version."""
JOB: Final = "preannotation.training.job.train_next"
DIED: Final = (
    f"The worker died {MOST_DEATHS} times in this training, perhaps for want of memory. Train on smaller embeddings or "
    "with a smaller batch, or raise ANNOTATIONLAB_SPARK_MEMORY."
)


class TrainingRefused(Exception):
    """A training can't begin. problems: every reason, as sentences."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def problems(training: Training) -> list[str]:
    """What stands in the way of an unsaved training, its data left aside."""
    taken = _name_problem(training)
    found = [*([taken] if taken else []), *parameters.problems(training.engine, training.parameters)]
    if not 0 <= training.test_share < 1:
        found.append(f"The test share must be from 0 to 95 percent, not {training.test_share * 100:g}.")
    if training.kind == ASSERTION:
        return found
    embeddings = training.embeddings
    if training.own_embeddings:
        dimension: int | None = parameters.DIMENSIONS[0]
    elif embeddings is None or embeddings.kind != EMBEDDINGS or not embeddings.is_usable:
        return [*found, "Choose the embeddings that the model is to be trained on."]
    else:
        dimension = embeddings.dimension
    if graph := parameters.graph_problem(training.engine, dimension, len(training.labels)):
        found.append(graph)
    return found


def _name_problem(training: Training) -> str:
    """Why what comes of it can't have its name, "" where it can."""
    names = {training.name: training.kind}
    if training.own_embeddings:
        names[vectors_name(training.name)] = EMBEDDINGS
    wrong = (name_problem(name, training.project) or kind_problem(name, kind) for name, kind in names.items())
    return next(filter(None, wrong), "")


def data_problems(training: Training, found: Look, is_all: bool = True) -> list[str]:
    """What stands in the way, seen from the examples. Of a part of them nothing can be said."""
    if not is_all:
        return []
    if len(found.train) < LEAST_TASKS:
        count = len(found.train)
        return [
            f"{count} task{'' if count == 1 else 's'} to train on {'is' if count == 1 else 'are'} too few; at least "
            f"{LEAST_TASKS} are needed. Submit more completions, or choose another split."
        ]
    names = {name for example in found.train for name in example.names}
    if not names:
        return ["No task to train on has a region with one of these labels. Label some, then train."]
    if training.kind in (CLASSIFICATION, ASSERTION) and len(names) < 2:
        return [f'Everything to train on is "{min(names)}". At least two different answers are needed to learn from.']
    return []


def start(training: Training, by: AbstractUser | None) -> Training:
    """Queue an unsaved training; of an automatic one, whoever starts it writes the line in the log. A second click
    while the same model is queued or trained in this project gets that training. Raises TrainingRefused."""
    if wrong := problems(training):
        raise TrainingRefused(*wrong)
    found, is_all = data.look_at(training, data.MOST_LOOKED_AT)
    if wrong := data_problems(training, found, is_all):
        raise TrainingRefused(*wrong)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=training.project_id)
        mine = Training.objects.filter(project=training.project_id, name=training.name)
        if same := mine.under_way().first():
            return same
        training.created_by = by
        training.state = Training.State.QUEUED
        training.look = summary(found, is_all)
        training.save(force_insert=True)
        if not training.is_automatic:
            Activity.objects.record(training.project_id, by, Activity.Verb.MODELS, f"asked for {training.words}")
        enqueue()
    return training


def cancel(training: Training, by: AbstractUser | None) -> None:
    """End a training: at once where nobody has begun it, else its worker kills the engine within seconds."""
    asked = Training.objects.under_way().filter(pk=training.pk)
    with transaction.atomic():
        if asked.filter(cancel_asked_at=None).update(cancel_asked_at=timezone.now()):
            Activity.objects.record(training.project_id, by, Activity.Verb.CANCELLED, f"cancelled {training}")
    asked.free().end(Training.State.CANCELLED)


def revive() -> int:
    """Queue again what a dead worker left. Returns how many."""
    revived = 0
    for pk in Training.objects.abandoned().values_list("pk", flat=True):
        with transaction.atomic():
            if not Training.objects.filter(pk=pk).put_back():
                continue
            revived += 1
            mine = Training.objects.under_way().filter(pk=pk)
            if mine.exclude(cancel_asked_at=None).end(Training.State.CANCELLED):
                continue
            if not mine.filter(attempts__gte=MOST_DEATHS).end(Training.State.FAILED, failure=DIED):
                enqueue()
    return revived


def enqueue() -> None:
    """One job for each training that waits; which one it takes is decided when it begins."""
    async_task(JOB, cluster=TRAINING, save=False)


def summary(found: Look, is_all: bool = True) -> dict[str, object]:
    """What a look says, as JSON for the row and for pages."""
    return {
        "train": len(found.train),
        "test": len(found.test),
        "labels": [[name, train, test] for name, (train, test) in found.counts().items()],
        "scarce": found.scarce(),
        "left_out": [[why, count] for why, count in found.left_out.most_common()],
        "overlaps": found.overlaps,
        "is_all": is_all,
    }
