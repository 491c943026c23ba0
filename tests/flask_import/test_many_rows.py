"""What an import costs does not grow with the rows, but with their batches."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import NamedTuple

import pytest
from django.db import connection, transaction

from benchmarks.imports import make_source, numbers_of_rows
from media_catalog.models import Video
from tests.flask_import.conftest import run

pytestmark = pytest.mark.django_db


class Cost(NamedTuple):
    rows: int
    queries: int
    peak: int


def cost(path: Path, videos: int) -> Cost:
    """Import a database with so many videos, and take it back."""
    make_source(f"sqlite:///{path}", videos)
    queries = 0

    def count(execute, sql, params, many, context):
        nonlocal queries
        queries += 1
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(count):
        tracemalloc.start()
        result = run(f"sqlite:///{path}", "--zone", "UTC", "--write")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (result.code, Video.objects.count()) == (0, videos)
        transaction.set_rollback(True)
    return Cost(sum(numbers_of_rows(videos).values()), queries, peak)


def test_queries_grow_with_batches_and_memory_does_not_grow(tmp_path):
    # What is only loaded once is loaded now.
    cost(tmp_path / "first.db", 1000)
    few = cost(tmp_path / "few.db", 2000)
    many = cost(tmp_path / "many.db", 10_000)

    # SQLite takes about a hundred rows in a statement.
    assert many.queries - few.queries < (many.rows - few.rows) / 30
    assert many.peak < few.peak * 1.2
