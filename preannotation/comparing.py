"""Whether what active learning trained is better than what there was: both models measured by a worker on the same
held-out tasks, and the better one deployed."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from preannotation import actions, engine_child, publishing
from preannotation.contract import EngineError, ModelSpec
from preannotation.learning_log import clause, say
from preannotation.learning_rules import LEAST_HELD_OUT, Verdict, held_out, too_few, verdict
from preannotation.models import ActiveLearning, Comparison, Deployment, NlpModel, Training
from preannotation.training.examples import Example, Look
from projects.beat import Beat
from projects.exchange import Cancelled
from projects.labeling_config import parse
from projects.models import Project
from projects.models.background import MOST_DEATHS

WORK: Final = "preannotation.spark.measure_work:work"
EXAMPLES_FILE: Final = "examples.jsonl"
DIED: Final = f"The worker died {MOST_DEATHS} times while it compared the models."

Answer = dict[str, Any]
See = Callable[[Training], Look]
Measure = Callable[[Comparison, Look, list[Example], Beat], Answer]

logger = logging.getLogger(__name__)


class NothingToCompare(Exception):
    """The models can't be compared; the message says why."""


def begin(training: Training) -> Comparison:
    """Queue the comparison of what this training made with the version before it."""
    assert training.nlp_model is not None
    with transaction.atomic():
        comparison = Comparison.objects.create(
            project=training.project,
            training=training,
            old=older(training.nlp_model, training.project),
            new=training.nlp_model,
            state=Comparison.State.QUEUED,
        )
        _enqueue(comparison.pk)
    return comparison


def older(new: NlpModel, project: Project) -> NlpModel | None:
    """What the project uses now: the version in its newest ready deployment, else the newest usable one before."""
    others = NlpModel.objects.filter(name=new.name, kind=new.kind, version__lt=new.version)
    ready = Deployment.objects.ready_in(project)
    deployed = others.filter(deployments=ready).first() if ready else None
    return deployed or others.usable_in(project).order_by("-version").first()


def compare(pk: int, see: See, measure: Measure | None = None) -> None:
    """Measure a queued comparison's models, decide, and do what was decided. see: what a training would see now."""
    comparison = Comparison.objects.select_related("project", "training", "old", "new").claim(pk)
    if comparison is None:
        return
    with Beat(comparison, f"comparison {pk}") as beat:
        try:
            look = see(comparison.training)
            tasks = _held_out(comparison, look)
            answer = (measure or _measured)(comparison, look, tasks, beat)
            beat.go_on()
        except Cancelled:
            Comparison.objects.held(comparison).end(Comparison.State.CANCELLED)
        except (NothingToCompare, EngineError) as error:
            _failed(comparison, str(error))
        except Exception as error:
            error_id = secrets.token_hex(4)
            logger.exception("error %s in comparison %d", error_id, pk)
            _failed(comparison, f"{type(error).__name__}, error {error_id} in the log", error_id)
        else:
            _decide(comparison, answer, [example.task_id for example in tasks])


def cancel_all(project: Project) -> None:
    """End what is compared in this project."""
    asked = Comparison.objects.under_way().filter(project=project)
    asked.filter(cancel_asked_at=None).update(cancel_asked_at=timezone.now())
    asked.free().end(Comparison.State.CANCELLED)


def revive() -> int:
    """As for exports. Returns how many were queued again."""
    revived = 0
    for pk in Comparison.objects.abandoned().values_list("pk", flat=True):
        with transaction.atomic():
            if not Comparison.objects.filter(pk=pk).put_back():
                continue
            revived += 1
            row = Comparison.objects.select_related("training").get(pk=pk)
            if row.attempts < MOST_DEATHS:
                _enqueue(pk)
            elif Comparison.objects.under_way().filter(pk=pk).end(Comparison.State.FAILED, failure=DIED):
                _tell(row, _not_compared(row, DIED))
    return revived


def _held_out(comparison: Comparison, look: Look) -> list[Example]:
    """Raises NothingToCompare."""
    if comparison.new is None:
        raise NothingToCompare("the new model was deleted")
    taught = _saw(comparison.old, "train") if comparison.old else []
    tasks = held_out(look.test, _saw(comparison.new, "test"), taught)
    if len(tasks) < LEAST_HELD_OUT:
        raise NothingToCompare(too_few(len(tasks)))
    return tasks


