"""What has changed since a deployment was made: pure comparison, in words. Nothing here stands in anybody's way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from projects.labeling_config import Ask


@dataclass(frozen=True)
class DeployedVersion:
    """newest: the highest usable version of that name, None where there is none. retired, broken: of this version."""

    name: str
    version: int
    labels: tuple[str, ...]
    newest: int | None
    retired: bool = False
    broken: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Staleness:
    """changes: a sentence each. missing: labels that the config asks for and a run would not predict."""

    changes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)


def staleness(
    before: Sequence[Ask],
    now: Sequence[Ask],
    deployed: Mapping[str, DeployedVersion],
    embeddings: DeployedVersion | None = None,
) -> Staleness:
    """before, now: what the config asked for at the deployment, and asks for today. deployed: by name."""
    changes = [
        *_config_changes(before, now),
        *_not_deployed(now, deployed),
        *_not_predicted(now, deployed),
        *_not_asked(now, deployed),
        *_registry_changes([*deployed.values(), *([embeddings] if embeddings else [])]),
    ]
    missing = [ask.label for ask in now if _is_missing(ask, deployed)]
    return Staleness(tuple(changes), tuple(dict.fromkeys(missing)))


def _is_missing(ask: Ask, deployed: Mapping[str, DeployedVersion]) -> bool:
    model = deployed.get(ask.model)
    return model is None or not set(ask.predicted) & set(model.labels)


def _config_changes(before: Sequence[Ask], now: Sequence[Ask]) -> Iterator[str]:
    old, new = _by_place(before), _by_place(now)
    for model, labels in _grouped(new.keys() - old.keys(), now).items():
        yield f"Added to the config: {_listed(labels)} ({model})."
    for model, labels in _grouped(old.keys() - new.keys(), before).items():
        yield f"Removed from the config: {_listed(labels)} ({model})."
    for place, predicted in new.items():
        if place in old and set(old[place]) != set(predicted):
            model, _, label = place
            yield f"{label} now stands for {_listed(predicted)} of {model}; it stood for {_listed(old[place])}."


def _by_place(asks: Sequence[Ask]) -> dict[tuple[str, str, str], tuple[str, ...]]:
    return {(ask.model, ask.control, ask.label): ask.predicted for ask in asks}


def _grouped(places: set[tuple[str, str, str]], asks: Sequence[Ask]) -> dict[str, list[str]]:
    """Labels by model, in the config's order."""
    groups: dict[str, list[str]] = defaultdict(list)
    for ask in asks:
        if (ask.model, ask.control, ask.label) in places:
            groups[ask.model].append(ask.label)
    return groups


def _not_deployed(now: Sequence[Ask], deployed: Mapping[str, DeployedVersion]) -> Iterator[str]:
    for name in dict.fromkeys(ask.model for ask in now if ask.model not in deployed):
        yield f"{name} is not in this deployment."


def _not_predicted(now: Sequence[Ask], deployed: Mapping[str, DeployedVersion]) -> Iterator[str]:
    for name, model in deployed.items():
        lacking = [ask.label for ask in now if ask.model == name and _is_missing(ask, deployed)]
        if lacking:
            yield f"{model} does not predict {_listed(lacking)}."


def _not_asked(now: Sequence[Ask], deployed: Mapping[str, DeployedVersion]) -> Iterator[str]:
    asked = {ask.model for ask in now}
    for name, model in deployed.items():
        if name not in asked:
            yield f"{model} is deployed, but the config asks nothing of it any more."


def _registry_changes(versions: Sequence[DeployedVersion]) -> Iterator[str]:
    for model in versions:
        if model.newest is not None and model.newest > model.version:
            yield f"{model.name} {model.newest} is ready; this deployment has version {model.version}."
        if model.broken:
            yield f"{model} is broken ({model.broken}). It works until it has to be loaded again."
        elif model.retired:
            yield f"{model} was retired. It goes on working here; the next deployment can't use it."


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(labels))
