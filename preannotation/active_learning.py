"""Active learning: looks after each project that has it switched on, again and again, from the workers' watcher.

One look does one step and never waits: start the training that is due, or have the models compared once that is
through. A project's row is locked while it is looked after, so two watchers never start two trainings.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from preannotation import comparing
from preannotation.learning_log import clause, say
from preannotation.learning_rules import Count
from preannotation.models import ActiveLearning, Comparison, Training
from preannotation.training import data
from projects.models import Activity, Completion, Project

# What a training of the rule has in common with the one that it repeats.
REPEATED = (
    "project_id", "name", "kind", "engine", "controls", "labels", "chunk_labels", "source", "split", "test_share",
    "seed", "parameters",
)  # fmt: skip

SETTINGS = ("is_on", "every", "margin", "template", "embeddings")

Start = Callable[[Training, AbstractUser | None], Training]

logger = logging.getLogger(__name__)


def look_after(start: Start, refused: type[Exception]) -> int:
    """One step for each project that has it on; how many trainings and comparisons were begun.

    start: starts a training. refused: what it raises where that can't be; the message says why.
    """
    begun = 0
    for pk in ActiveLearning.objects.filter(is_on=True).order_by("pk").values_list("pk", flat=True):
        try:
            begun += _step(pk, start, refused)
        except Exception:
            # One project's trouble must not keep the others waiting.
            logger.exception("active learning of project %d failed", pk)
    return begun


def submitted(project: Project | int) -> int:
    """Submitted completions of people; a reviewer's corrections stand for one that is counted already."""
    return Completion.objects.filter(task__project=project, submitted_at__isnull=False, corrects=None).count()


def switch(rule: ActiveLearning, by: AbstractUser | None) -> None:
    """Store a rule as it was set. What was submitted before it is switched on sets off nothing; switching it off ends
    a comparison, while a training goes on."""
    fields = list(SETTINGS)
    with transaction.atomic():
        ActiveLearning.objects.get_or_create(project=rule.project)
        # What it does may be written at this moment: only what was set is stored.
        was_on = ActiveLearning.objects.select_for_update().get(pk=rule.project_id).is_on
        if rule.is_on and not was_on:
            rule.counted, rule.by, rule.last = submitted(rule.project_id), by, None
            fields += ["counted", "by", "last"]
        rule.save(update_fields=fields)
        if was_on and not rule.is_on:
            comparing.cancel_all(rule.project)
        Activity.objects.record(rule.project_id, by, Activity.Verb.MODELS, _settings_in_words(rule))


def _settings_in_words(rule: ActiveLearning) -> str:
    if not rule.is_on:
        return "switched active learning off"
    model = rule.template.name if rule.template else "nothing"
    when = f"train {model} after every {rule.every:,} new submitted completions"
    return f"set active learning: {when}, deploy what is better by {rule.margin:.3f}"


@transaction.atomic
def _step(pk: int, start: Start, refused: type[Exception]) -> int:
    rule = ActiveLearning.objects.held(pk)
    if rule is None or _is_busy(rule):
        return 0
    if rule.last:
        return _follow(rule, rule.last)
    count = Count(submitted(pk), rule.counted, rule.every)
    if count.base != rule.counted:
        rule.counted = count.base
        rule.save(update_fields=["counted"])
    return _train(rule, count, start, refused) if count.is_due else 0


def _is_busy(rule: ActiveLearning) -> bool:
    """Whether a training of the project, whoever started it, or a comparison is under way."""
    return any(model.objects.under_way().filter(project=rule.project_id).exists() for model in (Training, Comparison))


def _follow(rule: ActiveLearning, training: Training) -> int:
    """What comes after a training that has ended."""
    rule.last = None
    rule.save(update_fields=["last"])
    if training.nlp_model_id is None:
        why = training.failure or ("somebody cancelled it" if training.state == Training.State.CANCELLED else "")
        say(rule, f"{training} of {training.name} gave no model{f': {clause(why)}' if why else ''}. {_next(rule)}")
        return 0
    comparing.begin(training)
    return 1


def _train(rule: ActiveLearning, count: Count, start: Start, refused: type[Exception]) -> int:
    """Whether it starts or is refused, the next one is due after as many new completions again."""
    rule.counted = count.submitted
    rule.save(update_fields=["counted"])
    if rule.template is None:
        say(rule, f"the training that it repeats was deleted, so nothing was trained. Choose another. {_next(rule)}")
        return 0
    again = _repeated(rule, rule.template)
    if known := _nothing_new(again):
        say(rule, f"nothing was trained after {count.new:,} new submitted completions: {known}. {_next(rule)}")
        return 0
    try:
        with transaction.atomic():
            rule.last = start(again, rule.by)
    except refused as refusal:
        say(rule, f"no training of {rule.template.name} was started: {clause(str(refusal))}. {_next(rule)}")
        return 0
    rule.save(update_fields=["last"])
    say(rule, f"started {rule.last} of {rule.last.name} after {count.new:,} new submitted completions")
    return 1


def _repeated(rule: ActiveLearning, template: Training) -> Training:
    """The template again, on the completions of today. Word vectors are not trained anew: a model on others could not
    be deployed beside the rest."""
    training = Training(**{name: getattr(template, name) for name in REPEATED}, created_by=rule.by, is_automatic=True)
    own = template.nlp_model.provider() if template.own_embeddings and template.nlp_model else None
    training.embeddings = rule.embeddings or own or template.embeddings
    return training


def _nothing_new(training: Training) -> str:
    """Why it would see what the newest of its name has learned from, "" where it would see anything else."""
    same = Training.objects.filter(project=training.project_id, name=training.name, engine=training.engine)
    last = same.filter(state=Training.State.DONE).order_by("-pk").first()
    if last is None or "sha256" not in last.data:
        return ""
    found, _ = data.look_at(training)
    if found.data()["sha256"] != last.data["sha256"]:
        return ""
    reasons = [f"of {number:,} because {why}" for why, number in found.left_out.most_common()]
    why = f"; tasks give no example, {', '.join(reasons)}" if reasons else ""
    return f"its examples would be those of {last}{why}"


def _next(rule: ActiveLearning) -> str:
    return f"It tries again after {rule.every:,} more submitted completions."
