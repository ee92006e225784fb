"""What the task page gives its script: the labels, the completion that is open, the prediction that is offered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from projects.completion_list import CompletionRow, completion_rows
from projects.forms import task_id
from projects.label_colours import Colours
from projects.labeling_config import ChoicesControl, LabelingConfig, LabelsControl, Relation
from projects.models import Completion, Prediction, Project, Task
from projects.models.project import ConfigRefused
from projects.placed_blocks import PlacedBlocks, placed_blocks
from projects.results import Region, is_relation
from projects.task_access import TaskAccess

NEW = "new"


@dataclass(frozen=True)
class EditorPage:
    """rows: what lists the task's completions. completion: the one that is open; None where a new one begins with the
    first change. prediction: the one that is offered. editable: whether this person may change what is open, or begin
    a new one."""

    access: TaskAccess
    rows: dict[str, Any]
    completion: Completion | None
    predictions: Sequence[Prediction]
    prediction: Prediction | None
    config: LabelingConfig | None
    colours: Colours
    address: str

    @property
    def task(self) -> Task:
        return self.access.task

    @property
    def project(self) -> Project:
        return self.access.membership.project

    @property
    def editable(self) -> bool:
        if self.config is None:
            return False
        if self.completion is None:
            return self.access.completes
        return self.completion.submitted_at is None and self.access.may_save(self.completion)

    @cached_property
    def blocks(self) -> PlacedBlocks:
        fields = {"title": self.task.title, **self.task.imported_data()}
        return placed_blocks(self.config, fields) if self.config else PlacedBlocks()

    @property
    def label_controls(self) -> list[dict[str, Any]]:
        """For the bar above the text: {"control", "header": words before it, "labels"}."""
        return [
            {
                "control": control.name,
                "header": self.blocks.headers.get(control.name, ""),
                "labels": [entry for entry in self.labels if entry["control"] == control.name],
            }
            for control in (self.config.labels_controls if self.config else ())
        ]

    @property
    def labels(self) -> list[dict[str, Any]]:
        return list(_labels(self.config, self.colours)) if self.config else []

    @property
    def choices(self) -> list[dict[str, Any]]:
        headers = self.blocks.headers
        return [
            {**_choices(control, self.config), "header": headers.get(control.name, "")}
            for control in (self.config.choices_controls if self.config else ())
        ]

    @property
    def relations(self) -> list[dict[str, Any]]:
        control = self.config.relations if self.config else None
        return [
            {"value": relation.value, "allowed": list(self._allowed(relation))}
            for relation in (control.relations if control else ())
        ]

    def _allowed(self, relation: Relation) -> Iterator[str]:
        """Its pairs by the names that results have: an alias where a label has one."""
        controls = self.config.labels_controls if self.config else ()
        names = {word: label.name for control in controls for word, label in control.by_name.items()}
        for pair in relation.pairs:
            yield "".join(names.get(part, part) for part in pair)

    @property
    def data(self) -> dict[str, Any]:
        """The page's JSON; offsets in it are code points. also: another name that results may have for a label or
        choice with an alias."""
        results = [found.result for found in (self.completion, self.prediction) if found]
        return {
            "task": {"id": self.task.pk, "title": self.task.title},
            "config": {
                "version": self.project.config_version,
                "source": f"${self.config.text_field if self.config else self.task.text_field}",
                "labels": self.labels,
                "choices": self.choices,
                "relations": self.relations,
                "other_labels": _other_labels(results, self.labels, self.colours),
            },
            "completion": _completion(self.completion, self.access, self.editable) if self.completion else None,
            "prediction": _prediction(self.prediction) if self.prediction else None,
            "others": [
                {"id": other.pk, "model_version": other.model_version, "created_at": other.created_at.isoformat()}
                for other in self.predictions
            ],
            "urls": self._urls(),
            "may": {"edit": self.editable},
            "measure_time": self.project.measure_time,
            "user": self.access.user.get_username(),
        }

    def _urls(self) -> dict[str, str]:
        """Where a completion or prediction is named, 0 stands for it."""
        of_task = [self.project.pk, self.task.pk]
        query = f"?{urlencode({'list': self.address})}" if self.address else ""
        return {
            "create": reverse("projects:completion_create", args=of_task),
            "save": reverse("projects:completion_save", args=[*of_task, 0]),
            "submit": reverse("projects:completion_submit", args=[*of_task, 0]) + query,
            "prediction": reverse("projects:prediction_json", args=[*of_task, 0]),
            "task": reverse("projects:task", args=of_task),
            "login": reverse("login"),
        }


def editor_page(access: TaskAccess, query: dict[str, str], address: str) -> EditorPage:
    """query: the page's. address: of the list that it was reached from. Raises Http404 for a completion or prediction
    that isn't there, or not for this person."""
    predictions = list(access.task.predictions.shown().defer("result"))
    prediction = _offered(access.task, predictions, query.get("prediction"))
    rows = completion_rows(access, query.get("completion"), prediction and prediction.pk)
    completion = _opened(access, rows, query.get("completion"))
    if completion:
        completion.refresh_from_db(fields=["result", "set_aside"])
    config = _config(access.membership.project)
    page = EditorPage(access, rows, completion, predictions, prediction, config, Colours(config), address)
    # Labels that only the results know get their colours before the page writes its styles.
    _other_labels([found.result for found in (completion, prediction) if found], page.labels, page.colours)
    return page


