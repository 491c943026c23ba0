from __future__ import annotations

from django.db import connection
from django.db.models import AutoField, Model


def advance_sequence(row: Model) -> None:
    """Keep the next generated id above the one that a client chose for a new row.

    SQLite does so by itself. PostgreSQL's sequence has to be set.
    """
    has_sequence = isinstance(row._meta.pk, AutoField)
    if connection.vendor != "postgresql" or not has_sequence:
        return
    table = connection.ops.quote_name(row._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        (sequence,) = cursor.fetchone()
        # The name comes from the database's own catalog.
        cursor.execute(
            f"SELECT setval(%s, %s) FROM {sequence} WHERE last_value < %s",  # noqa: S608
            [sequence, row.pk, row.pk],
        )
