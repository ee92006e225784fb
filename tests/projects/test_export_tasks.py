"""A project into a file, in both dialects, and back again."""

import io
import json
import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from projects.exchange import (
    ANNOTATION_LAB,
    LABEL_STUDIO,
    ExportMismatch,
    checked_export,
    export_tasks,
    import_file,
)
from projects.models import Activity, Completion, Prediction, Project, Task

HOSTILE = '\ufeff😀👨🏻‍🚒 𝒳 e\u0301\u00a0\t\r\nx\ry\u2028z\u200d שלום "quoted" \\ \x7f\x01 aspirin'
START = HOSTILE.index("aspirin")


def region(score: float | None = None, region_id: str = "r") -> dict:
    value = {"start": START, "end": START + 7, "text": "aspirin", "labels": ["DRUG"]}
    more = {} if score is None else {"score": score}
    return {
        "id": region_id,
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "value": value,
        "x": {"y": 1},
        **more,
    }


@pytest.fixture
def tasks(project: Project, manager: User) -> Project:
    content = [
        {
            "id": 11,
            "created_by": "admin",
            "created_at": "2022-10-29 14:07:12",
            "is_labeled": 1,
            "tags": ["train"],
            "data": {"text": HOSTILE, "title": "one", "meta": [1, None]},
            "completions": [
                {
                    "id": 7,
                    "created_username": "anna",
                    "created_ago": "2024-01-01T00:00:00Z",
                    "updated_at": "2024-01-02T00:00:00Z",
                    "submitted_at": "2024-01-03T00:00:00Z",
                    "lead_time": 82.5,
                    "honeypot": True,
                    "cid": "7",
                    "result": [region(1)],
                },
                {"created_username": "eric", "created_ago": "2024-01-04T00:00:00Z", "result": []},
            ],
            "predictions": [
                {
                    "id": "p",
                    "model_version": "v1",
                    "created_ago": "2024-01-01T00:00:00Z",
                    "result": [region(0.75)],
                    "c": 2,
                }
            ],
        },
        {"text": "nothing yet"},
    ]
    import_file(project, io.BytesIO(json.dumps(content).encode()), "tasks.json", manager)
    return project


def exported(project: Project, dialect: str, **options: bool) -> list[dict]:
    return json.loads(b"".join(export_tasks(Task.objects.filter(project=project), dialect, **options)))


def test_annotation_lab_gets_completions_and_confidences_as_strings(tasks: Project):
    first, second = exported(tasks, ANNOTATION_LAB)
    unsubmitted = Completion.objects.get(username="eric").pk
    value = {"start": START, "end": START + 7, "text": "aspirin", "labels": ["DRUG"]}
    base = {"id": "r", "from_name": "label", "to_name": "text", "type": "labels", "x": {"y": 1}}
    assert first == {
        "created_by": "admin",
        "is_labeled": 1,
        "id": 11,
        "created_at": "2022-10-29 14:07:12",
        "tags": ["train"],
        "data": {"text": HOSTILE, "title": "one", "meta": [1, None]},
        "completions": [
            {
                "cid": "7",
                "id": 7,
                "created_username": "anna",
                "created_ago": "2024-01-01T00:00:00+00:00",
                "lead_time": 82.5,
                "result": [{**base, "value": {**value, "confidence": 1.0}}],
                "honeypot": True,
                "submitted_at": "2024-01-03T00:00:00+00:00",
                "updated_at": "2024-01-02T00:00:00+00:00",
            },
            {
                "id": unsubmitted,
                "created_username": "eric",
                "created_ago": "2024-01-04T00:00:00+00:00",
                "lead_time": None,
                "result": [],
                "honeypot": False,
                "updated_at": "2024-01-04T00:00:00+00:00",
            },
        ],
        "predictions": [
            {
                "c": 2,
                "id": "p",
                "created_username": "imported",
                "created_ago": "2024-01-01T00:00:00+00:00",
                "model_version": "v1",
                "score": 0.75,
                "result": [{**base, "value": {**value, "confidence": "0.75"}}],
            }
        ],
    }
    task = Task.objects.get(text="nothing yet")
    assert (second["id"], second["created_by"], second["data"]) == (task.pk, "mona", {"text": "nothing yet"})
    assert (second["completions"], second["predictions"]) == ([], [])


