"""Notes as examples to train on."""

from collections.abc import Sequence

from demo.layouts import SETTINGS
from demo.notes import Note
from preannotation.spark.assertion_features import AssertionContext
from preannotation.spark.session import SparkSession
from preannotation.spark.tagging import NerExample, cut_sentences
from preannotation.spark.training import ClassExample


def spans(note: Note, layer: str, labels: Sequence[str] = ()) -> tuple[tuple[int, int, str], ...]:
    """(start, end, label) of the note's entities in a layer, only those of `labels` where any are given."""
    chosen = (entity for entity in note.entities if entity.layer == layer)
    return tuple((e.start, e.end, e.label) for e in chosen if not labels or e.label in labels)


def ner_examples(notes: Sequence[Note], layer: str, labels: Sequence[str] = ()) -> list[NerExample]:
    return [NerExample(note.text, spans(note, layer, labels)) for note in notes]


def class_of(note: Note, target: str) -> str:
    """target: `kind`, or `setting` for where the patient is cared for."""
    return {"kind": note.kind, "setting": SETTINGS[note.kind]}[target]


def class_examples(notes: Sequence[Note], target: str) -> list[ClassExample]:
    return [ClassExample(note.text, (class_of(note, target),)) for note in notes]


def status_examples(spark: SparkSession, notes: Sequence[Note]) -> list[tuple[AssertionContext, str]]:
    """Each problem in its sentence, as the engine cuts sentences, with its assertion status.

    The notes are plain ASCII, so the engine's offsets are also code points.
    """
    found = []
    sentences = cut_sentences(spark, [note.text for note in notes])
    for sentence in sentences:
        for entity in notes[sentence.text].entities:
            if entity.status is not None and sentence.begin <= entity.start and entity.end <= sentence.end + 1:
                context = AssertionContext(sentence.words, entity.start - sentence.begin, entity.end - sentence.begin)
                found.append((context, entity.status))
    return found
