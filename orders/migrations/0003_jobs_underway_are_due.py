from django.db import migrations
from django.utils import timezone


def make_due(apps, schema_editor):
    """Jobs from before are offered to the workers at once."""
    jobs = apps.get_model("orders", "Job").objects.using(schema_editor.connection.alias)
    jobs.filter(status__in=[0, 1], due_at=None).update(due_at=timezone.now())
    jobs.filter(status=2).update(progress=100)


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_attempts")]

    operations = [migrations.RunPython(make_due, migrations.RunPython.noop)]
