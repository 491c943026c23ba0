"""Totals of whole tables are exact for every reader, and no writer waits for one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from media_catalog.models import Author, Book, Creator, Playlist, Video
from media_catalog.row_counts import TABLES, row_count

MODELS = [Author, Book, Creator, Playlist, Video]
WRITERS = 8
pytestmark = pytest.mark.django_db(transaction=True)
ON_POSTGRESQL = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite has one writer at a time"
)


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def is_exact() -> bool:
    return all(
        row_count(model._meta.db_table, "default") == model._base_manager.count()
        for model in MODELS
    )


def totals(table: str) -> int:
    """How many rows the total of a table is made of."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM media_catalog_rowcount WHERE name = %s", [table]
        )
        return cursor.fetchone()[0]


def test_five_tables_are_row_count():
    assert sorted(model._meta.db_table for model in MODELS) == TABLES


@pytest.mark.parametrize("model", [Creator, Video, Playlist])
def test_whatever_is_written_the_total_is_exact(model):
    table = model._meta.db_table
    random = Random(table)

    def name() -> str:
        return f"{random.choice('abcZé')}{random.randrange(200):03}"

    def add(names: list[str]) -> None:
        model.objects.bulk_create(map(model, names), ignore_conflicts=True)

    def write() -> None:
        match random.randrange(5):
            case 0:
                add([name()])
            case 1:
                add([name() for _ in range(random.randrange(60))])
            case 2:
                low, high = sorted([name(), name()])
                execute(f"DELETE FROM {table} WHERE id > '{low}' AND id < '{high}'")
            case 3:
                mark = random.random()
                execute(f"UPDATE {table} SET id = id || '{mark}' WHERE id LIKE '%3'")
            case 4:
                with transaction.atomic():
                    write()
                    with transaction.atomic():
                        write()
                        assert is_exact()
                        transaction.set_rollback(True)
                    write()

    for _ in range(60):
        write()
        assert is_exact()
    assert model.objects.exists()


def test_books_and_authors_are_counted_too():
    author = Author.objects.create(first_name="Ann", last_name="Ade")
    Book.objects.bulk_create(
        Book(author=author, title=str(n), pub_year=2000) for n in range(30)
    )
    assert row_count("media_catalog_book", "default") == 30
    Book.objects.filter(title__startswith="1").delete()
    assert row_count("media_catalog_book", "default") == 19
    assert is_exact()


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite only")
def test_a_row_that_is_replaced_is_counted_once():
    Video.objects.create(id="v")
    execute(
        "INSERT OR REPLACE INTO media_catalog_video SELECT * FROM media_catalog_video"
    )
    assert (Video.objects.total(), is_exact()) == (1, True)


# PostgreSQL: several writers at once


def together(*tasks: Callable[[], None]) -> None:
    """Runs each in a thread and a connection of its own that never waits for a lock."""

    def run(task: Callable[[], None]) -> None:
        try:
            execute("SET lock_timeout = 1000")
            task()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        list(pool.map(run, tasks))


def while_writers_are_open(meanwhile: Callable[[], None]) -> None:
    """Runs a task after eight transactions have written and before they end."""
    Video.objects.bulk_create(Video(id=f"old-{n}") for n in range(WRITERS))
    have_written, may_end = (Barrier(WRITERS + 1, timeout=60) for _ in range(2))

    def write(number: int) -> None:
        with transaction.atomic():
            # In either order: nobody may wait for anybody.
            for model in (Video, Playlist)[:: 1 if number % 2 else -1]:
                model.objects.create(id=f"new-{number}")
            Video.objects.filter(id=f"old-{number}").delete()
            have_written.wait()
            may_end.wait()
            transaction.set_rollback(number == 0)

    def run() -> None:
        have_written.wait()
        meanwhile()
        may_end.wait()

    together(run, *(partial(write, number) for number in range(WRITERS)))


@ON_POSTGRESQL
def test_writers_wait_neither_for_each_other_nor_for_an_empty_migrate():
    def meanwhile() -> None:
        # What is not committed is nobody else's.
        assert Video.objects.total() == WRITERS
        call_command("migrate", verbosity=0)

    while_writers_are_open(meanwhile)
    assert (Video.objects.total(), Playlist.objects.total()) == (WRITERS, WRITERS - 1)
    assert is_exact()


@ON_POSTGRESQL
def test_a_table_has_a_total_for_each_writer_at_a_time():
    while_writers_are_open(lambda: None)
    assert totals("media_catalog_video") <= WRITERS + 1

    before = totals("media_catalog_video")
    with transaction.atomic():
        for number in range(20):
            Video.objects.create(id=f"later-{number}")
    assert totals("media_catalog_video") == before


@ON_POSTGRESQL
def test_racing_writers_and_migrates_lose_no_row():
    def write(writer: int) -> None:
        random = Random(writer)
        for step in range(25):
            with transaction.atomic():
                for model in (Video, Playlist)[:: 1 if writer % 2 else -1]:
                    for n in range(random.choice([1, 6])):
                        model.objects.create(id=f"{writer}-{step}-{n}")
                transaction.set_rollback(step % 5 == 4)
            if step % 3 == 2:
                Video.objects.filter(id__startswith=f"{writer}-{step - 1}-").delete()

    def migrate() -> None:
        for _ in range(5):
            call_command("migrate", verbosity=0)

    together(migrate, *(partial(write, number) for number in range(WRITERS)))
    assert Video.objects.exists()
    assert is_exact()


@ON_POSTGRESQL
def test_a_writer_with_an_old_snapshot_counts_right_or_not_at_all():
    Video.objects.create(id="0")
    try:
        with transaction.atomic():
            execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            assert Video.objects.count() == 1
            together(lambda: Video.objects.create(id="1"))
            assert Video.objects.total() == 1
            Video.objects.create(id="2")
    except OperationalError:
        assert not Video.objects.filter(pk="2").exists()
    assert is_exact()
