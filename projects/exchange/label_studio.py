"""Label Studio's dialect of tasks, annotations (our completions) and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from projects.exchange import completion_keys, rows
from projects.exchange.beside import Beside
from projects.exchange.completion_keys import beside_of
from projects.exchange.rows import ReadCompletion
from projects.models import Completion, Prediction, Task
from projects.results import Region, is_relation, mean_confidence, region_confidence

# `completed_by` is read, but it is another server's user: what it was travels along unchanged.
ANNOTATION_KEYS = frozenset(
    {"id", "result", "ground_truth", "lead_time", "created_at", "updated_at", "created_username", "submitted_at"}
)
PARENTS = {"parent_prediction": "prediction", "parent_annotation": "completion"}


def read_annotation(item: Mapping[str, Any]) -> ReadCompletion:
    """Raises RowRefused where the result is no list."""
    created = rows.timestamp(item.get("created_at"))
    updated = rows.timestamp(item.get("updated_at"))
    submitted = rows.timestamp(item.get("submitted_at"))
    # An annotation is submitted by being there; only our own exports say otherwise.
    if "submitted_at" not in item and item.get("was_cancelled") is not True:
        submitted = updated or created or timezone.now()
    parent, copied_from = _parent(item)
    beside, understood = completion_keys.read(item, copied_from, submitted is not None)
    if beside.copied_from:
        understood |= {parent}
    return ReadCompletion(
        username=rows.short_name(item.get("created_username")) or _username(item.get("completed_by")),
        result=rows.result_list(item),
        starred=item.get("ground_truth") is True,
        submitted_at=submitted,
        lead_time=rows.seconds(item.get("lead_time")),
        external_id=rows.external_id(item),
        created_at=created,
        updated_at=updated,
        extra=rows.unknown(item, ANNOTATION_KEYS | understood),
        beside=beside,
    )


def _parent(item: Mapping[str, Any]) -> tuple[str, str]:
    """(key, what stands there as our `copied_from`)."""
    for key, kind in PARENTS.items():
        if isinstance(item.get(key), int) and not isinstance(item[key], bool):
            return key, f"{kind}: {item[key]}"
    return "", ""


def _username(completed_by: Any) -> str:
    if isinstance(completed_by, dict):
        given = (completed_by.get(key) for key in ("username", "email", "id"))
        completed_by = next((value for value in given if value), None)
    if isinstance(completed_by, int) and not isinstance(completed_by, bool):
        return f"user {completed_by}"
    return rows.short_name(completed_by)


def write_task(task: Task, completions: list[Completion], predictions: list[Prediction]) -> dict[str, Any]:
    return {
        **({"created_by": task.created_username} if task.created_username else {}),
        **task.extra,
        "id": rows.restored_id(task.external_id, task.pk),
        "created_at": task.created_at.isoformat(),
        "updated_at": task.updated_at.isoformat(),
        **({"tags": task.tags} if task.tags else {}),
        "data": task.imported_data(),
        "annotations": [
            _annotation(completion, beside_of(completion, completions, predictions)) for completion in completions
        ],
        "predictions": [_prediction(prediction) for prediction in predictions],
    }


def _annotation(completion: Completion, beside: Beside) -> dict[str, Any]:
    return {
        "completed_by": {"id": completion.user_id, "username": completion.username},
        "was_cancelled": False,
        "parent_prediction": None,
        **completion.extra,
        "id": rows.restored_id(completion.external_id, completion.pk),
        "created_username": completion.username,
        "result": [_region(region) for region in completion.result],
        "ground_truth": completion.starred,
        "lead_time": completion.lead_time,
        "created_at": completion.created_at.isoformat(),
        "updated_at": completion.updated_at.isoformat(),
        "submitted_at": completion.submitted_at.isoformat() if completion.submitted_at else None,
        **{key: beside.source[1] for key, kind in PARENTS.items() if beside.source and beside.source[0] == kind},
        **beside.written(),
    }


def _prediction(prediction: Prediction) -> dict[str, Any]:
    return {
        **prediction.extra,
        "id": rows.restored_id(prediction.external_id, prediction.pk),
        "created_username": prediction.created_username,
        "created_at": prediction.created_at.isoformat(),
        "model_version": prediction.model_version,
        "score": mean_confidence(prediction.result),
        "result": [_region(region) for region in prediction.result],
    }


def _region(region: Region) -> Region:
    """Confidence stands beside the value, as `score`."""
    confidence = region_confidence(region)
    if confidence is None or is_relation(region):
        return region
    value = {key: part for key, part in region["value"].items() if key != "confidence"}
    return {**region, "value": value, "score": confidence}
