from django.db import migrations
from django.db.models import F


def end_no_goal_before_its_start(apps, schema_editor):
    """So that the next migration may forbid it."""
    goals = apps.get_model("goals", "Goal").objects.using(
        schema_editor.connection.alias
    )
    goals.filter(end__lt=F("start")).update(end=F("start"))


class Migration(migrations.Migration):
    dependencies = [("goals", "0001_initial")]

    operations = [
        migrations.RunPython(
            end_no_goal_before_its_start, migrations.RunPython.noop, elidable=True
        ),
    ]
