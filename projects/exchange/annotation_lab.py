"""Annotation Lab's dialect of tasks, completions and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from projects.exchange import completion_keys, rows
from projects.exchange.beside import Beside
from projects.exchange.completion_keys import beside_of
from projects.exchange.rows import ReadCompletion, ReadPrediction
from projects.models import Completion, Prediction, Task
from projects.results import Region, is_relation, mean_confidence, region_confidence

COMPLETION_KEYS = frozenset(
    {"id", "created_username", "created_ago", "lead_time", "result", "honeypot", "submitted_at", "updated_at"}
)
# Label Studio's predictions differ in created_at and score only, so that one reading serves both.
PREDICTION_KEYS = frozenset({"id", "created_username", "created_ago", "created_at", "model_version", "score", "result"})


def read_completion(item: Mapping[str, Any]) -> ReadCompletion:
    """Raises RowRefused where the result is no list."""
    created = rows.timestamp(item.get("created_ago"))
    updated = rows.timestamp(item.get("updated_at"))
    submitted = item.get("submitted_at")
    beside, understood = completion_keys.read(item, item.get("copied_from"), bool(submitted))
    if beside.copied_from:
        understood |= {"copied_from"}
    return ReadCompletion(
        username=rows.short_name(item.get("created_username")),
        result=rows.result_list(item),
        starred=item.get("honeypot") is True,
        # Its presence says that the work was submitted, even where the time itself can't be read.
        submitted_at=(rows.timestamp(submitted) or updated or created or timezone.now()) if submitted else None,
        lead_time=rows.seconds(item.get("lead_time")),
        external_id=rows.external_id(item),
        created_at=created,
        updated_at=updated,
        extra=rows.unknown(item, COMPLETION_KEYS | understood),
        beside=beside,
    )


def read_prediction(item: Mapping[str, Any]) -> ReadPrediction:
    """Raises RowRefused where the result is no list."""
    version = item.get("model_version")
    return ReadPrediction(
        model_version=str(version).strip()[:500] if isinstance(version, (str, int, float)) else "",
        result=rows.result_list(item),
        username=rows.short_name(item.get("created_username")),
        external_id=rows.external_id(item),
        created_at=rows.timestamp(item.get("created_ago") or item.get("created_at")),
        extra=rows.unknown(item, PREDICTION_KEYS),
    )


def write_task(task: Task, completions: list[Completion], predictions: list[Prediction]) -> dict[str, Any]:
    return {
        **({"created_by": task.created_username} if task.created_username else {}),
        **task.extra,
        "id": rows.restored_id(task.external_id, task.pk),
        "created_at": f"{task.created_at:%Y-%m-%d %H:%M:%S}",
        **({"tags": task.tags} if task.tags else {}),
        "data": task.imported_data(),
        "completions": [
            _completion(completion, beside_of(completion, completions, predictions)) for completion in completions
        ],
        "predictions": [_prediction(prediction) for prediction in predictions],
    }


def _completion(completion: Completion, beside: Beside) -> dict[str, Any]:
    submitted = {"submitted_at": completion.submitted_at.isoformat()} if completion.submitted_at else {}
    copied = {"copied_from": beside.copied_from} if beside.copied_from else {}
    return {
        **completion.extra,
        "id": rows.restored_id(completion.external_id, completion.pk),
        "created_username": completion.username,
        "created_ago": completion.created_at.isoformat(),
        "lead_time": completion.lead_time,
        "result": [_region(region, as_text=False) for region in completion.result],
        "honeypot": completion.starred,
        **submitted,
        **copied,
        **beside.written(),
        "updated_at": completion.updated_at.isoformat(),
    }


def _prediction(prediction: Prediction) -> dict[str, Any]:
    return {
        **prediction.extra,
        "id": rows.restored_id(prediction.external_id, prediction.pk),
        "created_username": prediction.created_username,
        "created_ago": prediction.created_at.isoformat(),
        "model_version": prediction.model_version,
        "score": mean_confidence(prediction.result),
        "result": [_region(region, as_text=True) for region in prediction.result],
    }


def _region(region: Region, as_text: bool) -> Region:
    """Predictions carry their confidence as a string, completions as a number."""
    confidence = region_confidence(region)
    if confidence is None or is_relation(region):
        return region
    rest = {key: value for key, value in region.items() if key != "score"}
    return {**rest, "value": {**region["value"], "confidence": str(confidence) if as_text else confidence}}
