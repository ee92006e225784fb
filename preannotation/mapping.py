"""From what models found to the regions that a config asks for. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from preannotation.contract import ASSERTION, CLASSIFICATION, NER, Chunk, DocumentClass, Findings
from projects.digests import digest
from projects.labeling_config import Ask, LabelingConfig
from projects.results import Region, check_result, choices_region, span_region

ORIGIN = "prediction"
ID_BYTES = 5


def source_key(config: LabelingConfig, versions: Mapping[str, int]) -> UUID:
    """Identity of what a prediction comes from: the model versions, and what the config asks of them. With another
    mapping the same versions give other regions, so that is another source."""
    models = sorted(f"{name}@{version}" for name, version in versions.items())
    asks = [
        f"{ask.kind}|{ask.control}|{ask.to_name}|{ask.label}|{ask.model}|{','.join(ask.predicted)}|{ask.multiple}"
        for ask in config.asks
        if ask.model in versions
    ]
    return digest("\n".join([*models, "", *asks, "", config.text_field]))


def model_version(versions: Mapping[str, int]) -> str:
    """The model versions of a prediction, for people and for exports."""
    return ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))


@dataclass(frozen=True)
class Mapped:
    """regions: in the order of the text, each chunk followed by its status. refused: reasons, where the gate for all
    regions turned one away."""

    regions: list[Region]
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapper:
    """Maps the findings of one run. versions: of the models that its deployment holds, by name."""

    config: LabelingConfig
    versions: Mapping[str, int]
    key: UUID
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
        made = [*self._choices(findings.classes)]
        for chunk in findings.chunks:
            made.extend(self._spans(chunk))
        checked = check_result(made, self.config, text)
        return Mapped(checked.kept, tuple(refused.reason for refused in checked.refused))

    def _spans(self, chunk: Chunk) -> Iterator[Region]:
        for ask in self._entities.get((chunk.model, chunk.label), ()):
            region = self._span(ask, chunk, chunk.confidence)
            yield region
            if not chunk.status:
                continue
            for status in self._statuses.get((chunk.status.model, chunk.status.label), ()):
                yield self._span(status, chunk, chunk.status.confidence, parent=region["id"])

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

    def _choices(self, classes: tuple[DocumentClass, ...]) -> Iterator[Region]:
        """One region for each control and model; of several classes that a single choice can't hold, the surest."""
        answers: dict[tuple[str, str], list[tuple[Ask, float]]] = {}
        for found in classes:
            for ask in self._classes.get((found.model, found.label), ()):
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
