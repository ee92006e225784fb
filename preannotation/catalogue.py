"""What the registry holds for one project, as the plain values that the rules need."""

from __future__ import annotations

from django.db.models import Q

from preannotation import rules
from preannotation.models import NlpModel
from preannotation.rules import RegisteredModel
from projects.labeling_config import ConfigProblem, LabelingConfig
from projects.models import Project


def catalogue(project: Project) -> dict[str, RegisteredModel]:
    """Every model that this project may see, by name: its newest usable version, else its newest one with what is
    in the way."""
    rows = list(NlpModel.objects.filter(Q(project=None) | Q(project=project)).order_by("name", "-version"))
    providers: dict[str, NlpModel] = {}
    for row in NlpModel.objects.usable_in(project).providers():
        providers.setdefault(row.storage_ref, row)
    found: dict[str, RegisteredModel] = {}
    for row in sorted(rows, key=lambda row: (row.name, not row.is_usable, -row.version)):
        found.setdefault(row.name, _registered(row, providers))
    return found


def validate_config(project: Project, config: LabelingConfig) -> tuple[ConfigProblem, ...]:
    """For settings.LABELING_CONFIG_VALIDATORS: what the registry has against this config."""
    if not config.asks:
        return ()
    return rules.problems(config, catalogue(project))


def _registered(row: NlpModel, providers: dict[str, NlpModel]) -> RegisteredModel:
    provider = providers.get(row.storage_ref)
    obstacle = ""
    if row.retired_at:
        obstacle = "is retired"
    elif row.state != NlpModel.State.READY:
        obstacle = f"is broken ({row.failure or 'its files changed'})"
    elif row.storage_ref and not provider:
        obstacle = f'needs the embeddings "{row.storage_ref}", which the registry does not have'
    return RegisteredModel(
        name=row.name,
        version=row.version,
        kind=row.kind,
        labels=tuple(row.labels),
        storage_ref=row.storage_ref,
        embeddings=(provider.name if provider else row.storage_ref) if row.storage_ref else "",
        multiple=row.multiple,
        obstacle=obstacle,
    )
