"""Indexes of PostgreSQL for parts of names and titles, in any case.

They need the extension pg_trgm, which comes with PostgreSQL. Where it is not installed,
or the database's user may not add it, the filters work without them.
"""

from django.db import connections, migrations, transaction
from django.db.utils import DatabaseError

EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
INDEX = (
    "CREATE INDEX IF NOT EXISTS {name} ON {table}"
    " USING gin (UPPER({column}::text) gin_trgm_ops)"
)
INDEXES = {
    "casting_actor_name_parts": ("casting_actor", "name"),
    "casting_movie_title_parts": ("casting_movie", "title"),
}


def create(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            create_all(schema_editor)
    except DatabaseError:
        # Searching takes longer, but nothing depends on it.
        return


def create_all(schema_editor):
    execute(schema_editor, EXTENSION)
    for name, (table, column) in INDEXES.items():
        execute(schema_editor, INDEX.format(name=name, table=table, column=column))


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            execute(schema_editor, f"DROP INDEX IF EXISTS {name}")


def execute(schema_editor, statement):
    with connections[schema_editor.connection.alias].cursor() as cursor:
        cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("casting", "0003_indexes")]

    operations = [migrations.RunPython(create, drop)]
