from typing import Any

from django.db import connection, migrations

from projects import search_index

SLICE = 5_000
WITH_COMPLETIONS = "SELECT DISTINCT task_id FROM projects_completion WHERE task_id > %s ORDER BY task_id LIMIT %s"


def write_marks_anew(apps: Any, schema_editor: Any) -> None:
    after = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(WITH_COMPLETIONS, [after, SLICE])
            ids = [pk for (pk,) in cursor.fetchall()]
            if not ids:
                return
            search_index.refresh_marks(ids)
            after = ids[-1]


class Migration(migrations.Migration):
    dependencies = [("projects", "0011_what_waits_for_people")]

    operations = [migrations.RunPython(write_marks_anew, migrations.RunPython.noop)]
