"""A file into a project: tasks, what joins them, what is refused, and nothing at all from a wrong file."""

import csv
import io
import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.digests import data_digest, digest
from projects.exchange import FileRefused, import_file, importing
from projects.exchange.importing import BATCH_ROWS
from projects.exchange.report import MAX_PROBLEMS
from projects.models import Completion, ImportReport, Prediction, Project, Task

HOSTILE = "\ufeff😀👨🏻‍🚒 𝒳 e\u0301\u00a0\t\r\nx\ry\u2028z\u200d שלום \"quoted\", 'x' \\ \\N \x7f\x01 \\."
COUNTS = ("imported", "joined", "skipped", "refused", "repaired", "regions_refused", "problem_count")


def brought(project: Project, by: User, content: object, name: str = "tasks.json") -> ImportReport:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return import_file(project, io.BytesIO(raw), name, by)


def counts(report: ImportReport) -> tuple[int, ...]:
    report.refresh_from_db()
    return tuple(getattr(report, name) for name in COUNTS)


def region(start: int, end: int, text: str, label: str = "DRUG", region_id: str = "r", **more: object) -> dict:
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    return {"id": region_id, "from_name": "label", "to_name": "text", "type": "labels", "value": value, **more}


def full(text: str = "Took aspirin.", **parts: object) -> dict:
    return {"data": {"text": text}, **parts}


def test_a_bare_task_is_stored_as_it_came(project: Project, manager: User):
    data = {"text": HOSTILE, "title": "A note", "meta": {"n": [1, 2.5, None, True], "\\": "\t"}}
    report = brought(project, manager, [data], "notes/one.json")
    task = Task.objects.get()
    assert task.imported_data() == data
    assert (task.text, task.title, task.text_field, task.status) == (HOSTILE, "A note", "text", "incomplete")
    assert (task.text_hash, task.data_hash) == (digest(HOSTILE), data_digest(data))
    assert (task.created_username, task.tags, task.extra, task.external_id) == (manager.username, [], {}, "")
    assert (task.preannotation_state, task.region_count, task.lowest_confidence, task.failure) == ("", None, None, "")
    assert (report.file_name, report.created_by, report.project) == ("one.json", manager, project)
    assert counts(report) == (1, 0, 0, 0, 0, 0, 0)


def test_the_same_data_is_there_only_once_whatever_the_order_of_its_keys(project: Project, manager: User):
    first = brought(project, manager, [{"text": "a", "n": 1}, {"n": 1, "text": "a"}, {"text": "a"}])
    second = brought(project, manager, [{"n": 1, "text": "a"}, {"text": "b"}])
    assert (counts(first), counts(second)) == ((2, 0, 1, 0, 0, 0, 0), (1, 0, 1, 0, 0, 0, 0))
    assert Task.objects.count() == 3


def test_two_projects_may_hold_the_same_text(project: Project, owner: User):
    other = Project.create(owner=owner, name="Other", labeling_config=project.labeling_config)
    brought(project, owner, [{"text": "a"}])
    assert counts(brought(other, owner, [{"text": "a"}])) == (1, 0, 0, 0, 0, 0, 0)


def test_the_text_field_is_that_of_the_config(project: Project, manager: User):
    Project.objects.filter(pk=project.pk).update(labeling_config='<View><Text name="t" value="$note"/></View>')
    project.refresh_from_db()
    report = brought(project, manager, [{"note": "a", "text": "b"}, {"text": "c"}])
    task = Task.objects.get()
    assert (task.text, task.text_field, task.data) == ("a", "note", {"text": "b"})
    assert report.problems == [
        {"row": 2, "what": "row", "reason": 'It has no "note", the field that the Labeling Config shows.'}
    ]


