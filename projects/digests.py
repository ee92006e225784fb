"""Short identities of texts and data, for keys and for saying whether something changed."""

from __future__ import annotations

import hashlib
import json
import uuid
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(value: str) -> uuid.UUID:
    """128 bits of BLAKE2b over the UTF-8 bytes, as a UUID because PostgreSQL stores and indexes those in 16 bytes."""
    return uuid.UUID(hex_digest(value))


def hex_digest(value: str) -> str:
    """The same in 32 hexadecimal digits, for those who have many: a UUID takes longer to make than to compute."""
    return hashlib.blake2b(value.encode(), digest_size=16).hexdigest()


def data_digest(data: dict[str, Any]) -> uuid.UUID:
    """Identity of a task's imported `data`, whatever the order of its keys."""
    return digest(sorted_json(data))


def sorted_json(data: dict[str, Any]) -> str:
    """What identities of data are made of: the same text for the same values, always."""
    parts = []
    for key in sorted(data):
        value = data[key]
        if type(value) is not str:
            return canonical_json(data)
        # As the encoder writes it, at a third of the time: it prepares itself anew for each object.
        parts.append(f"{encode_basestring(key)}:{encode_basestring(value)}")
    return "{" + ",".join(parts) + "}"


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, the same for a value as for what the database gives back of it."""
    encoded = _ENCODER.encode(value)
    # No other number looks like one that jsonb rewrites, and to look at each takes longer than to encode it.
    return _ENCODER.encode(_as_stored(value)) if "e+" in encoded or "-0.0" in encoded else encoded


def _as_stored(value: Any) -> Any:
    """With numbers as jsonb keeps them: all digits of a large one, as a whole number, and zero without a sign."""
    if isinstance(value, dict):
        return {key: _as_stored(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_as_stored(part) for part in value]
    if isinstance(value, float):
        written = repr(value)
        return int(Decimal(written)) if "e+" in written else value or 0.0
    return value
