"""For the sweep that deletes the rows of old tasks, a table of django_tasks_db."""

from django.db import migrations

CREATE = (
    "CREATE INDEX IF NOT EXISTS tasks_by_start"
    " ON django_tasks_database_dbtaskresult (started_at)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0011_parts_of_descriptions"),
        ("django_tasks_database", "0021_conditional_partial_index_ordering"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP INDEX IF EXISTS tasks_by_start"),
    ]
