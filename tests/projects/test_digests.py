"""Identities stay what they were: those in the database were made by the same text."""

from __future__ import annotations

import json
import random
import struct
from math import isfinite
from uuid import UUID

import pytest
from django.db import connection

from projects.digests import canonical_json, data_digest, digest, hex_digest, sorted_json


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": "Took aspirin."},
        {"text": 'a "quoted" \\ line\n\ttab', "title": "é😀\x7f\u2028", "": ""},
        {"b": "1", "a": "2", "B": "3", "ä": "4"},
        {
            "text": "x",
            "number": 1,
            "list": ["b", {"z": None, "a": True}],
            "float": 1e-7,
            "more": [0.5, 1.0, -0.05, 1e15, 2**70],
        },
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


NUMBERS = [
    1e16,
    -1e16,
    1e300,
    1.7e18,
    1.2345678901234567e16,
    9007199254740993.0,
    1e15,
    1e-5,
    5e-324,
    0.0,
    -0.0,
    0,
    10**60,
]


def test_numbers_are_digested_as_the_database_gives_them_back(db):
    anywhere = filter(isfinite, struct.unpack("1000d", random.Random(7).randbytes(8_000)))
    given = [{"n": number, "text": "e+"} for number in (*NUMBERS, *anywhere)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [json.dumps(given)])
        stored = json.loads(cursor.fetchone()[0])
    assert [sorted_json(data) for data in given] == [sorted_json(data) for data in stored]
    assert canonical_json(given) == canonical_json(stored)
