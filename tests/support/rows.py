"""Save all rows of the test's database and restore them."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction

from orders.guards import without_guards

Rows = dict[type[models.Model], list[Any]]


def tables() -> list[type[models.Model]]:
    models = apps.get_models(include_auto_created=True)
    return [model for model in models if model._meta.managed and not model._meta.proxy]


def all_rows() -> Rows:
    by_model = {model: list(model._base_manager.all()) for model in tables()}
    return {model: rows for model, rows in by_model.items() if rows}


def restore(rows: Rows) -> None:
    """Leave only these rows in the database.

    Faster than Django's `flush`, which also empties tables that have no rows.
    """
    filled = [
        model._meta.db_table for model in tables() if model._base_manager.exists()
    ]
    ops = connection.ops
    with transaction.atomic(), without_guards(connection):
        ops.execute_sql_flush(ops.sql_flush(no_style(), filled, allow_cascade=True))
        for model, instances in rows.items():
            model._base_manager.bulk_create(instances)
        # Emptying a table may restart its IDs at 1, which these rows have.
        ops.execute_sql_flush(ops.sequence_reset_sql(no_style(), list(rows)))
