"""Short identities of texts and data, for keys and for saying whether something changed."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(value: str) -> uuid.UUID:
    """128 bits of BLAKE2b over the UTF-8 bytes, as a UUID because PostgreSQL stores and indexes those in 16 bytes."""
    return uuid.UUID(bytes=hashlib.blake2b(value.encode(), digest_size=16).digest())


def data_digest(data: dict[str, Any]) -> uuid.UUID:
    """Identity of a task's imported `data`, whatever the order of its keys."""
    return digest(_ENCODER.encode(data))
