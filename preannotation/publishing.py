"""What becomes of the registry's versions once they are in: published, retired, brought back, deleted. No Spark."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress

from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from preannotation.contract import EMBEDDINGS
from preannotation.models import ActiveLearning, Deployment, Evaluation, NlpModel, Training
from projects.labeling_config import parse
from projects.models import Project

logger = logging.getLogger(__name__)

NAMED_AT_MOST = 5
_REFERENCE = re.compile(r"(?P<name>[^@\s]+)(?:@(?P<version>[0-9]{1,9}))?")


class NotInRegistry(Exception):
    """No version is meant by what was written; the message says what there is."""


class InUse(Exception):
    """A version can't be deleted; the message says what uses it and what to do instead."""


def versions_of(reference: str) -> list[NlpModel]:
    """The version that NAME@VERSION means, or all of NAME, newest first. Raises NotInRegistry."""
    match = _REFERENCE.fullmatch(reference)
    versions = list(NlpModel.objects.filter(name=match["name"]).order_by("-version")) if match else []
    if not match or not versions:
        raise NotInRegistry(f'The registry has no model "{reference}". See what it has with: manage.py models list')
    wanted = [model for model in versions if match["version"] in (None, str(model.version))]
    if not wanted:
        there = ", ".join(str(model.version) for model in reversed(versions))
        raise NotInRegistry(f"{match['name']} has no version {match['version']}. There is: {there}.")
    return wanted


def publish(models: Sequence[NlpModel], by: AbstractUser | None) -> list[NlpModel]:
    """Offer versions to every project, with the embeddings that they need; those that were a project's own are
    returned."""
    needed = [provider for model in models if (provider := model.provider())]
    wanted = {model.pk: model for model in [*needed, *models]}
    changed = [model for model in wanted.values() if model.project_id is not None]
    NlpModel.objects.filter(pk__in=[model.pk for model in changed]).update(project=None)
    for model in changed:
        _record(model, by, CHANGE, f"Published to all projects; it was project {model.project_id}'s.")
        model.project = None
    return changed


def retire(models: Sequence[NlpModel], by: AbstractUser | None) -> list[NlpModel]:
    """New deployments no longer use these versions; what is deployed goes on. Those that were usable are returned."""
    changed = [model for model in models if model.retired_at is None]
    now = timezone.now()
    NlpModel.objects.filter(pk__in=[model.pk for model in changed]).update(retired_at=now)
    for model in changed:
        model.retired_at = now
        _record(model, by, CHANGE, "Retired.")
    return changed


def bring_back(models: Sequence[NlpModel], by: AbstractUser | None) -> list[NlpModel]:
    """Undo `retire`; those that were retired are returned."""
    changed = [model for model in models if model.retired_at is not None]
    NlpModel.objects.filter(pk__in=[model.pk for model in changed]).update(retired_at=None)
    for model in changed:
        model.retired_at = None
        _record(model, by, CHANGE, "Brought back.")
    return changed


def take_back(model: NlpModel) -> None:
    """Remove a version that was made a moment ago, of what nobody wants any more. Where it was deployed meanwhile, new
    deployments don't use it."""
    try:
        delete(model, None, just_made=True)
    except InUse:
        retire([model], None)


def delete(model: NlpModel, by: AbstractUser | None, just_made: bool = False) -> None:
    """Remove a version and its files. Raises InUse where a config, a deployment or another model needs it. just_made:
    configs that name it had meant an older version until now, and do again."""
    with transaction.atomic():
        NlpModel.objects.select_for_update().get(pk=model.pk)
        if uses := what_uses(model, by_configs=not just_made):
            raise InUse(
                f"{model} can't be deleted: {'; '.join(uses)}. Retire it instead: new deployments then don't use it."
            )
        _record(model, by, DELETION, f"Deleted, with {model.size} bytes of files; checksum {model.checksum}.")
        folder = model.path
        model.delete()
    shutil.rmtree(folder, ignore_errors=True)
    # The name's own folder goes with its last version.
    with suppress(OSError):
        folder.parent.rmdir()


def what_uses(model: NlpModel, by_configs: bool = True) -> list[str]:
    """Clauses that say who needs this version."""
    uses = []
    naming = projects_naming(model.name) if by_configs else []
    if projects := [project for project in naming if _is_meant(model, project)]:
        uses.append(f"the Labeling Config of {_listed([f'project {project.pk}' for project in projects])} names it")
    deployments = Deployment.objects.filter(Q(nlp_models=model) | Q(embeddings=model)).order_by("pk").distinct()
    if numbers := list(deployments.values_list("pk", flat=True)):
        uses.append(f"it is in {_listed([f'deployment {pk}' for pk in numbers])}")
    if needing := _left_without(model):
        uses.append(f"{_listed([str(other) for other in needing])} would be left without embeddings")
    if numbers := list(Training.objects.filter(embeddings=model).order_by("pk").values_list("pk", flat=True)):
        uses.append(f"{_listed([f'training {pk}' for pk in numbers])} learned on it")
    evaluations = Evaluation.objects.under_way().filter(nlp_models=model).order_by("pk")
    if numbers := list(evaluations.values_list("pk", flat=True)):
        uses.append(f"{_listed([f'evaluation {pk}' for pk in numbers])} asks it just now")
    rules = ActiveLearning.objects.filter(embeddings=model).order_by("pk")
    if numbers := list(rules.values_list("pk", flat=True)):
        uses.append(f"the active learning of {_listed([f'project {pk}' for pk in numbers])} trains on it")
    return uses


def _is_meant(model: NlpModel, project: Project) -> bool:
    """Whether a config of this project that has the model's name would miss this version."""
    newest = NlpModel.objects.usable_in(project).filter(name=model.name).newest().first()
    return newest is None or newest == model


def projects_naming(name: str) -> list[Project]:
    """Projects whose Labeling Config asks this model for labels."""
    found = Project.objects.filter(labeling_config__contains=name).only("pk", "name", "labeling_config")
    configs = [(project, parse(project.labeling_config).config) for project in found.order_by("pk")]
    return [project for project, config in configs if config and name in config.model_names]


def _left_without(model: NlpModel) -> list[NlpModel]:
    """Models that would have no embeddings without this version."""
    if model.kind != EMBEDDINGS:
        return []
    same = NlpModel.objects.filter(storage_ref=model.storage_ref)
    others = set(same.usable().filter(kind=EMBEDDINGS).exclude(pk=model.pk).values_list("project", flat=True))
    needing = same.exclude(kind=EMBEDDINGS).order_by("name", "version")
    if model.project_id:
        needing = needing.filter(project=model.project_id)
    return [other for other in needing if not others & {None, other.project_id}]


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {rest} more" if rest > 0 else "")


def _record(model: NlpModel, by: AbstractUser | None, flag: int, what: str) -> None:
    """In the log, and in the history that Django admin shows of a model."""
    logger.info("model %s: %s By %s.", model, what, by or "an operator")
    if by:
        LogEntry.objects.log_actions(by.pk, [model], flag, what, single_object=True)
