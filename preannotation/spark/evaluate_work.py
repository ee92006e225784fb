"""What models find in texts, each model alone, with all confidences; for `preannotation.spark.child`.

The texts come as lines of JSON: {"text", "chunks": [[start, end, [labels]], …]}. An assertion model judges those
chunks, each under the first of its labels that it judges at all; other models find for themselves. The findings go into
a file of lines of JSON, in the order of models and texts: {"model": place, "text": place, "chunks": [[start, end, text,
label, confidence]…], "classes": [[label, confidence]…], "statuses": [[start, end, label, confidence]…], "failure",
"misplaced"}; a model that can't be loaded gives one line {"model": place, "refused": sentence}.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from preannotation.contract import ASSERTION, Chunk, EngineSettings, Findings, ModelLoadError, ModelSpec
from preannotation.halving import halved
from preannotation.spark import session
from preannotation.spark.findings import with_statuses
from preannotation.spark.offsets import CodePoints, engine_text
from preannotation.spark.pipelines import SENTENCE, Pipeline, keep_only, load
from preannotation.spark.predict import predict
from preannotation.spark.windows import windows

FINDINGS_FILE: Final = "findings.jsonl"
BATCH_TEXTS: Final = 40
BATCH_CHARACTERS: Final = 40_000

Line = dict[str, Any]
Say = Callable[..., None]


def work(engine: EngineSettings, values: dict[str, Any], folder: Path, say: Say) -> dict[str, Any]:
    """values: {"models": [ModelSpec as dict, …], "texts_file": path}. Says {"phase": words}, and {"done": n, "of": N}
    in texts over all models. Answers {"findings_file": path}. Raises EngineError."""
    say(phase="starting the engine")
    session.start(engine)
    with Path(values["texts_file"]).open(encoding="utf-8") as file:
        texts: list[Line] = [json.loads(line) for line in file]
    specs = [_spec(given) for given in values["models"]]
    path = folder / FINDINGS_FILE
    with path.open("w", encoding="utf-8") as file:
        for place, spec in enumerate(specs):
            say(phase=f"loading {spec}, model {place + 1} of {len(specs)}")
            done = place * len(texts)
            for line in _lines(spec, texts):
                file.write(json.dumps({"model": place, **line}) + "\n")
                done += 1
                if done % BATCH_TEXTS == 0:
                    say(phase=f"asking {spec}", done=done, of=len(specs) * len(texts))
    return {"findings_file": str(path)}


def _spec(given: dict[str, Any]) -> ModelSpec:
    embeddings = given["embeddings_folder"]
    folders = {"folder": Path(given["folder"]), "embeddings_folder": Path(embeddings) if embeddings else None}
    return ModelSpec(**{**given, **folders, "labels": tuple(given["labels"])})


def _lines(spec: ModelSpec, texts: Sequence[Line]) -> Iterator[Line]:
    try:
        pipeline = load((spec,))
    except ModelLoadError as error:
        yield {"refused": str(error)}
        return
    # The embeddings stay, as long as the next model needs the same ones.
    keep_only([pipeline])
    if spec.kind == ASSERTION:
        for place, given in enumerate(texts):
            yield {"text": place, "statuses": _statuses(pipeline, given["text"], given["chunks"])}
        return
    for start, end in _batches([len(given["text"]) for given in texts]):
        answers = halved([given["text"] for given in texts[start:end]], lambda part: predict(pipeline, part))
        for place, findings in enumerate(answers, start):
            yield {"text": place, **_found(findings)}


def _batches(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = characters = 0
    for place, length in enumerate(lengths):
        if place > start and (place - start >= BATCH_TEXTS or characters + length > BATCH_CHARACTERS):
            yield start, place
            start, characters = place, 0
        characters += length
    if start < len(lengths):
        yield start, len(lengths)


def _found(findings: Findings) -> Line:
    return {
        "chunks": [[one.start, one.end, one.text, one.label, one.confidence] for one in findings.chunks],
        "classes": [[one.label, one.confidence] for one in findings.classes],
        "failure": findings.failure or "",
        "misplaced": findings.misplaced,
    }


def _statuses(pipeline: Pipeline, text: str, chunks: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """A chunk that lies in no window whole is not judged, as none would be found there."""
    if pipeline.assertion is None:
        return []
    name, model = pipeline.assertion
    found = []
    for window in windows(text):
        stored = text[window.start : window.end]
        asked = []
        for start, end, labels in chunks:
            label = next(filter(model.judges, labels), None)
            if label is not None and window.start <= start < end <= window.end:
                start, end = start - window.start, end - window.start
                asked.append(Chunk(start, end, stored[start:end], label, 1.0, name))
        if not asked:
            continue
        given = engine_text(stored)
        (annotations,) = pipeline.annotate([given])
        for chunk in with_statuses(name, model, asked, given, CodePoints(given), annotations[SENTENCE]):
            if chunk.status:
                place = [chunk.start + window.start, chunk.end + window.start]
                found.append([*place, chunk.status.label, chunk.status.confidence])
    return found
