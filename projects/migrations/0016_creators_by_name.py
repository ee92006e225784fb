import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

NAMES = """
UPDATE projects_task AS t SET created_username = u.username FROM auth_user AS u WHERE u.id = t.created_by_id
"""
ACCOUNTS = """
UPDATE projects_task AS t SET created_by_id = u.id FROM auth_user AS u WHERE u.username = t.created_username
"""


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0015_doubt_knows_the_status"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="task",
            name="created_username",
            field=models.CharField(blank=True, default="", max_length=150),
        ),
        migrations.RunSQL(NAMES, ACCOUNTS),
        migrations.RemoveField(model_name="task", name="created_by"),
        migrations.AlterField(
            model_name="task",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tasks",
                to="projects.project",
            ),
        ),
    ]
