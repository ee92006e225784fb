"""What an import finds there already, though the database holds it otherwise than the file."""

from __future__ import annotations

import io
import json

import pytest
from django.contrib.auth.models import User

from projects.config_change import LabelKey
from projects.exchange import ANNOTATION_LAB, export_tasks, joined
from projects.exchange.importing import import_into
from projects.label_use import Decision
from projects.models import Completion, ImportReport, Prediction, Project, Task
from tests.conftest import NER_CONFIG
from tests.projects.test_import_file import brought, counts, full, region


def test_a_prediction_whose_label_got_another_name_since_is_there_already(project: Project, manager: User):
    content = [full(predictions=[{"model_version": "v1", "result": [region(5, 12, "aspirin")]}])]
    brought(project, manager, content)
    renamed = NER_CONFIG.replace('"DRUG"', '"MED"')
    drug, med = (LabelKey("labels", "label", name) for name in ("DRUG", "MED"))
    project.set_labeling_config(renamed, manager, {drug: Decision(med)})
    project.set_labeling_config(renamed.replace("</Labels>", '<Label value="DRUG"/></Labels>'), manager)
    assert counts(brought(project, manager, content))[:3] == (0, 0, 1)
    assert Prediction.objects.get().result[0]["value"]["labels"] == ["MED"]


def test_work_of_refused_regions_alone_does_not_join_a_task_as_if_its_text_had_nothing(project: Project, manager: User):
    brought(project, manager, [full()])
    marked = [region(5, 12, "aspirin", "ABSENT")]
    content = [full(completions=[{"created_username": "anna", "result": marked}], predictions=[{"result": marked}])]
    report = brought(project, manager, content)
    assert (counts(report)[:3], Completion.objects.count(), Prediction.objects.count()) == ((0, 0, 1), 0, 0)
    reason = "All of its regions were refused. It was left out, for the task is there already."
    assert [(problem["what"], problem["reason"]) for problem in report.problems[1::2]] == [
        ("completion 1", reason),
        ("prediction 1", reason),
    ]


@pytest.mark.parametrize("number", [1e16, -0.0, 1e300, 1.7e18])
def test_numbers_that_the_database_writes_in_its_own_way_come_once(project: Project, manager: User, number: float):
    marked = region(5, 12, "aspirin", score=number, w=number)
    work, answers = [{"created_username": "anna", "result": [marked]}], [{"result": [marked]}]
    content = [{"data": {"text": "Took aspirin.", "x": number}, "completions": work, "predictions": answers}]
    brought(project, manager, content)
    assert counts(brought(project, manager, content))[:3] == (0, 0, 1)
    exported = b"".join(export_tasks(Task.objects.all(), ANNOTATION_LAB))
    assert counts(brought(project, manager, exported))[:3] == (0, 0, 1)
    assert (Task.objects.count(), Completion.objects.count(), Prediction.objects.count()) == (1, 1, 1)


def test_an_import_can_be_ended_while_it_tells_the_tasks_that_were_there(project: Project, manager: User, monkeypatch):
    monkeypatch.setattr(joined, "SLICE", 1)
    content = [full(text, predictions=[{"model_version": "v1", "result": []}]) for text in ("one", "two")]
    brought(project, manager, [{"text": "one"}, {"text": "two"}])
    report = ImportReport.objects.create(project=project, file_name="work.json", created_by=manager)
    rows: list[int] = []
    import_into(report, io.BytesIO(json.dumps(content).encode()), rows.append)
    assert rows == [2, 2, 2]
    assert list(Task.objects.values_list("region_count", flat=True)) == [0, 0]