@pytest.mark.parametrize("dialect", [ANNOTATION_LAB, LABEL_STUDIO])
def test_who_imported_a_task_is_still_known_when_the_account_is_gone(tasks: Project, manager: User, dialect: str):
    manager.delete()
    assert [task["created_by"] for task in exported(tasks, dialect)] == ["admin", "mona"]


def test_label_studio_gets_annotations_and_scores(tasks: Project, annotator: User):
    first, _ = exported(tasks, LABEL_STUDIO)
    done, draft = first["annotations"]
    assert done["completed_by"] == {"id": annotator.pk, "username": "anna"}
    assert (done["id"], done["ground_truth"], done["lead_time"], done["was_cancelled"]) == (7, True, 82.5, False)
    assert (done["created_at"], done["submitted_at"], draft["submitted_at"]) == (
        "2024-01-01T00:00:00+00:00", "2024-01-03T00:00:00+00:00", None,
    )  # fmt: skip
    assert done["result"] == [region(1.0)]
    assert [(p["id"], p["model_version"], p["score"], p["result"]) for p in first["predictions"]] == [
        ("p", "v1", 0.75, [region(0.75)])
    ]


@pytest.mark.parametrize("dialect", [ANNOTATION_LAB, LABEL_STUDIO])
def test_an_export_imported_again_brings_nothing_new(tasks: Project, manager: User, dialect: str):
    with checked_export(Task.objects.filter(project=tasks), dialect) as file:
        report = import_file(tasks, file, "again.json", manager)
    assert (report.imported, report.joined, report.skipped, report.refused, report.problems) == (0, 0, 2, 0, [])


@pytest.mark.parametrize("name", ["data", "id", "tags", "created_at", "created_by", "completions", "predictions"])
def test_a_text_may_be_called_like_a_key_of_tasks(project: Project, manager: User, name: str):
    project.set_labeling_config(project.labeling_config.replace("$text", f"${name}"), manager)
    content = [{name: "Took aspirin."}, {"id": 7, "tags": ["a"], "data": {name: "No aspirin.", "title": "two"}}]
    import_file(project, io.BytesIO(json.dumps(content).encode()), "tasks.json", manager)
    for dialect in (ANNOTATION_LAB, LABEL_STUDIO):
        with checked_export(project.tasks.all(), dialect) as file:
            report = import_file(project, file, "again.json", manager)
        assert (report.imported, report.skipped, report.problems) == (0, 2, [])
    assert list(project.tasks.order_by("pk").values_list("text", "data", "external_id", "tags")) == [
        ("Took aspirin.", {}, "", []),
        ("No aspirin.", {"title": "two"}, "7", ["a"]),
    ]


@pytest.mark.parametrize("dialect", [ANNOTATION_LAB, LABEL_STUDIO])
def test_an_export_gives_another_project_the_same_content(tasks: Project, owner: User, dialect: str):
    other = Project.create(owner=owner, name="Copy", labeling_config=tasks.labeling_config)
    other.members.create(user=User.objects.get(username="anna"), role="annotator")
    with checked_export(Task.objects.filter(project=tasks), dialect) as file:
        import_file(other, file, "copy.json", owner)
    for model, order, fields in (
        (Task, "text", ("title", "text", "data", "data_hash", "tags", "status", "region_count", "lowest_confidence")),
        (
            Completion,
            "username",
            ("user", "username", "starred", "submitted_at", "lead_time", "created_at", "updated_at"),
        ),
        (Prediction, "pk", ("model_version", "score", "source_key", "external_id", "created_at")),
    ):
        scope = "project" if model is Task else "task__project"
        before, after = (
            list(model.objects.filter(**{scope: project}).order_by(order).values_list(*fields))
            for project in (tasks, other)
        )
        assert before == after
    third = exported(other, dialect)[0]
    assert third["data"] == exported(tasks, dialect)[0]["data"]
    assert third["is_labeled"] == 1


