import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction

from projects import bulk_job, exports, imports, team
from projects.config_change import LABELS, LabelKey
from projects.exchange import ANNOTATION_LAB, FORMATS, Wanted
from projects.forms import SettingsForm
from projects.label_use import Decision
from projects.models import Activity, BulkChange, Completion, ExportReport, ImportReport, Project, Task
from projects.models.project import ConfigRefused
from projects.project_settings import save_settings
from tests.conftest import NER_CONFIG
from tests.preannotation.conftest import add_tasks


def lines(project) -> list[str]:
    """Newest first, as the page has them."""
    return [str(line) for line in project.activities.newest()]


def test_a_line_says_who_did_what_and_stays_when_its_person_goes(project, annotator):
    line = Activity.objects.record(project, annotator, Activity.Verb.SUBMITTED, "submitted a completion of task 12", 12)
    annotator.delete()
    line.refresh_from_db()
    assert (line.by, str(line), line.task_id) == (None, "anna submitted a completion of task 12", 12)


@pytest.mark.parametrize("change", ["UPDATE projects_activity SET words = 'else'", "DELETE FROM projects_activity"])
def test_the_database_refuses_to_change_a_line(project, owner, change):
    Activity.objects.record(project, owner, Activity.Verb.CREATED, "made the project")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(change)
    assert lines(project)[:1] == ["olga made the project"]


def test_the_lines_of_a_project_go_with_it(project, owner):
    Activity.objects.record(project, owner, Activity.Verb.CREATED, "made the project")
    project.delete()
    assert not Activity.objects.exists()


def test_a_new_project_and_its_settings_are_written_down_with_what_changed_only(project, owner, manager):
    given = {
        "name": "Notes",
        "description": "",
        "preannotate_imports": "on",
        "next_task_order": "imported",
        "measure_time": "on",
    }
    form = SettingsForm(given, instance=project)
    save_settings(form, manager)
    save_settings(SettingsForm(form.data, instance=project), manager)
    assert lines(project) == [
        "mona changed the settings: name: Notes; preannotate what is imported: on",
        "olga created the project Discharge notes",
    ]


def test_a_saved_config_is_told_in_numbers_and_decisions_and_a_refused_one_not_at_all(project, manager, annotator):
    task = add_tasks(project, ["aspirin"])[0]
    region = {"id": "a", "from_name": "label", "to_name": "text", "type": "labels"}
    Completion.objects.create(
        task=task, user=annotator, result=[region | {"value": {"start": 0, "end": 7, "labels": ["DRUG"]}}]
    )
    project.set_labeling_config(
        NER_CONFIG.replace('"DRUG"', '"MEDICINE"'),
        manager,
        {LabelKey(LABELS, "label", "DRUG"): Decision(LabelKey(LABELS, "label", "MEDICINE"), (1, 1, 1))},
    )
    with pytest.raises(ConfigRefused):
        project.set_labeling_config("<View>", manager)
    assert lines(project)[0] == (
        "mona saved Labeling Config version 2: 1 name added; 1 name removed; "
        'label "DRUG" of "label" renamed to MEDICINE, 1 region; regions changed on 1 task'
    )


def test_a_decision_about_what_nothing_uses_is_not_told(project, manager):
    project.set_labeling_config(
        NER_CONFIG.replace('"DRUG"', '"MEDICINE"'), manager, {LabelKey(LABELS, "label", "DRUG"): Decision(None)}
    )
    assert lines(project)[0] == "mona saved Labeling Config version 2: 1 name added; 1 name removed"


def test_a_config_that_replaces_one_that_could_not_be_read_says_so(project, manager):
    Project.objects.filter(pk=project.pk).update(labeling_config="<View>")
    project.set_labeling_config(NER_CONFIG, manager)
    assert lines(project)[0] == "mona saved Labeling Config version 2: the one before could not be read"


def test_changes_of_the_team_are_written_down_and_refused_ones_are_not(project, owner, manager, annotator, outsider):
    team.add(project, outsider, ["annotator"], manager)
    team.set_roles(project, outsider, ["annotator", "reviewer"], manager)
    team.set_roles(project, outsider, ["annotator", "reviewer"], manager)
    with pytest.raises(team.TeamRefused):
        team.remove(project, owner, manager)
    add_tasks(project, ["a"])[0].assignments.create(user=outsider, role="annotator")
    team.remove(project, outsider, manager)
    team.hand_over(project, manager, owner)
    assert lines(project)[:4] == [
        "olga handed the project over from olga to mona",
        "mona removed otto from the team and took back 1 task",
        "mona changed the roles of otto from annotator to reviewer, annotator",
        "mona gave otto the role annotator",
    ]


def test_an_import_is_written_down_with_its_counts_and_a_cancelled_one_with_who_did(project, manager):
    file = SimpleUploadedFile("notes.json", b'[{"text": "a"}, {"text": "b"}, {"text": 1}]')
    report = imports.begin(project, file, manager)
    waiting = ImportReport.objects.create(project=project, file_name="more.zip", created_by=manager, state="queued")
    imports.cancel(waiting, manager)
    imports.cancel(waiting, manager)
    assert lines(project)[:2] == [
        f"mona cancelled the import of more.zip (import {waiting.pk})",
        f"mona imported notes.json (import {report.pk}): 2 new, 0 joined, 0 already there, 1 refused",
    ]


def test_an_export_is_written_down_once_its_file_is_there(project, manager):
    add_tasks(project, ["a", "b"])
    report = exports.begin(project, Wanted(ANNOTATION_LAB), "status=incomplete", manager)
    assert report.state == ExportReport.State.DONE
    assert lines(project)[0] == f"mona exported 2 tasks as {FORMATS[ANNOTATION_LAB]} (Incomplete)"


def test_changes_of_many_tasks_are_written_down_in_numbers(project, manager, monkeypatch):
    first, *_ = add_tasks(project, ["a", "b", "c"])
    tasks = Task.objects.in_project(project)
    bulk_job.start(project, manager, tasks.filter(pk=first.pk), 1, "tag", {"tags": ["X"]}, "tagged X")
    monkeypatch.setattr(bulk_job, "IN_REQUEST", 2)
    bulk_job.start(project, manager, tasks, 3, "delete", {}, "deleted")
    bulk_job.run(BulkChange.objects.get().pk)
    assert lines(project)[:3] == [
        "mona changed tasks: 3 tasks deleted",
        "mona changed tasks: 3 tasks to be deleted, in a worker",
        "mona changed tasks: 1 task tagged X",
    ]
    told = project.activities.newest().values_list("verb", "task_id")[:3]
    assert list(told) == [("deleted", None), ("deleted", None), ("changed", first.pk)]
