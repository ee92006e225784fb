import pytest
from django.db import DatabaseError, connection, transaction

from projects.models import Activity


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
    assert [line.words for line in project.activities.newest()] == ["made the project"]


def test_the_lines_of_a_project_go_with_it(project, owner):
    Activity.objects.record(project, owner, Activity.Verb.CREATED, "made the project")
    project.delete()
    assert not Activity.objects.exists()