def test_work_and_predictions_come_with_their_task(project: Project, manager: User, annotator: User):
    content = full(
        id=11, created_by="admin", created_at="2022-10-29 14:07:12", tags=["train"],
        completions=[
            {"id": 1, "created_username": "anna", "result": [region(5, 12, "aspirin")], "honeypot": True,
             "submitted_at": "2022-10-30T20:57:54.303", "lead_time": 82, "cid": "1"},
            {"id": 2, "created_username": "eric", "result": []},
        ],
        predictions=[
            {"id": 3, "result": [
                region(5, 12, "aspirin", score=0.75), region(0, 4, "Took", region_id="s", score=0.25),
            ]},
        ],
    )  # fmt: skip
    report = brought(project, manager, [content])
    task = Task.objects.get()
    assert (task.external_id, task.extra, task.tags, task.status) == (
        "11",
        {"created_by": "admin"},
        ["train"],
        "in_progress",
    )
    assert task.created_at.isoformat() == "2022-10-29T14:07:12+00:00"
    assert (task.preannotation_state, task.region_count, task.lowest_confidence) == ("", 2, 0.25)
    ours, theirs = Completion.objects.order_by("pk")
    assert (ours.user, ours.username, ours.starred, ours.lead_time, ours.external_id) == (
        annotator,
        "anna",
        True,
        82,
        "1",
    )
    assert (ours.result, ours.extra) == ([region(5, 12, "aspirin")], {"cid": "1"})
    assert ours.submitted_at.isoformat() == "2022-10-30T20:57:54.303000+00:00"
    assert (theirs.user, theirs.username, theirs.submitted_at) == (None, "eric", None)
    prediction = Prediction.objects.get()
    assert prediction.model_version == f"imported {report.pk}"
    assert (prediction.score, prediction.external_id, prediction.run_id, prediction.hidden) == (0.5, "3", None, False)
    assert (prediction.text_hash, prediction.task) == (task.text_hash, task)


def test_only_members_are_recognised_by_name(project: Project, manager: User, outsider: User):
    brought(project, manager, [full(completions=[{"created_username": "otto", "result": []}])])
    assert Completion.objects.values_list("user", "username").get() == (None, "otto")


def test_new_work_joins_the_task_that_is_there_and_old_work_comes_once(project: Project, manager: User):
    one = {"created_username": "anna", "result": [region(5, 12, "aspirin", score=0.5)]}
    two = {"created_username": "anna", "result": []}
    guess = {"model_version": "v1", "result": [region(5, 12, "aspirin", score=0.5)]}
    assert counts(brought(project, manager, [full(completions=[one], predictions=[guess])]))[:3] == (1, 0, 0)
    again = full(
        completions=[
            {"created_username": "anna", "result": [{**region(5, 12, "aspirin")}]},
        ],
        predictions=[guess],
    )
    again["completions"][0]["result"][0]["value"]["confidence"] = "0.5"
    assert counts(brought(project, manager, [again]))[:3] == (0, 0, 1)
    more = full(completions=[two, one], predictions=[guess, {**guess, "model_version": "v2"}])
    assert counts(brought(project, manager, [more, more]))[:3] == (0, 1, 1)
    assert Completion.objects.count() == 2
    assert sorted(Prediction.objects.values_list("model_version", flat=True)) == ["v1", "v2"]
    assert Task.objects.values_list("status", "region_count", "lowest_confidence").get() == ("in_progress", 1, 0.5)


def test_a_prediction_without_version_is_the_same_at_its_second_import(project: Project, manager: User):
    content = [full(predictions=[{"result": [region(5, 12, "aspirin")]}])]
    brought(project, manager, content)
    assert counts(brought(project, manager, content))[:3] == (0, 0, 1)
    assert Prediction.objects.count() == 1


def test_the_status_follows_what_the_file_brings(project: Project, manager: User):
    brought(
        project, manager, [full(completions=[{"created_username": "a", "result": [], "submitted_at": "2024-01-01"}])]
    )
    assert Task.objects.get().status == "submitted"
    brought(project, manager, [full(completions=[{"created_username": "b", "result": []}])])
    assert Task.objects.get().status == "in_progress"
    rejected = {"created_username": "a", "submitted_at": "2024-01-02", "review": "rejected", "reviewed_by": "rui"}
    brought(project, manager, [full(completions=[{**rejected, "result": [region(0, 4, "Took")]}])])
    assert Task.objects.get().status == "to_correct"