def test_what_is_not_wanted_or_hidden_is_left_out(tasks: Project):
    first = exported(tasks, ANNOTATION_LAB, predictions=False)[0]
    assert (first["predictions"], len(first["completions"])) == ([], 2)
    Prediction.objects.update(hidden=True)
    first = exported(tasks, ANNOTATION_LAB, completions=False)[0]
    assert (first["predictions"], first["completions"]) == ([], [])


def test_no_tasks_are_an_empty_list(project: Project):
    assert exported(project, LABEL_STUDIO) == []
    with checked_export(project.tasks.all(), ANNOTATION_LAB) as file:
        assert file.read() == b"[]\n"


def test_an_export_takes_the_same_few_queries_for_many_tasks(
    project: Project, manager: User, django_assert_num_queries: object
):
    content = json.dumps([{"text": f"note {number}"} for number in range(150)]).encode()
    import_file(project, io.BytesIO(content), "tasks.json", manager)
    with django_assert_num_queries(3):
        assert len(exported(project, ANNOTATION_LAB)) == 150


def test_a_task_that_reads_back_differently_stops_the_export(tasks: Project):
    Completion.objects.filter(username="anna").update(username=" anna ")
    with pytest.raises(ExportMismatch) as mismatch:
        checked_export(Task.objects.filter(project=tasks), ANNOTATION_LAB)
    task = Task.objects.get(text=HOSTILE)
    assert str(mismatch.value) == f"Task {task.pk} reads back from the export with other content."


def test_the_command_writes_the_file(tasks: Project, tmp_path: Path):
    path = tmp_path / "out.json"
    call_command("export_tasks", tasks.pk, dialect=LABEL_STUDIO, output=path)
    assert json.loads(path.read_bytes()) == exported(tasks, LABEL_STUDIO)
    with pytest.raises(CommandError) as failed:
        call_command("export_tasks", 0)
    assert (
        str(failed.value) == 'No project has the number or is called "0". Give the number that stands in its address.'
    )
    with pytest.raises(CommandError) as failed:
        call_command("export_tasks", tasks.pk, output=tmp_path / "none" / "out.json")
    assert str(failed.value) == f"{tmp_path / 'none' / 'out.json'} can't be written: No such file or directory."
    # What was not written did not leave the product.
    assert Activity.objects.filter(verb="exported").count() == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("tag=train&status=Submitted", '"status=Submitted" is no filter of the task list.'),
        ("tag=train&statu=submitted", '"statu=submitted" is no filter of the task list.'),
        ("tag=train&tag=test", '"tag=train&tag=test" asks for tag more than once.'),
        ("failed", '"failed=" is no filter of the task list.'),
        ("sort=-title", 'The filter "sort=-title" leaves out no task.'),
        ("?status=", 'The filter "?status=" leaves out no task.'),
        ("", 'The filter "" leaves out no task.'),
        (f"q={'x' * 501}", "A filter takes 500 characters at most, and q has more."),
        ("q=foo:bar", '"foo:" can\'t be searched by.'),
    ],
)
def test_the_command_refuses_a_filter_that_would_let_through_more_than_it_says(tasks, tmp_path, given, told):
    with pytest.raises(CommandError) as failed:
        call_command("export_tasks", tasks.pk, filter=given, output=tmp_path / "out.json")
    assert str(failed.value).startswith(told)
    assert (list(tmp_path.iterdir()), Activity.objects.filter(verb="exported").count()) == ([], 0)


