"""All tables and their rows, in the order in which they are stored.

IDs are counted, so a row can refer to any other row by its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model

from benchmarks.data import casting, catalog, orders, people

BATCH_SIZE = 5000


def tables(videos: int) -> Iterator[tuple[type[Model], Iterable[Model]]]:
    """Yield each model with its rows, after the models that they refer to."""
    yield from people.tables()
    yield from catalog.tables(videos)
    yield from casting.tables()
    yield from orders.tables()


def is_empty() -> bool:
    return not any(model._default_manager.exists() for model, _ in tables(1))


@transaction.atomic
def fill(videos: int) -> None:
    models = []
    for model, rows in tables(videos):
        store(model, rows)
        models.append(model)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def store(model: type[Model], rows: Iterable[Model]) -> None:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH_SIZE)):
        model._default_manager.bulk_create(batch)