def test_an_older_prediction_leaves_the_count_of_the_newer_one(project: Project, manager: User):
    def guess(day: int, *regions: dict) -> dict:
        return {"model_version": f"v{day}", "created_ago": f"2024-01-0{day}T00:00:00Z", "result": list(regions)}

    brought(project, manager, [full(predictions=[guess(2, region(5, 12, "aspirin", score=0.5))])])
    brought(project, manager, [full(predictions=[guess(1)])])
    assert Task.objects.values_list("region_count", "lowest_confidence").get() == (1, 0.5)
    brought(project, manager, [full(predictions=[guess(3)])])
    assert Task.objects.values_list("region_count", "lowest_confidence").get() == (0, None)


def test_where_models_disagree_is_counted_for_new_tasks_and_for_those_that_are_joined(project: Project, manager: User):
    agreed = region(5, 12, "aspirin", model="a")
    disputed = [agreed, region(5, 12, "aspirin", "DOSAGE", "r2", model="b")]
    brought(project, manager, [full(predictions=[{"model_version": "v1", "result": disputed}])])
    assert Task.objects.values_list("conflict_count").get() == (1,)
    brought(project, manager, [full(predictions=[{"model_version": "v2", "result": [agreed]}])])
    assert Task.objects.values_list("conflict_count").get() == (0,)


def test_a_person_keeps_one_star_a_task(project: Project, manager: User):
    starred = [
        {"created_username": name, "honeypot": True, "result": [], "n": number}
        for number, name in enumerate(("anna", "anna", "eric", "eric"))
    ]
    report = brought(project, manager, [full(completions=starred)])
    assert list(Completion.objects.order_by("pk").values_list("username", "starred")) == [
        ("anna", True), ("anna", False), ("eric", True), ("eric", True),
    ]  # fmt: skip
    assert report.problems == [
        {
            "row": 1,
            "what": "completion 2",
            "reason": "anna has starred another completion of this task; this one was imported without its star.",
        }
    ]


def test_regions_are_refused_or_repaired_one_by_one(project: Project, manager: User):
    text = "😀 took aspirin"
    result = [
        region(8, 15, "aspirin"),
        region(2, 6, "took", label="VERB", region_id="s"),
        region(2, 6, "took", region_id="t", score=1.5),
    ]
    report = brought(project, manager, [full(text, predictions=[{"model_version": "v", "result": result}])])
    assert [(r["value"]["start"], r["value"]["end"], r.get("score")) for r in Prediction.objects.get().result] == [
        (7, 14, None), (2, 6, 1.0),
    ]  # fmt: skip
    assert counts(report) == (1, 0, 0, 0, 2, 1, 3)
    assert report.problems == [
        {
            "row": 1,
            "what": "prediction 1, region 2",
            "reason": '"VERB" is not in "label" of the Labeling Config. It was left out.',
        },
        {
            "row": 1,
            "what": "prediction 1",
            "reason": "Region r: offsets counted UTF-16 units; 8–15 became 7–14.",
        },
        {"row": 1, "what": "prediction 1", "reason": "Region t: confidence 1.5 became 1."},
    ]


def test_rows_that_the_database_can_not_hold_are_refused_and_the_others_stay(project: Project, manager: User):
    content = b'[{"text": "a\\u0000"}, {"text": "good"}, {"text": "\\ud83d"}, "bare", {"text": "b", "k\\u0000": 1}]'
    report = brought(project, manager, content)
    assert Task.objects.get().text == "good"
    assert counts(report) == (1, 0, 0, 4, 0, 0, 4)
    assert [problem["row"] for problem in report.problems] == [1, 3, 4, 5]


def test_a_file_that_breaks_off_leaves_nothing_behind(project: Project, manager: User):
    content = json.dumps([{"text": f"note {number}"} for number in range(BATCH_ROWS + 500)])[:-20].encode()
    with pytest.raises(FileRefused) as refused:
        brought(project, manager, content)
    assert str(refused.value).startswith("The file is not valid JSON at line 1, column ")
    assert (Task.objects.count(), ImportReport.objects.count()) == (0, 0)


