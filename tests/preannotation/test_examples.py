"""What completions teach a model."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from preannotation.contract import ASSERTION, CLASSIFICATION, NER
from preannotation.training.examples import Example, Wanted, Work, apart, best, look

TEXT = "No pain, takes aspirin."
ENTITIES = Wanted(NER, frozenset({"label"}))


def region(start: int, end: int, *labels: str, control: str = "label") -> dict[str, Any]:
    return {"type": "labels", "from_name": control, "value": {"start": start, "end": end, "labels": list(labels)}}


def chosen(*choices: str, **place: int) -> dict[str, Any]:
    return {"type": "choices", "from_name": "topic", "value": {"choices": list(choices)} | place}


def work(task: int, *result: dict[str, Any], day: int = 1, tags: tuple[str, ...] = (), **facts: bool) -> Work:
    return Work(task, TEXT, tags, result, datetime(2026, 1, day, tzinfo=UTC), **facts)


def test_of_several_completions_the_reviewed_one_wins_then_the_starred_then_the_latest():
    reviewed, starred, latest = work(1, is_reviewed=True), work(1, day=2, is_starred=True), work(1, day=3)
    assert best([latest, reviewed, starred]) == [reviewed]
    assert best([latest, starred]) == [starred]
    assert best([work(1), latest]) == [latest]
    assert best([work(2), work(1)]) == [work(1), work(2)]


def test_where_tags_decide_the_parts_both_tags_mean_test():
    works = [work(1, tags=("Train",)), work(2, tags=("Train", "Test")), work(3)]
    found = look(works, ENTITIES, test_share=0.5, seed=1, by_tag=True)
    assert [[example.task_id for example in part] for part in (found.train, found.test)] == [[1], [2]]
    assert found.left_out == Counter({"it has neither tag, Train nor Test": 1})


def test_a_lot_puts_a_task_into_the_same_part_whatever_others_come_along():
    few, many = ([work(number) for number in range(n)] for n in (50, 400))
    parts = [{e.task_id for e in look(works, ENTITIES, test_share=0.25, seed=7).test} for works in (few, many)]
    assert parts[0] == {task for task in parts[1] if task < 50}
    assert 70 < len(parts[1]) < 130
    assert parts[1] != {e.task_id for e in look(many, ENTITIES, test_share=0.25, seed=8).test}


def test_a_lot_over_few_tasks_leaves_neither_part_empty():
    works = [work(number) for number in range(1, 8)]
    sizes = {
        (len(found.train), len(found.test))
        for share in (0.001, 0.999)
        for seed in range(9)
        for found in [look(works, ENTITIES, test_share=share, seed=seed)]
    }
    assert sizes == {(6, 1), (1, 6)}
    assert look(works[:1], ENTITIES, test_share=0.9, seed=1).test == []


def test_of_overlapping_regions_the_longest_is_learned_and_the_others_are_counted():
    assert apart([(0, 4, "A"), (2, 9, "B"), (9, 12, "C")]) == (((2, 9, "B"), (9, 12, "C")), 1)
    found = look([work(1, region(3, 7, "PROBLEM"), region(0, 7, "PROBLEM"))], ENTITIES, test_share=0, seed=1)
    assert (found.train, found.overlaps) == ([Example(1, TEXT, ((0, 7, "PROBLEM"),))], 1)


def test_entities_come_from_the_wanted_controls_and_labels_only():
    result = [region(3, 7, "PROBLEM"), region(15, 22, "DRUG"), region(15, 22, "OTHER", control="second")]
    found = look([work(1, *result)], Wanted(NER, frozenset({"label"}), frozenset({"DRUG"})), test_share=0, seed=1)
    assert found.train == [Example(1, TEXT, ((15, 22, "DRUG"),))]


def test_a_text_without_entities_is_an_example_too_but_one_without_a_choice_is_not():
    assert look([work(1)], ENTITIES, test_share=0, seed=1).train == [Example(1, TEXT)]
    topics = Wanted(CLASSIFICATION, frozenset({"topic"}))
    found = look([work(1), work(2, chosen("A", "B"), chosen("C", start=0, end=2))], topics, test_share=0, seed=1)
    assert found.train == [Example(2, TEXT, classes=("A", "B"))]
    assert found.left_out == Counter({"nothing was chosen in it": 1})


def test_a_status_is_learned_of_the_chunks_that_have_one():
    wanted = Wanted(ASSERTION, frozenset({"status"}), chunk_labels=frozenset({"PROBLEM"}))
    result = [region(3, 7, "PROBLEM"), region(3, 7, "absent", control="status"), region(15, 22, "DRUG")]
    unjudged = work(2, region(3, 7, "PROBLEM"))
    found = look([work(1, *result), unjudged], wanted, test_share=0, seed=1)
    assert found.train == [Example(1, TEXT, ((3, 7, "absent"),))]
    assert found.left_out == Counter({"no region in it has a status": 1})


def test_counts_say_what_is_scarce_and_the_hash_changes_with_the_data():
    works = [work(n, *([region(3, 7, "PROBLEM")] if n else [region(15, 22, "DRUG")])) for n in range(6)]
    found = look(works, ENTITIES, test_share=0, seed=1)
    assert (found.counts(), found.scarce()) == ({"DRUG": (1, 0), "PROBLEM": (5, 0)}, ["DRUG"])
    assert found.data()["train"] == [0, 1, 2, 3, 4, 5]
    other = look([*works[:-1], work(5)], ENTITIES, test_share=0, seed=1)
    assert other.data()["train"] == found.data()["train"]
    assert other.data()["sha256"] != found.data()["sha256"]
