"""The demo's sample models, declared: what each is trained on and how (pure data)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from demo.notes import CLINICAL, DEMOGRAPHICS, POSOLOGY
from preannotation.contract import ASSERTION, CLASSIFICATION, EMBEDDINGS, NER

VERSION: Final = 2
"""Raise it when the way of training changes in the code and not in a recipe: every model is then trained anew."""

SEED: Final = 1
HELDOUT_SEED: Final = 2
HELDOUT_NOTES: Final = 80
"""Notes that quality is measured on; their patterns, drugs, problems, tests and treatments are in no training note."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A sample model. kind: one of contract.KINDS. target: layer of an NER model, or what a classifier tells. labels:
    the only labels kept of the layer, all where empty. embeddings: name of the recipe that gives the word vectors.
    notes: training notes. settings: arguments of the training function."""

    name: str
    kind: str
    target: str = ""
    labels: tuple[str, ...] = ()
    embeddings: str | None = None
    notes: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)


NOTES_100: Final = "embeddings_notes_100"
NOTES_128: Final = "embeddings_notes_128"

SAMPLE_MODELS: Final = (
    Recipe(NOTES_100, EMBEDDINGS, notes=400, settings={"dimension": 100, "iterations": 3}),
    Recipe("ner_posology", NER, POSOLOGY, (), NOTES_100, 130, {"epochs": 7, "batch_size": 16}),
    Recipe("ner_clinical", NER, CLINICAL, (), NOTES_100, 170, {"epochs": 5, "batch_size": 16, "word_dropout": 0.3}),
    Recipe(
        "ner_demographics", NER, DEMOGRAPHICS, (), NOTES_100, 110, {"epochs": 6, "batch_size": 16, "plain_share": 0.2}
    ),
    Recipe("classification_note_kind", CLASSIFICATION, "kind", (), NOTES_100, 300, {"epochs": 60}),
    Recipe("classification_care_setting", CLASSIFICATION, "setting", (), NOTES_100, 300, {"epochs": 60}),
    Recipe("assertion_problem", ASSERTION, "status", notes=300, settings={"about": ("PROBLEM",)}),
    Recipe(NOTES_128, EMBEDDINGS, notes=400, settings={"dimension": 128, "iterations": 2}),
    Recipe("ner_medication_128", NER, POSOLOGY, ("DRUG", "STRENGTH"), NOTES_128, 80, {"epochs": 5, "batch_size": 16}),
)
