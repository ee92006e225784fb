"""What people ask of evaluations: start one, cancel it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from preannotation.contract import EMBEDDINGS
from preannotation.evaluating.data import chosen_tasks, test_tasks
from preannotation.evaluating.reading import Reading
from preannotation.models import Deployment, Evaluation, NlpModel
from preannotation.models.registry import NlpModelQuerySet
from projects.labeling_config import LabelingConfig, parse
from projects.models import Activity, Project
from projects.models.background import MOST_DEATHS
from projects.models.project import ConfigRefused

MOST_MODELS: Final = 5
DIED: Final = f"The worker died {MOST_DEATHS} times while it worked on this evaluation, perhaps for want of memory."
NO_TASKS: Final = (
    "No task has the tag Test and the status Reviewed. Tag tasks as Test, have them reviewed, then evaluate."
)


class EvaluationRefused(Exception):
    """An evaluation was not started. problems: every reason, a sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


def usable_models(project: Project) -> NlpModelQuerySet:
    """What may be evaluated in this project, newest versions first within each name."""
    return NlpModel.objects.usable_in(project).exclude(kind=EMBEDDINGS).order_by("name", "-version")


def deployed_models(project: Project) -> list[NlpModel]:
    """Those of the project's last deployment."""
    deployment = Deployment.objects.last_of(project)
    return list(deployment.nlp_models.order_by("name")) if deployment else []


def reading_of(project: Project, config: LabelingConfig, model: NlpModel) -> Reading | None:
    """As the config names the model, else as the config of its last deployment here did: whoever puts a new model in
    its place wants to know the old one's figures. None where the config has none of its labels."""
    facts = model.name, model.version, model.kind, model.labels
    reading = Reading.of(config, *facts)
    if reading and reading.named:
        return reading
    deployment = Deployment.objects.filter(project=project, nlp_models=model).order_by("-pk").first()
    before = parse(deployment.config).config if deployment else None
    deployed = Reading.of(before, *facts) if before else None
    if deployed and all(config.label(ask.control, ask.label) for ask in deployed.asks):
        return deployed
    return reading


def start(project: Project, models: Sequence[NlpModel], by: AbstractUser | None) -> Evaluation:
    """Queue an evaluation of these models. Raises EvaluationRefused."""
    problems = list(_problems(project, models))
    if problems:
        raise EvaluationRefused(problems)
    tasks = chosen_tasks(project)
    evaluation = Evaluation(
        project=project,
        created_by=by,
        about=_about(models, len(tasks), test_tasks(project).count())[:300],
        tasks=tasks,
        state=Evaluation.State.QUEUED,
    )
    with transaction.atomic():
        # Two clicks at once: the second waits here, and sees the first one's evaluation.
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        refuse_second(project)
        evaluation.save(force_insert=True)
        evaluation.nlp_models.set(models)
        record(evaluation, by, f"started evaluation {evaluation.pk}: {evaluation.about}")
        enqueue(evaluation.pk)
    return evaluation


def refuse_second(project: Project) -> None:
    """Raises EvaluationRefused where the project has one under way."""
    under_way = Evaluation.objects.under_way().filter(project=project).values_list("pk", flat=True).first()
    if under_way:
        raise EvaluationRefused([f"Evaluation {under_way} is under way. Wait for it or cancel it, then start another."])


def cancel(evaluation: Evaluation, by: AbstractUser | None) -> None:
    asked = Evaluation.objects.under_way().filter(pk=evaluation.pk)
    with transaction.atomic():
        if asked.filter(cancel_asked_at=None).update(cancel_asked_at=timezone.now()):
            words = f"cancelled evaluation {evaluation.pk}"
            Activity.objects.record(evaluation.project_id, by, Activity.Verb.CANCELLED, words)
    asked.free().end(Evaluation.State.CANCELLED)


def revive() -> int:
    """Queue again what no living worker holds; what killed its workers fails. Returns how many were queued again."""
    revived = 0
    for pk in Evaluation.objects.abandoned().values_list("pk", flat=True):
        with transaction.atomic():
            if not Evaluation.objects.filter(pk=pk).put_back():
                continue
            revived += 1
            row = Evaluation.objects.under_way().filter(pk=pk)
            if row.filter(cancel_asked_at__isnull=False).end(Evaluation.State.CANCELLED):
                continue
            if not row.filter(attempts__gte=MOST_DEATHS).end(Evaluation.State.FAILED, failure=DIED):
                enqueue(pk)
    return revived


def enqueue(pk: int) -> None:
    async_task("preannotation.evaluating.job.run", pk, save=False)


def record(evaluation: Evaluation, by: AbstractUser | None, words: str) -> None:
    Activity.objects.record(evaluation.project_id, by, Activity.Verb.MODELS, words)


def _problems(project: Project, models: Sequence[NlpModel]) -> Iterator[str]:
    if not models:
        yield "No model was chosen. Tick at least one."
    if len(models) > MOST_MODELS:
        yield f"{len(models)} models are too many at once. Choose up to {MOST_MODELS}."
        return
    try:
        config = project.parsed_config()
    except ConfigRefused:
        yield "The Labeling Config can't be read any more. Mend it on the setup page, then evaluate."
        return
    usable = set(usable_models(project).filter(pk__in=[model.pk for model in models]).values_list("pk", flat=True))
    for model in models:
        if model.pk not in usable:
            yield f"{model} can't be used here: it is retired, broken, or belongs to another project. Leave it out."
        elif model.storage_ref and not model.provider():
            yield f"{model} needs the embeddings {model.storage_ref}, which are not in the registry. Add them first."
        elif reading_of(project, config, model) is None:
            yield (
                f"The project has none of the labels that {model} predicts. Name the model in the Labeling Config, "
                "or give labels the same names."
            )
    if not test_tasks(project).exists():
        yield NO_TASKS


def _about(models: Sequence[NlpModel], count: int, total: int) -> str:
    names = ", ".join(map(str, models))
    only = f"the first {count:,} of {total:,}" if count < total else f"{count:,}"
    return f"{names} on {only} reviewed task{'' if total == 1 else 's'} tagged Test"
