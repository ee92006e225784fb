"""What the user asked for: how a run is to work, which labels are to be added."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import QueryDict

from preannotation.actions import RunOptions
from preannotation.config_edit import Addition
from preannotation.models import NlpModel

THRESHOLD = "threshold:"


def options_of(data: QueryDict, names: Iterable[str]) -> tuple[RunOptions, tuple[str, ...]]:
    """(how the run is to work, what is wrong with it). names: of the deployed models; a threshold is given as
    `threshold:NAME`, 0 to 1, empty for none."""
    thresholds: dict[str, float] = {}
    problems = []
    for name in names:
        given = data.get(f"{THRESHOLD}{name}", "").strip()
        try:
            lowest = float(given.replace(",", ".") or 0)
        except ValueError:
            lowest = -1.0
        if not 0 <= lowest <= 1:
            problems.append(f'The threshold of "{name}" is "{given[:20]}". Give a number from 0 to 1, or nothing.')
        elif lowest:
            thresholds[name] = lowest
    return RunOptions(replace=data.get("replace") == "1", thresholds=thresholds), tuple(problems)


def thresholds_of(data: QueryDict, names: Iterable[str]) -> list[tuple[str, str, str]]:
    """(model, field, what was given) for the popup's inputs."""
    return [(name, f"{THRESHOLD}{name}", data.get(f"{THRESHOLD}{name}", "")[:20]) for name in names]


def additions_of(values: Iterable[str], models: Iterable[NlpModel]) -> list[Addition]:
    """Ticked labels, each as `model id:label`, grouped by model in the registry's order; what the registry does not
    know is left out."""
    ticked = {value for value in values if ":" in value}
    additions = []
    for model in models:
        labels = tuple(label for label in model.labels if f"{model.pk}:{label}" in ticked)
        if labels:
            additions.append(Addition(model.name, model.kind, labels, model.multiple))
    return additions
