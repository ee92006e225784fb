"""The figures of the Overview page, counted in the database from rows as the editor's side writes them."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from projects import label_counts, overview
from projects.label_counts import LabelCount
from projects.labeling_config import parse
from projects.models import Completion, LabelCounts, Prediction, Verdict
from projects.models.completion import ReviewState
from projects.scores import Score, VerdictCount, scores
from tests.conftest import NER_CONFIG
from tests.preannotation.conftest import add_tasks

NOW = timezone.now()


def region(label: str, kind: str = "labels", control: str = "label") -> dict:
    return {"id": label, "from_name": control, "to_name": "text", "type": kind, "value": {kind: [label]}}


def completed(task, user, *labels: str, age: int = 0, **values) -> Completion:
    given = {"username": user.username, "submitted_at": NOW - timedelta(hours=age), "result": list(map(region, labels))}
    return Completion.objects.create(task=task, user=user, **(given | values))


def judged(completion: Completion, kind: str, label: str, corrected: str = "", model: str = "ner_drug") -> None:
    Verdict.objects.create(
        completion=completion, kind=kind, control="label", label=label, corrected_label=corrected, region_id="a",
        model=model, model_version="1",
    )  # fmt: skip


def verdict(kind: str, count: int, label: str = "DRUG", corrected: str = "", version: str = "1") -> VerdictCount:
    return VerdictCount("ner_drug", version, "label", label, corrected, kind, count)


def test_each_kind_of_verdict_counts_where_it_belongs():
    [model] = scores(
        [
            verdict("accepted", 6),
            verdict("boundary", 1),
            verdict("rejected", 2),
            verdict("added", 3),
            verdict("relabelled", 4, corrected="DOSAGE"),
        ]
    )
    assert model.labels == {("label", "DOSAGE"): Score(0, 0, 4), ("label", "DRUG"): Score(6, 7, 4)}
    drug = model.labels[("label", "DRUG")]
    assert (drug.precision, drug.recall, drug.f1, drug.support) == (6 / 13, 0.6, 12 / 23, 10)
    assert (model.overall, model.overall.f1) == (Score(6, 7, 8), 12 / 27)
    assert model.verdicts == {"accepted": 6, "boundary": 1, "relabelled": 4, "rejected": 2, "added": 3}


def test_what_cannot_be_divided_has_no_figure():
    assert [(score.precision, score.recall, score.f1) for score in (Score(), Score(wrong=2), Score(missed=2))] == [
        (None, None, None),
        (0.0, None, 0.0),
        (None, 0.0, 0.0),
    ]


def test_what_was_added_where_no_model_is_asked_is_nobodys_miss():
    added, imported = (VerdictCount("", "", "label", "DRUG", "", kind, 1) for kind in ("added", "accepted"))
    assert scores([added]) == []
    assert [model.overall for model in scores([added, imported])] == [Score(1, 0, 1)]


def test_versions_come_in_the_order_of_their_numbers():
    rows = [verdict("accepted", 1, version=version) for version in ("10", "9", "imported 3")]
    assert [model.version for model in scores(rows)] == ["imported 3", "9", "10"]


def test_tasks_are_counted_by_status_and_none_is_left_out(project):
    first, *_ = add_tasks(project, ["a", "b", "c", "d"])
    first.status = "reviewed"
    first.save()
    assert [(share.key, share.count, share.percent) for share in overview.statuses(project)] == [
        ("incomplete", 3, 75.0),
        ("in_progress", 0, 0.0),
        ("submitted", 0, 0.0),
        ("reviewed", 1, 25.0),
        ("to_correct", 0, 0.0),
    ]


def test_people_are_told_what_they_did_and_the_median_is_that_of_submitted_work(project, annotator, reviewer):
    tasks = add_tasks(project, ["a", "b", "c", "d"])
    for task, seconds, review in zip(tasks, (10, 20, 90, None), ("accepted", "rejected", "corrected", ""), strict=True):
        completed(task, annotator, lead_time=seconds, review=review)
    completed(tasks[0], reviewer, submitted_at=None, lead_time=1000)
    total, each = overview.people(project)
    names = ("username", "submitted", "drafts", "accepted", "corrected", "rejected", "seconds", "median")
    assert [tuple(getattr(row, name) for name in names) for row in (total, *each)] == [
        (None, 4, 1, 1, 1, 1, 1120, 20),
        ("anna", 4, 0, 1, 1, 1, 120, 20),
        ("rui", 0, 1, 0, 0, 0, 1000, None),
    ]


def test_without_work_there_are_figures_of_nothing(project):
    total, each = overview.people(project)
    assert (total.submitted, total.median, each, overview.models_against_people(project)) == (0, None, [], [])


def test_only_what_stands_counts_of_each_person_the_newest_that_no_reviewer_refused(project, annotator, reviewer):
    task, other = add_tasks(project, ["a", "b"])
    judged(completed(task, annotator, "DRUG", age=2), "rejected", "DRUG")
    judged(completed(task, annotator, "DOSAGE", age=1), "accepted", "DOSAGE")
    judged(completed(task, reviewer, "DRUG", age=1), "accepted", "DRUG")
    judged(completed(other, annotator, "DRUG", review=ReviewState.REJECTED), "added", "DRUG")
    completed(other, annotator, "DRUG", submitted_at=None)
    [model] = overview.models_against_people(project)
    assert model.labels == {("label", "DOSAGE"): Score(1), ("label", "DRUG"): Score(1)}
    assert label_counts.label_counts(project).labels == [
        LabelCount("label", "DOSAGE", 1, 0),
        LabelCount("label", "DRUG", 1, 0),
    ]


def test_labels_are_counted_in_the_newest_shown_prediction_and_choices_by_their_path(project, owner, annotator):
    [task] = add_tasks(project, ["a"])
    for age, hidden, labels in ((3, False, ["OLD"]), (2, False, ["DRUG", "DRUG"]), (1, True, ["HIDDEN"])):
        Prediction.objects.create(
            task=task, text_hash=task.text_hash, source_key=f"00000000-0000-0000-0000-00000000000{age}",
            model_version="m", result=list(map(region, labels)), hidden=hidden, created_at=NOW - timedelta(hours=age),
        )  # fmt: skip
    nested = region("x", "choices", "kind") | {"value": {"choices": [["Clinic", "Visit"], "letter"]}}
    odd = {"from_name": "label", "type": "labels", "value": {"labels": "no list"}}
    relation = {"type": "relation", "from_id": "a", "to_id": "b", "labels": ["is"]}
    completed(task, annotator, result=[nested, odd, relation])
    assert label_counts.label_counts(project).labels == [
        LabelCount("kind", "Clinic / Visit", 1, 0),
        LabelCount("kind", "letter", 1, 0),
        LabelCount("label", "DRUG", 0, 2),
    ]


def test_labels_of_the_config_come_first_in_its_order_even_without_regions(project):
    shares = overview.label_shares([LabelCount("label", "GONE", 9, 1), LabelCount("label", "DOSAGE", 2, 4)],
                                   project.parsed_config())  # fmt: skip
    assert [(row.counted.label, row.people_percent, row.models_percent) for row in shares] == [
        ("DRUG", 0.0, 0.0),
        ("DOSAGE", 22.22, 44.44),
        ("GONE", 100.0, 11.11),
    ]


def test_counting_that_takes_too_long_is_left_to_a_worker_and_its_counts_are_kept(
    project, annotator, monkeypatch, django_capture_on_commit_callbacks
):
    asked = []
    monkeypatch.setattr(label_counts, "async_task", lambda *job, **options: asked.append(job))
    monkeypatch.setattr(label_counts, "_counted_at_once", slow)
    monkeypatch.setattr(label_counts, "SLICE", 2)
    for task in add_tasks(project, ["a", "b", "c"]):
        completed(task, annotator, "DRUG")
    with django_capture_on_commit_callbacks(execute=True):
        first, second = (label_counts.label_counts(project) for _ in range(2))
    assert (first.labels, first.waits, second.waits, asked) == (
        [], True, True, [("projects.jobs.count_labels", project.pk)],
    )  # fmt: skip
    label_counts.count_in_worker(project.pk)
    kept = label_counts.label_counts(project)
    assert (kept.labels, kept.waits) == ([LabelCount("label", "DRUG", 3, 0)], False)
    LabelCounts.objects.update(counted_at=NOW - timedelta(hours=1))
    with django_capture_on_commit_callbacks(execute=True):
        old = label_counts.label_counts(project)
    assert (old.labels, old.waits, len(asked)) == (kept.labels, True, 2)


def slow(project) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    error = OperationalError("canceling statement due to statement timeout")
    error.__cause__ = type("Cancelled", (Exception,), {"sqlstate": "57014"})()
    raise error


def test_a_statement_that_runs_over_its_time_is_cancelled_and_later_ones_are_not(project, monkeypatch):
    monkeypatch.setattr(label_counts, "AT_ONCE_MS", 1)
    monkeypatch.setattr(label_counts, "COUNTS", "SELECT 'a', 'b', 0, 0 FROM pg_sleep(0.05)")
    assert label_counts.label_counts(project).waits
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.01)")


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (59.6, "1 min"), (3599, "59 min"), (3905, "1 h 05 min")])
def test_time_is_told_in_hours(seconds, words):
    assert overview.in_hours(seconds) == words


def test_labels_lead_to_their_tasks_by_the_filter_and_choices_by_the_search(project):
    config = parse(NER_CONFIG.replace("<Text", '<Choices name="kind" toName="text"><Choice value="x"/></Choices><Text'))
    rows = [LabelCount("kind", "Clinic / Visit 2", 1, 0), LabelCount("label", "A&B", 1, 0)]
    queries = {row.counted.label: row.query for row in overview.label_shares(rows, config.config)}
    assert (queries["Clinic / Visit 2"], queries["A&B"]) == ("q=choice%3A%22Visit+2%22", "label=A%26B")