def _saw(model: NlpModel, part: str) -> list[int]:
    """The tasks of one part, "train" or "test", that a model trained here saw; none of one from elsewhere."""
    training = model.trainings.order_by("-pk").first()
    tasks: list[int] = training.data.get(part, []) if training else []
    return tasks


def _measured(comparison: Comparison, look: Look, tasks: list[Example], beat: Beat) -> Answer:
    """Reports of `metrics` by "new" and "old". Raises EngineError, Cancelled."""
    models = {name: model for name, model in (("new", comparison.new), ("old", comparison.old)) if model}
    values = {
        "models": {name: _plain(model.spec(model.provider())) for name, model in models.items()},
        "labels": sorted({name for example in (*look.train, *look.test) for name in example.names}),
        "multiple": comparison.new.multiple,
    }
    with engine_child.folder_for(f"comparison-{comparison.pk}") as folder:
        _write(folder / EXAMPLES_FILE, tasks)
        return engine_child.run(folder, WORK, values, heard=lambda said: None, go_on=beat.go_on)


def _plain(spec: ModelSpec) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(spec).items()}


def _write(path: Path, tasks: Sequence[Example]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for example in tasks:
            line = {"text": example.text, "spans": example.spans, "classes": example.classes}
            file.write(json.dumps(line) + "\n")


@transaction.atomic
def _decide(comparison: Comparison, answer: Answer, tasks: list[int]) -> None:
    """Deploy the new model where it is better, hold it back where it is not; all of it or nothing."""
    # Before the project's row, as a look does: the other way round, the two would wait for each other.
    rule = ActiveLearning.objects.select_for_update().filter(pk=comparison.project_id).first()
    if not rule or not rule.is_on:
        Comparison.objects.held(comparison).end(Comparison.State.CANCELLED)
        return
    found = verdict(answer.get("old"), answer["new"], rule.margin, len(tasks))
    deployment, words = _deployed(comparison, found) if found.is_better else (None, _held_back(comparison, found))
    figures = {"old": answer.get("old"), "new": answer["new"]}
    values = {"figures": figures, "tasks": tasks, "deployment": deployment, "said": words[:500]}
    if not Comparison.objects.held(comparison).end(Comparison.State.DONE, **values):
        # Another worker took over: what was done here must not stand.
        transaction.set_rollback(True)
        return
    say(rule, words)


def _deployed(comparison: Comparison, found: Verdict) -> tuple[Deployment | None, str]:
    new, project = comparison.new, Project.objects.get(pk=comparison.project_id)
    better = f"model {new} is better: {found.words}"
    config = parse(project.labeling_config).config
    if config is None or new.name not in config.model_names:
        return None, f"{better}. The Labeling Config doesn't name {new.name}: choose it on the setup page, then deploy"
    newest = NlpModel.objects.usable_in(project).filter(name=new.name).newest().first()
    if newest != new:
        return None, f"{better}. It was not deployed: a deployment would take {newest or 'no version'} instead"
    try:
        deployment = actions.deploy(project, None)
    except actions.Refused as refusal:
        return None, f"{better}. It could not be deployed: {clause(str(refusal))}"
    return deployment, f"{better}. Deploys it ({deployment})"


def _held_back(comparison: Comparison, found: Verdict) -> str:
    """The next deployment takes the newest version, whoever asks for it: what is not better must not be that."""
    new = comparison.new
    words = f"model {new} is not better: {found.words}"
    if Deployment.objects.alive().filter(nlp_models=new).exists():
        return f"{words}. Somebody deployed it meanwhile, so it stays"
    publishing.retire([new], None)
    return f"{words}. It was retired, {comparison.old or 'nothing'} goes on"


@transaction.atomic
def _failed(comparison: Comparison, why: str, error_id: str = "") -> None:
    if Comparison.objects.held(comparison).end(Comparison.State.FAILED, failure=why[:1000], error_id=error_id):
        _tell(comparison, _not_compared(comparison, why))


def _not_compared(comparison: Comparison, why: str) -> str:
    which = f"model {comparison.new}" if comparison.new else "the new model"
    stays = "It stays in the registry; a deployment by hand would take it" if comparison.new else ""
    return f"{which} was not compared, so it was not deployed: {clause(why)}. {stays}"


def _tell(comparison: Comparison, words: str) -> None:
    rule = ActiveLearning.objects.select_for_update().filter(pk=comparison.project_id).first()
    if rule:
        say(rule, words)


def _enqueue(pk: int) -> None:
    # Not for the training workers: there it would wait for hours behind other people's trainings.
    async_task("preannotation.learning_jobs.compare", pk, save=False)
