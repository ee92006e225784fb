"""Identities stay what they were: those in the database were made by the same text."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from projects.digests import data_digest, digest, hex_digest, sorted_json


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": "Took aspirin."},
        {"text": 'a "quoted" \\ line\n\ttab', "title": "é😀\x7f\u2028", "": ""},
        {"b": "1", "a": "2", "B": "3", "ä": "4"},
        {"text": "x", "number": 1, "list": ["b", {"z": None, "a": True}], "float": 1e-7},
    ],
)
def test_data_is_digested_as_json_with_sorted_keys(data: dict[str, object]):
    expected = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert sorted_json(data) == expected
    assert data_digest(data) == data_digest(dict(reversed(data.items()))) == digest(expected)


def test_a_digest_is_the_same_number_in_digits_and_as_a_uuid():
    # As computed when the first tasks were stored.
    assert hex_digest("Took aspirin.") == "4a9ca51804e023801999b3c22eb7c5de"
    assert digest("Took aspirin.") == UUID(hex_digest("Took aspirin."))
