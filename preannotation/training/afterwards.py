"""What a training was asked to do once its model is in the registry: into the config, then deploy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from preannotation import actions
from preannotation.config_edit import Addition, add_labels, take_out
from preannotation.contract import CLASSIFICATION
from preannotation.models import NlpModel, Training
from projects.labeling_config import Ask, parse
from projects.models import Project
from projects.models.project import ConfigRefused, LabelsInUse

REMARK_LENGTH: Final = 500


def follow_up(training: Training, model: NlpModel) -> None:
    """Use the new version as the training asked for it. What doesn't work is a remark: the version is there anyway."""
    said = []
    if training.use_in_config:
        said.append(_use(training, model))
    if training.deploy_after:
        said.append(_deploy(training, model))
    if said:
        Training.objects.filter(pk=training.pk).update(remark=" ".join(said)[:REMARK_LENGTH])


def config_with(xml: str, model: NlpModel, control: str) -> str:
    """The config in which this model is asked for its labels, in place of the models that were asked for the same ones
    of this control. Where it is named already, only what is missing is added. control: what it was trained on. Raises
    ValueError, for people."""
    config = parse(xml).config
    for name in _replaced(config.asks if config else (), model, control):
        xml = take_out(xml, name, keep_labels=True).xml
    labels = tuple(model.labels)
    return add_labels(xml, [Addition(model.name, model.kind, labels, model.multiple, predicts=labels, control=control)])


def _replaced(asks: Sequence[Ask], model: NlpModel, control: str) -> list[str]:
    """Other models of the kind that the control asks only for labels which this one has too; choices of the whole text
    belong to one model."""
    by_model: dict[str, set[str]] = {}
    for ask in asks:
        if (ask.kind, ask.control) == (model.kind, control):
            by_model.setdefault(ask.model, set()).add(ask.label)
    is_alone = model.kind == CLASSIFICATION
    return [
        name for name, labels in by_model.items() if name != model.name and (is_alone or labels <= set(model.labels))
    ]


def _use(training: Training, model: NlpModel) -> str:
    project = Project.objects.get(pk=training.project_id)
    try:
        xml = config_with(project.labeling_config, model, training.controls[0] if training.controls else "")
        if xml == project.labeling_config:
            return "The Labeling Config names it already."
        project.set_labeling_config(xml, training.created_by)
    except ConfigRefused as refused:
        return f"It was not put into the Labeling Config: {refused.problems[0]}"
    except (LabelsInUse, ValueError) as error:
        return f"It was not put into the Labeling Config: {error}"
    return f"It is in the Labeling Config since version {project.config_version}."


def _deploy(training: Training, model: NlpModel) -> str:
    project = Project.objects.get(pk=training.project_id)
    config = parse(project.labeling_config).config
    if config is None or model.name not in config.model_names:
        return f"Nothing was deployed: the Labeling Config does not name {model.name}."
    try:
        deployment = actions.deploy(project, training.created_by)
    except actions.Refused as refused:
        return f"It was not deployed: {refused}"
    return f"{str(deployment).capitalize()} was asked for."