def _opened(access: TaskAccess, rows: dict[str, Any], asked: str | None) -> Completion | None:
    """The asked one; else one's newest draft, one's newest submitted one, what waits for one's review."""
    listed: list[CompletionRow] = rows["completion_rows"]
    if asked == NEW:
        return None
    if asked:
        pk = task_id(asked)
        found = next((row.completion for row in listed if row.completion.pk == pk), None)
        if found is None:
            raise Http404(f"There is no completion {asked} of this task, or it is somebody else's.")
        return found
    own = sorted((row.completion for row in listed if row.is_own), key=lambda done: done.submitted_at is not None)
    review: CompletionRow | None = rows["review_of"]
    return next(iter([*own, *([review.completion] if review else [])]), None)


def _offered(task: Task, predictions: list[Prediction], asked: str | None) -> Prediction | None:
    if asked:
        return get_object_or_404(task.predictions.shown(), pk=task_id(asked) or 0)
    return predictions[0] if predictions else None


def _config(project: Project) -> LabelingConfig | None:
    try:
        return project.parsed_config()
    except ConfigRefused:
        return None


def _labels(config: LabelingConfig, colours: Colours) -> Iterator[dict[str, Any]]:
    for control in config.labels_controls:
        to_name = _target(control, config)
        for label in control.labels:
            yield {
                "control": control.name,
                "to": to_name,
                "value": label.name,
                "also": label.value,
                "colour": colours.number(control.name, label.name),
                "hotkey": label.hotkey,
                "assertion": label.assertion,
                "model": label.model,
                "hint": label.hint,
                "multiple": control.choice == "multiple",
            }


def _choices(control: ChoicesControl, config: LabelingConfig | None) -> dict[str, Any]:
    options = [
        {
            "path": list(choice.path),
            "value": choice.name,
            "also": choice.value,
            "hotkey": choice.hotkey,
            "hint": choice.hint,
        }
        for choice in control.choices
    ]
    return {
        "control": control.name,
        "to": _target(control, config),
        "multiple": control.multiple,
        "required": control.required,
        "per_region": control.per_region,
        "layout": control.layout,
        "options": options,
    }


def _target(control: LabelsControl | ChoicesControl, config: LabelingConfig | None) -> str:
    shown = config.shown_texts(control) if config else []
    return (shown or [*control.to_names, ""])[0]


def _other_labels(
    results: Sequence[list[Region]], labels: list[dict[str, Any]], colours: Colours
) -> list[dict[str, Any]]:
    """What results name that the config doesn't have, such as a label that was taken out of it since."""
    known = {(label["control"], label["value"]) for label in labels}
    found: dict[tuple[str, str], int] = {}
    for region in (region for result in results for region in result if not is_relation(region)):
        control, value = str(region.get("from_name")), region.get("value")
        for name in (value.get("labels") or []) if isinstance(value, dict) else []:
            if (control, str(name)) not in known:
                found[control, str(name)] = colours.number(control, str(name))
    return [{"control": control, "value": value, "colour": colour} for (control, value), colour in found.items()]


def _completion(completion: Completion, access: TaskAccess, editable: bool) -> dict[str, Any]:
    return {
        "id": completion.pk,
        "version": completion.version,
        "own": completion.user_id == access.user.pk,
        "editable": editable,
        "submitted_at": completion.submitted_at and completion.submitted_at.isoformat(),
        "starred": completion.starred,
        "result": completion.result,
        "set_aside": completion.set_aside,
        "note": completion.note,
        "copied_from": completion.copied_from,
    }


def _prediction(prediction: Prediction) -> dict[str, Any]:
    return {
        "id": prediction.pk,
        "model_version": prediction.model_version,
        "created_at": prediction.created_at.isoformat(),
        "score": prediction.score,
        "result": prediction.result,
    }
