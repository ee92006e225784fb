"""A deployment as pages show it: figures made ready, so that templates only place them."""

from __future__ import annotations

from dataclasses import dataclass

from preannotation.models import Deployment, NlpModel
from projects.labeling_config import Ask, parse
from projects.models import Project


@dataclass(frozen=True)
class DeployedModel:
    """labels: those that the deployment's config asks from the model, in the config's order."""

    model: NlpModel
    labels: tuple[str, ...]
    embeddings: str


@dataclass(frozen=True)
class DeploymentView:
    """deployment: the last one or None. wanted: the names of the models that the stored config names now.
    missing: those of them that the deployment lacks. usable: the newest ready one, which a run would use."""

    deployment: Deployment | None
    usable: Deployment | None
    models: tuple[DeployedModel, ...]
    wanted: tuple[str, ...]
    missing: tuple[str, ...]
    config_changed: bool

    @classmethod
    def of(cls, project: Project, deployment: Deployment | None) -> DeploymentView:
        current = parse(project.labeling_config).config
        wanted = current.model_names if current else ()
        if not deployment:
            return cls(None, None, (), wanted, (), False)
        is_ready = deployment.state == Deployment.State.READY
        deployed = sorted(deployment.nlp_models.all(), key=lambda model: (model.kind, model.name))
        config = parse(deployment.config).config
        asks = config.asks if config else ()
        models = tuple(
            DeployedModel(model, _asked(asks, model.name), str(deployment.embeddings) if model.storage_ref else "")
            for model in deployed
        )
        names = {model.name for model in deployed}
        return cls(
            deployment,
            deployment if is_ready else Deployment.objects.ready_in(project),
            models,
            wanted,
            tuple(name for name in wanted if name not in names),
            deployment.config_version != project.config_version,
        )

    @property
    def is_under_way(self) -> bool:
        return self.deployment is not None and self.deployment.is_under_way


def _asked(asks: tuple[Ask, ...], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ask.label for ask in asks if ask.model == name))
