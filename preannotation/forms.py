"""What the user asked for: how a run is to work, which labels are to be added."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import QueryDict

from preannotation.actions import RunOptions
from preannotation.config_edit import Addition
from preannotation.models import NlpModel

THRESHOLD = "threshold:"
MOST_DIGITS = 10


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


def whole_number(data: QueryDict, name: str) -> int | None:
    """A count as the page that was answered showed it; None where it showed none."""
    given = data.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < MOST_DIGITS else None


def thresholds_of(data: QueryDict, names: Iterable[str]) -> list[tuple[str, str, str]]:
    """(model, field, what was given) for the popup's inputs."""
    return [(name, f"{THRESHOLD}{name}", data.get(f"{THRESHOLD}{name}", "")[:20]) for name in names]


def additions_of(data: QueryDict, models: Iterable[NlpModel]) -> list[Addition]:
    """Ticked labels (`label`, each as `model id:label`) and whole models (`whole`, the id), grouped by model in the
    registry's order; what the registry does not know is left out. `as:model id:label` holds the label of the config
    that this one shall stand for, empty for none."""
    ticked, whole = set(data.getlist("label")), set(data.getlist("whole"))
    additions = []
    for model in models:
        labels = tuple(name for name in model.labels if str(model.pk) in whole or f"{model.pk}:{name}" in ticked)
        targets = [(name, data.get(f"as:{model.pk}:{name}", "")) for name in labels]
        mapped = tuple((name, target) for name, target in targets if target)
        if labels:
            additions.append(Addition(model.name, model.kind, labels, model.multiple, mapped, tuple(model.labels)))
    return additions
