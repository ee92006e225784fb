import pytest
from django.core.management import call_command
from django.db import connection

from projects.models import Task
from tests.projects.rows import make_tasks, predict, span

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_what_was_there_before_search_and_review_is_found_and_counted_afterwards(project, annotator):
    """Up from the schema before the search: no step may read what only a later one makes."""
    text = "aspirin"
    task = make_tasks(project, text)[0]
    predict(task, [span(text, 0, 7), span(text, 0, 7, "DOSAGE", model="ner_other")])
    try:
        call_command("migrate", "projects", "0004", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO projects_completion (task_id, user_id, username, result, starred, submitted_at, "
                "external_id, extra, created_at, updated_at) "
                "VALUES (%s, %s, 'anna', '[]', false, now(), '', '{}', now(), now())",
                [task.pk, annotator.pk],
            )
    finally:
        call_command("migrate", verbosity=0)
    task = Task.objects.get()
    assert sorted(task.marks_row.marks) == sorted(
        [f"#{project.pk}", "p", "v:ner_posology 1", "l:drug", "l:dosage", "t:drug=aspirin", "t:dosage=aspirin",
         "u:anna", "w:waiting", "m:l:drug", "m:l:dosage", "m:t:drug=aspirin", "m:t:dosage=aspirin",
         f"u{annotator.pk}:u:anna", f"u{annotator.pk}:w:waiting"]
    )  # fmt: skip
    assert task.conflict_count == 1
