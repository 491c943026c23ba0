from __future__ import annotations

from django.db import connection, models


def advance_sequence(instance: models.Model) -> None:
    """Keeps the next generated id above one that a client chose.

    SQLite counts from the largest id by itself; a PostgreSQL sequence must be told.
    """
    has_sequence = isinstance(instance._meta.pk, models.AutoField)
    if connection.vendor != "postgresql" or not has_sequence:
        return
    table = connection.ops.quote_name(instance._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        (sequence,) = cursor.fetchone()
        # The name comes from the database's own catalog.
        cursor.execute(
            f"SELECT setval(%s, %s) FROM {sequence} WHERE last_value < %s",  # noqa: S608
            [sequence, instance.pk, instance.pk],
        )
