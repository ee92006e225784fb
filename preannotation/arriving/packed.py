"""A version of the registry as a zip that another installation takes, and that plain Spark NLP loads once unpacked."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from io import RawIOBase
from typing import Any, Final

from preannotation.arriving.figures import QUALITY
from preannotation.contract import ASSERTION, CLASSIFICATION, EMBEDDINGS
from preannotation.models import NlpModel

BLOCK: Final = 1 << 20
README: Final = "README.txt"
INPUTS: Final = {
    "NerDLModel": "sentence, token, word_embeddings",
    "NerCrfModel": "sentence, token, pos, word_embeddings",
    "ClassifierDLModel": "sentence_embeddings",
    "MultiClassifierDLModel": "sentence_embeddings",
}


class _Written(RawIOBase):
    """Gathers what a zip writes, to be sent on bit by bit."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        given = bytes(data)
        self.parts.append(given)
        self.position += len(given)
        return len(given)

    def tell(self) -> int:
        return self.position

    def taken(self) -> bytes:
        given, self.parts = b"".join(self.parts), []
        return given


def packed(model: NlpModel) -> Iterator[bytes]:
    """The zip, made while it is read: the model's files in a folder, with a README and its figures beside it."""
    written = _Written()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(README, readme(model))
        made.writestr(QUALITY, json.dumps(model.quality, indent=1))
        for path in sorted(model.path.rglob("*")):
            if not path.is_file():
                continue
            entry = zipfile.ZipInfo.from_file(path, f"model/{path.relative_to(model.path).as_posix()}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with path.open("rb") as file, made.open(entry, "w", force_zip64=True) as into:
                while chunk := file.read(BLOCK):
                    into.write(chunk)
                    yield written.taken()
    yield written.taken()


def readme(model: NlpModel) -> str:
    """How to use the files, for people."""
    provider = model.provider()
    lines = [
        f"{model} - {model.get_kind_display()}, language {model.language}",
        "",
        f"The folder `model` is a saved {model.engine_class}. SHA-256 over its files: {model.checksum}",
        f"Labels: {', '.join(model.labels) or 'none'}",
    ]
    if model.storage_ref and model.kind != EMBEDDINGS:
        lines.append(
            f'It needs the embeddings "{model.storage_ref}" ({provider or "not in the registry"}); take them along.'
        )
    lines += ["", "In another Annotation Lab: upload this zip on the Models page, or run", ""]
    lines += [f"    python manage.py models add {model.name}-{model.version}.zip --name {model.name}", ""]
    return "\n".join([*lines, *_plain(model), ""])


def _plain(model: NlpModel) -> list[str]:
    if model.kind == ASSERTION:
        return ["Assertion models are this product's own; plain Spark NLP can't load them."]
    lines = ["In plain Spark NLP:", "", f"    from sparknlp.annotator import {model.engine_class}"]
    lines.append(f'    model = {model.engine_class}.load("model")')
    if inputs := INPUTS.get(model.engine_class):
        columns = ", ".join(f'"{column}"' for column in inputs.split(", "))
        lines.append(f'    model.setInputCols([{columns}]).setOutputCol("found")')
    if model.kind == CLASSIFICATION:
        lines.append("The sentence embeddings are the average of the word embeddings (SentenceEmbeddings, AVERAGE).")
    return lines
