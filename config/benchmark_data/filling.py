"""Stores all rows, each table by the module that knows it.

They are made one after the other as they are stored. Ids are counted, so that any row
can name any other by its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.core.management.color import no_style
from django.db import connection, transaction

from config.benchmark_data import casting, catalog, library, orders, people

BATCH = 5000
Rows = tuple[type[Any], Iterable[Any]]


def is_empty() -> bool:
    """Whether none of the tables holds a row."""
    return not any(model._default_manager.exists() for model, _ in tables(1))


@transaction.atomic
def fill(videos: int) -> None:
    counted = []
    for model, rows in tables(videos):
        store(model, rows)
        counted.append(model)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), counted):
            cursor.execute(statement)


def tables(videos: int) -> Iterator[Rows]:
    """Each table with its rows, behind those that its rows refer to."""
    yield from people.tables()
    yield from catalog.tables(videos)
    yield from library.tables(videos)
    yield from casting.tables()
    yield from orders.tables()


def store(model: type[Any], rows: Iterable[Any]) -> None:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        model._default_manager.bulk_create(batch)