def test_problems_are_listed_up_to_a_limit_and_all_are_counted(project: Project, manager: User):
    report = brought(project, manager, [5] * (MAX_PROBLEMS + 10))
    assert (len(report.problems), *counts(report)) == (
        MAX_PROBLEMS,
        0,
        0,
        0,
        MAX_PROBLEMS + 10,
        0,
        0,
        MAX_PROBLEMS + 10,
    )


def test_several_batches_join_each_other(project: Project, manager: User):
    content = [{"text": f"note {number % (BATCH_ROWS + 7)}"} for number in range(2 * BATCH_ROWS + 100)]
    assert counts(brought(project, manager, content))[:3] == (BATCH_ROWS + 7, 0, BATCH_ROWS + 93)
    texts = list(Task.objects.order_by("pk").values_list("text", flat=True))
    assert texts == [f"note {number}" for number in range(BATCH_ROWS + 7)]


def test_the_project_is_asked_for_rows_only_once_one_of_them_was_there(project: Project, manager: User, monkeypatch):
    monkeypatch.setattr(importing, "BATCH_ROWS", 2)
    content = [{"text": name} for name in "abcdecfg"]
    with CaptureQueriesContext(connection) as queries:
        report = brought(project, manager, content)
    asked = [query["sql"] for query in queries if "data_hash = ANY" in query["sql"]]
    # a b, c d, then e c, which are refused and asked for, f g
    assert (counts(report)[:3], len(asked)) == ((7, 0, 1), 2)
    tasks = list(Task.objects.order_by("pk"))
    assert "".join(task.text for task in tasks) == "abcdefg"
    assert (report.first_task, report.last_task) == (tasks[0].pk, tasks[-1].pk)


def test_csv_and_text_files_come_in_exactly(project: Project, manager: User):
    table = io.StringIO(newline="")
    csv.writer(table).writerows([["title", "text"], ["one", HOSTILE], ["two", "a\r\nb"]])
    assert counts(brought(project, manager, table.getvalue().encode(), "notes.csv"))[0] == 2
    assert counts(brought(project, manager, b"x\r\ny\r", "note 7.txt"))[0] == 1
    assert list(Task.objects.order_by("pk").values_list("title", "text")) == [
        ("one", HOSTILE), ("two", "a\r\nb"), ("note 7.txt", "x\r\ny\r"),
    ]  # fmt: skip


def test_a_stored_config_that_no_longer_parses_refuses_the_file(project: Project, manager: User):
    project.labeling_config = "<View>"
    with pytest.raises(FileRefused) as refused:
        brought(project, manager, [{"text": "a"}])
    assert str(refused.value) == (
        "The project's Labeling Config must be corrected first. Line 1: <View> is never closed. Write </View> at "
        "its end."
    )


def test_the_command_imports_files_and_tells_as_json(project: Project, manager: User, tmp_path: Path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text('[{"text": "a"}, 5]')
    bad.write_text("[")
    out = io.StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("import_tasks", project.pk, good, bad, tmp_path / "none.json", user="mona", json=True, stdout=out)
    assert str(failed.value) == "2 of 3 files could not be imported."
    first, second, third = (json.loads(line) for line in out.getvalue().splitlines())
    assert (first["imported"], first["refused"], first["problems"][0]["row"]) == (1, 1, 2)
    assert list(second) == list(third) == ["file", "error"]
    assert Task.objects.get().created_username == manager.username


def test_the_command_names_a_missing_project_or_user(project: Project, tmp_path: Path):
    for arguments, message in (
        ({"project": 0}, 'No project has the number or is called "0". Give the number that stands in its address.'),
        ({"project": project.pk, "user": "nobody"}, 'There is no user "nobody".'),
    ):
        number = arguments.pop("project")
        with pytest.raises(CommandError) as failed:
            call_command("import_tasks", number, tmp_path / "x.json", **arguments)
        assert str(failed.value) == message
