"""An arrival as somebody asks for it: from a form's fields to an unsaved row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from preannotation.arriving.actions import ArrivalRefused, problems, start
from preannotation.models import Arrival
from projects import uploads
from projects.access import Membership
from projects.exchange import FileRefused

UPLOADED = (Arrival.Way.UPLOAD, Arrival.Way.VECTORS, Arrival.Way.ONNX)
WAYS = [
    (Arrival.Way.UPLOAD, "A zip of a saved Spark NLP model"),
    (Arrival.Way.HUB, "By name from the public model hub"),
    (Arrival.Way.VECTORS, "Word vectors: GloVe or word2vec, text or binary"),
    (Arrival.Way.ONNX, "A zip of transformer embeddings as ONNX"),
]


def ask(membership: Membership, data: Mapping[str, str], file: UploadedFile | None) -> Arrival:
    """Keep what was uploaded, and queue it. Staff may name a folder or file of the server instead, and bring it in for
    all projects. Raises ArrivalRefused; nothing is kept then."""
    if _path(membership, data):
        file = None
    arrival = _arrival(membership, data, file)
    if wrong := problems(arrival):
        raise ArrivalRefused(*wrong)
    if file and arrival.way in UPLOADED:
        try:
            arrival.file = uploads.keep(file.chunks())
        except FileRefused as refused:
            raise ArrivalRefused(str(refused)) from refused
        arrival.total = file.size or 0
    try:
        return start(arrival)
    except BaseException:
        uploads.remove(arrival.file)
        raise


def proposed_name(source: str) -> str:
    """From a file's or a hub's name, as the registry writes names."""
    return re.sub(r"[^a-z0-9_.-]+", "_", PurePath(source).name.lower().removesuffix(".zip")).strip("_.-")[:100]


def _path(membership: Membership, data: Mapping[str, str]) -> str:
    """Of this server; only staff may name one. No path has NUL in it, and the database takes none."""
    return data.get("path", "").strip().replace("\0", "") if membership.user.is_staff else ""


def _arrival(membership: Membership, data: Mapping[str, str], file: UploadedFile | None) -> Arrival:
    is_staff = bool(membership.user.is_staff)
    way = data.get("way", "")
    way = way if way in Arrival.Way.values and way != Arrival.Way.FOLDER else Arrival.Way.UPLOAD
    path = _path(membership, data)
    source = data.get("hub_name", "").strip() if way == Arrival.Way.HUB else path or (file.name if file else "") or ""
    if path and way == Arrival.Way.UPLOAD:
        way = Arrival.Way.FOLDER
    values: dict[str, Any] = {
        "way": way,
        "name": data.get("name", "").strip() or proposed_name(source),
        "language": (data.get("language", "").strip() or "en") if way == Arrival.Way.HUB else "en",
        "source": source[:500],
        "project": None if is_staff and data.get("for_all") else membership.project,
        "created_by": membership.user,
    }
    return Arrival(**values)
