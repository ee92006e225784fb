"""When two results are the same, whatever dialect they were written in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from projects.digests import canonical_json, digest
from projects.results import Region, is_relation, region_confidence


def result_key(result: Sequence[Region]) -> uuid.UUID:
    """Digest of a checked result; where and how a confidence is written makes no difference."""
    return digest(canonical_json([_canonical_region(region) for region in result]))


def prediction_key(model_version: str, result: Sequence[Region]) -> uuid.UUID:
    """`source_key` of an imported prediction: what it says, under which version."""
    return digest(canonical_json(["imported", model_version, str(result_key(result))]))


def _canonical_region(region: Region) -> Region:
    if is_relation(region) or not isinstance(region.get("value"), dict):
        return region
    rest = {key: value for key, value in region.items() if key != "score"}
    value = {key: part for key, part in region["value"].items() if key != "confidence"}
    return {**rest, "value": value, "confidence": region_confidence(region)}
