from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0018_orders_for_models_without_confidence"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="activity",
            options={"verbose_name_plural": "activity"},
        ),
    ]
