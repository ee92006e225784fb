"""A BERT of a few bytes as an ONNX folder: a table of word vectors and no transformer behind it, in the layout that
Spark NLP reads. Written field by field after onnx.proto, because the library that writes it wants another numpy than
the engine has."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from pathlib import Path

INT64, FLOAT = 7, 1
DIMENSION = 8
WORDS = ("the", "patient", "was", "given", "aspirin", "daily", "for", "chest", "pain", ".")
# Spark NLP knows the places of these in every vocabulary of BERT.
VOCABULARY = ("[PAD]", *(f"[unused{number}]" for number in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS)


def write(folder: Path) -> Path:
    """The folder, with model.onnx and assets/vocab.txt in it."""
    (folder / "assets").mkdir(parents=True)
    (folder / "assets" / "vocab.txt").write_text("".join(f"{word}\n" for word in VOCABULARY))
    (folder / "model.onnx").write_bytes(_model())
    return folder


def _model() -> bytes:
    chance = random.Random(7)
    table = struct.pack(
        f"<{len(VOCABULARY) * DIMENSION}f", *(chance.uniform(-1, 1) for _ in range(len(VOCABULARY) * DIMENSION))
    )
    nodes = [
        # The engine tries a model on a sentence of a real vocabulary.
        _node("Mod", ["input_ids", "size"], "known"),
        _node("Gather", ["table", "known"], "words"),
        _node("Add", ["attention_mask", "token_type_ids"], "sum"),
        _node("Cast", ["sum"], "weight", _bytes(1, b"to") + _number(3, FLOAT) + _number(20, 2)),
        _node("Unsqueeze", ["weight", "axis"], "column"),
        _node("Mul", ["words", "column"], "last_hidden_state"),
    ]
    constants = [
        _tensor("table", FLOAT, [len(VOCABULARY), DIMENSION], table),
        _tensor("size", INT64, [], struct.pack("<q", len(VOCABULARY))),
        _tensor("axis", INT64, [1], struct.pack("<q", 2)),
    ]
    inputs = [_value(name, INT64, ["batch", "length"]) for name in ("input_ids", "attention_mask", "token_type_ids")]
    output = _value("last_hidden_state", FLOAT, ["batch", "length", DIMENSION])
    graph = b"".join(_bytes(1, node) for node in nodes) + _bytes(2, b"tiny")
    graph += b"".join(_bytes(5, constant) for constant in constants)
    graph += b"".join(_bytes(11, given) for given in inputs) + _bytes(12, output)
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, b"") + _number(2, 14))


def _node(operator: str, given: Sequence[str], made: str, attribute: bytes = b"") -> bytes:
    written = b"".join(_bytes(1, name.encode()) for name in given) + _bytes(2, made.encode())
    return written + _bytes(4, operator.encode()) + (_bytes(5, attribute) if attribute else b"")


def _tensor(name: str, of: int, shape: Sequence[int], data: bytes) -> bytes:
    return b"".join(_number(1, size) for size in shape) + _number(2, of) + _bytes(8, name.encode()) + _bytes(9, data)


def _value(name: str, of: int, shape: Sequence[int | str]) -> bytes:
    sizes = [_number(1, size) if isinstance(size, int) else _bytes(2, size.encode()) for size in shape]
    dimensions = b"".join(_bytes(1, size) for size in sizes)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, _number(1, of) + _bytes(2, dimensions)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes([*written, value])
