"""What crosses the border to Spark: plain frozen values, with no import of ours, of Django or of Spark.

All offsets here are code points, half-open, over the text exactly as it is stored. The engine's own offsets
(UTF-16 units, inclusive end) never leave `preannotation.spark`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

NER: Final = "ner"
CLASSIFICATION: Final = "classification"
ASSERTION: Final = "assertion"
EMBEDDINGS: Final = "embeddings"
KINDS: Final = (NER, CLASSIFICATION, ASSERTION, EMBEDDINGS)


class EngineError(Exception):
    """Base of what the engine raises; the message is one sentence that a person can act on."""


class SparkUnavailable(EngineError):
    """The Spark session can't be started, or its JVM has died. The process that sees this must end."""


class ModelLoadError(EngineError):
    """A model's folder is missing, broken, foreign, or doesn't fit the other models of its deployment."""


class PredictionError(EngineError):
    """A batch failed inside the engine while the session lives on; a smaller batch may succeed."""


class TrainingError(EngineError):
    """A model can't be trained with the data or the parameters given."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What the engine needs to know of this machine.

    jars: folder of the verified jars. scratch: writable folder for temporary files.
    memory: the JVM's maximum heap, as `4g`. threads: Spark's local task slots.
    """

    jars: Path
    scratch: Path
    memory: str = "4g"
    threads: int = 2


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a saved model says of itself; nothing here is typed in by a person.

    kind: one of KINDS. engine_class: the class in the model's metadata. labels: what it predicts, in the model's
    order, without B- and I- and without O; empty for embeddings. storage_ref: name of the embeddings it was trained
    on (or provides), None where it needs none. dimension: vector length where the model itself says it, else None.
    multiple: a classifier that may answer several classes at once. language: ISO code, `en` by default.
    """

    kind: str
    engine_class: str
    labels: tuple[str, ...] = ()
    storage_ref: str | None = None
    dimension: int | None = None
    multiple: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One registry version as the engine needs it: `folder` holds the saved model, `embeddings_folder` the saved
    embeddings that provide its storage ref (None where the model needs none). version: None before it is in the
    registry."""

    name: str
    version: int | None
    kind: str
    folder: Path
    labels: tuple[str, ...]
    storage_ref: str | None = None
    embeddings_folder: Path | None = None
    multiple: bool = False

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class Status:
    """Assertion status of a chunk. confidence: 0..1. model: registry name."""

    label: str
    confidence: float
    model: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A named entity. `text` is what the engine says stands at [start, end); confidence: 0..1, mean over its tokens."""

    start: int
    end: int
    text: str
    label: str
    confidence: float
    model: str
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class DocumentClass:
    """A class of the whole text. confidence: 0..1. model: registry name."""

    label: str
    confidence: float
    model: str


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a deployment's models say of one text, chunks by start, then end, then model.

    failure: why nothing can be said of this text (then there are no chunks and no classes), else None.
    misplaced: chunks that were left out because the engine's own offsets don't fit the text that it says stands there.
    """

    chunks: tuple[Chunk, ...] = ()
    classes: tuple[DocumentClass, ...] = ()
    failure: str | None = None
    misplaced: int = 0