@pytest.mark.parametrize("given", ["tag=train", "?tag=train", "?status=&tag=train&sort=-title&after=3&at=x"])
def test_the_command_takes_a_filter_as_the_address_of_the_list_has_it(tasks, tmp_path, given):
    path = tmp_path / "out.json"
    call_command("export_tasks", tasks.pk, filter=given, output=path)
    assert [task["data"]["title"] for task in json.loads(path.read_bytes())] == ["one"]


def test_the_command_ends_quietly_where_its_reader_has_read_enough(tasks, monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        monkeypatch.setattr("sys.stdout", closed)
        call_command("export_tasks", tasks.pk)
    assert Activity.objects.filter(verb="exported").count() == 1


@pytest.mark.parametrize(("dialect", "copied"), [(ANNOTATION_LAB, "copied_from"), (LABEL_STUDIO, "parent_prediction")])
def test_reviews_notes_and_where_work_came_from_survive(
    tasks: Project, owner: User, annotator: User, reviewer: User, dialect: str, copied: str
):
    task = Task.objects.get(text=HOSTILE)
    first = Prediction.objects.get()
    Prediction.objects.update(external_id="41")
    done = Completion.objects.get(username="anna")
    beside = {
        "copied_from": f"prediction: {first.pk}",
        "note": "sure? 😀",
        "set_aside": [{"prediction": first.pk, "region": "r"}],
        "review": "rejected",
        "reviewed_by": reviewer,
        "reviewed_at": done.submitted_at,
        "review_comment": "The dose is missing.",
    }
    Completion.objects.filter(pk=done.pk).update(**beside)
    Completion.objects.filter(username="eric").update(copied_from=f"completion: {done.pk}")
    written = exported(tasks, dialect)[0]
    anna, eric = written["completions" if dialect == ANNOTATION_LAB else "annotations"]
    assert anna[copied] == ("prediction: 41" if dialect == ANNOTATION_LAB else 41)
    assert eric.get("copied_from", eric.get("parent_annotation")) == (
        "completion: 7" if dialect == ANNOTATION_LAB else 7
    )
    assert (anna["note"], anna["review"], anna["reviewed_by"], anna["review_comment"]) == (
        "sure? 😀", "rejected", "rui", "The dose is missing.",
    )  # fmt: skip
    assert "review" not in eric
    other = Project.create(owner=owner, name="Copy", labeling_config=tasks.labeling_config)
    other.members.create(user=annotator, role="annotator")
    for _ in range(2):
        with checked_export(Task.objects.filter(project=tasks), dialect) as file:
            import_file(other, file, "copy.json", owner)
    copy = Completion.objects.get(username="anna", task__project=other)
    # The reviewer is no member there: the name travels along.
    expected = beside | {"copied_from": "prediction: 41", "reviewed_by": None}
    assert {name: getattr(copy, name) for name in beside} == expected
    assert copy.extra["reviewed_by"] == "rui"
    assert exported(other, dialect)[0]["completions" if dialect == ANNOTATION_LAB else "annotations"][0] == anna | (
        {} if dialect == ANNOTATION_LAB else {"completed_by": anna["completed_by"]}
    )
    assert Task.objects.get(project=other, text=HOSTILE).status == "to_correct"
    assert task.status == "in_progress"


def test_what_is_not_ours_to_understand_travels_along(project: Project, manager: User):
    strange = {
        "note": {"x": 1}, "review": "perfect", "reviewed_by": 7, "set_aside": "all", "copied_from": "elsewhere",
        "submitted_at": "2024-01-03T00:00:00Z", "result": [],
    }  # fmt: skip
    content = json.dumps([{"data": {"text": "x"}, "completions": [strange]}]).encode()
    import_file(project, io.BytesIO(content), "tasks.json", manager)
    done = Completion.objects.get()
    assert (done.note, done.review, done.set_aside, done.copied_from) == ("", "", [], "")
    (written,) = exported(project, ANNOTATION_LAB)[0]["completions"]
    assert {key: written[key] for key in strange if key != "submitted_at"} == {
        key: value for key, value in strange.items() if key != "submitted_at"
    }
