"""From what models found to the regions that a config asks for. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from preannotation.contract import ASSERTION, CLASSIFICATION, NER, Chunk, DocumentClass, Findings, Status
from projects.digests import digest
from projects.labeling_config import Ask, LabelingConfig
from projects.results import Region, check_result, choices_region, span_region

ORIGIN = "prediction"
ID_BYTES = 5
OUTSIDE = "offsets outside the text"
OTHER_TEXT = "the text is not what stands at the offsets"
MISPLACED = "the engine's offsets don't fit its own text"
NO_CONFIDENCE = "the confidence is no number from 0 to 1"


def source_key(
    config: LabelingConfig, versions: Mapping[str, int], thresholds: Mapping[str, float] | None = None
) -> UUID:
    """Identity of what a prediction comes from: the model versions, what the config asks of them, and the lowest
    confidence (0..1, by model) that is kept. With another mapping the same versions give other regions, so that is
    another source."""
    models = sorted(f"{name}@{version}" for name, version in versions.items())
    asks = [
        f"{ask.kind}|{ask.control}|{ask.to_name}|{ask.label}|{ask.model}|{','.join(ask.predicted)}|{ask.multiple}"
        for ask in config.asks
        if ask.model in versions
    ]
    given = sorted((thresholds or {}).items())
    kept = [f"{name}>={lowest:.4f}" for name, lowest in given if lowest > 0 and name in versions]
    return digest("\n".join([*models, "", *asks, "", config.text_field, *kept]))


def model_version(versions: Mapping[str, int]) -> str:
    """The model versions of a prediction, for people and for exports."""
    return ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))


@dataclass(frozen=True)
class Mapped:
    """regions: in the order of the text, each chunk followed by its status. refused: reasons, where the gate for all
    regions turned one away or a model answered nonsense. under_threshold, unmapped: how many findings were left out
    as too doubtful, and because the config asks no such label from that model."""

    regions: list[Region]
    refused: tuple[str, ...] = ()
    under_threshold: int = 0
    unmapped: int = 0


@dataclass
class _Left:
    """Counts what is left out of one text's findings."""

    refused: list[str] = field(default_factory=list)
    under_threshold: int = 0
    unmapped: int = 0


@dataclass(frozen=True)
class Mapper:
    """Maps the findings of one run. versions: of the models that its deployment holds, by name. thresholds: lowest
    confidence (0..1) that is kept, by model name."""

    config: LabelingConfig
    versions: Mapping[str, int]
    key: UUID
    thresholds: Mapping[str, float] = field(default_factory=dict)
    _entities: dict[tuple[str, str], list[Ask]] = field(default_factory=dict, init=False)
    _statuses: dict[tuple[str, str], list[Ask]] = field(default_factory=dict, init=False)
    _classes: dict[tuple[str, str], list[Ask]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        tables = {NER: self._entities, ASSERTION: self._statuses, CLASSIFICATION: self._classes}
        for ask in self.config.asks:
            for label in ask.predicted:
                tables[ask.kind].setdefault((ask.model, label), []).append(ask)

    def regions(self, findings: Findings, text: str) -> Mapped:
        """What the config asks for among the findings; labels that it doesn't ask from that model are left out."""
        left = _Left(refused=[MISPLACED] * findings.misplaced)
        made = [*self._choices(findings.classes, left)]
        for chunk in findings.chunks:
            nonsense = _nonsense(chunk, text)
            if nonsense:
                left.refused.append(nonsense)
            else:
                made.extend(self._spans(chunk, left))
        checked = check_result(made, self.config, text)
        refused = (*left.refused, *(refused.reason for refused in checked.refused))
        return Mapped(checked.kept, refused, left.under_threshold, left.unmapped)

    def _spans(self, chunk: Chunk, left: _Left) -> Iterator[Region]:
        asks = self._entities.get((chunk.model, chunk.label), ())
        if not self._keeps(chunk, bool(asks), left):
            return
        status = chunk.status if chunk.status and self._keeps_status(chunk.status, left) else None
        for ask in asks:
            region = self._span(ask, chunk, chunk.confidence)
            yield region
            if not status:
                continue
            for said in self._statuses.get((status.model, status.label), ()):
                yield self._span(said, chunk, status.confidence, parent=region["id"])

    def _keeps(self, finding: Chunk | DocumentClass, is_asked: bool, left: _Left) -> bool:
        if not is_asked:
            left.unmapped += 1
        elif self._is_doubtful(finding):
            left.under_threshold += 1
        else:
            return True
        return False

    def _keeps_status(self, status: Status, left: _Left) -> bool:
        if not _is_confidence(status.confidence):
            left.refused.append(NO_CONFIDENCE)
            return False
        doubtful = self._is_doubtful(status)
        left.under_threshold += doubtful
        return not doubtful

    def _is_doubtful(self, finding: Chunk | DocumentClass | Status) -> bool:
        return finding.confidence < self.thresholds.get(finding.model, 0.0)

    def _span(self, ask: Ask, chunk: Chunk, confidence: float, parent: str | None = None) -> Region:
        return span_region(
            ask.control,
            ask.to_name,
            region_id=self._id(ask.control, ask.label, chunk.start, chunk.end, parent or ""),
            start=chunk.start,
            end=chunk.end,
            text=chunk.text,
            label=ask.label,
            confidence=confidence,
            object_field=self.config.text_field,
            parent_id=parent,
            origin=ORIGIN,
            model=ask.model,
            version=self.versions[ask.model],
        )

    def _choices(self, classes: tuple[DocumentClass, ...], left: _Left) -> Iterator[Region]:
        """One region for each control and model; of several classes that a single choice can't hold, the surest."""
        answers: dict[tuple[str, str], list[tuple[Ask, float]]] = {}
        for found in classes:
            asks = self._classes.get((found.model, found.label), ())
            if not _is_confidence(found.confidence):
                left.refused.append(NO_CONFIDENCE)
                continue
            for ask in asks if self._keeps(found, bool(asks), left) else ():
                answers.setdefault((ask.control, ask.model), []).append((ask, found.confidence))
        for (control, model), given in answers.items():
            surest = sorted(given, key=lambda answer: -answer[1])
            kept = surest if surest[0][0].multiple else surest[:1]
            names = list(dict.fromkeys(ask.label for ask, _ in kept))
            yield choices_region(
                control,
                kept[0][0].to_name,
                region_id=self._id(control, *names),
                choices=names,
                confidence=min(confidence for _, confidence in kept),
                object_field=self.config.text_field,
                origin=ORIGIN,
                model=model,
                version=self.versions[model],
            )

    def _id(self, *parts: str | int) -> str:
        """The same finding of the same source gets the same id, so that a second delivery makes the same rows."""
        source = "\x00".join([self.key.hex, *map(str, parts)])
        return hashlib.blake2b(source.encode(), digest_size=ID_BYTES).hexdigest()


def _nonsense(chunk: Chunk, text: str) -> str:
    """Why no region can be made of this chunk; "" where one can."""
    if not 0 <= chunk.start < chunk.end <= len(text):
        return OUTSIDE
    if text[chunk.start : chunk.end] != chunk.text:
        return OTHER_TEXT
    return "" if _is_confidence(chunk.confidence) else NO_CONFIDENCE


def _is_confidence(value: float) -> bool:
    # Not a number compares as false.
    return 0.0 <= value <= 1.0
