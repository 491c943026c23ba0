"""Rows are counted in ranges of ids, which lead to any row without a walk to it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from dialects.restless import pages
from media_catalog.models import Creator, Playlist, Video
from media_catalog.row_counts import count_rows, counted, placed
from tests.media_catalog.jsonapi import ids

FULL = 8
TABLE = Video._meta.db_table
pytestmark = pytest.mark.django_db(transaction=True)
ON_POSTGRESQL = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite has one writer at a time"
)


@contextmanager
def ranges_of(full: int) -> Iterator[None]:
    def count(**options: int) -> None:
        with connection.schema_editor() as editor:
            count_rows(None, editor, **options)

    count(full=full)
    try:
        yield
    finally:
        count()


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ranges of a few rows, which lead to all but the first page."""
    monkeypatch.setattr(pages, "NEAR", 1)
    with ranges_of(FULL):
        yield


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def sizes(table: str = TABLE) -> list[int]:
    """The rows of each range, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(total) FROM media_catalog_rowcount WHERE name = %s"
            " GROUP BY start ORDER BY start",
            [table],
        )
        return [int(size) for (size,) in cursor.fetchall()]


def add(names: list[str], model: Any = Video) -> None:
    model.objects.bulk_create([model(id=name) for name in names], ignore_conflicts=True)


def check(model: Any = Video) -> None:
    """Each row is found where it is, and so is the end."""
    everything = list(model.objects.order_by("pk").values_list("pk", flat=True))
    table = model._meta.db_table
    assert counted(table, "default") == len(everything)
    for number in sorted(
        {0, 1, *range(0, len(everything), 7)} & {*range(len(everything))}
    ):
        ordered = model.objects.order_by("pk")
        total, rows = ordered.from_row(number)
        assert (total, rows[0].pk) == (len(everything), everything[number])
        if part := ordered.beginning(number):
            assert ordered.filter(part)[0].pk == everything[number]
    assert placed(table, len(everything), "default") == (len(everything), None)


def fail_after(write: Callable[[], None]) -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)


@pytest.mark.parametrize("model", [Creator, Video, Playlist])
def test_whatever_is_written_each_row_is_found_by_its_number(small_ranges, model):
    table = model._meta.db_table
    random = Random(table)

    def name() -> str:
        return f"{random.choice('abcZé')}{random.randrange(200):03}"

    def write() -> None:
        match random.randrange(6):
            case 0 | 1:
                add([name()], model)
            case 2:
                add([name() for _ in range(random.randrange(60))], model)
            case 3:
                low, high = sorted([name(), name()])
                execute(f"DELETE FROM {table} WHERE id > '{low}' AND id < '{high}'")
            case 4:
                some = random.randrange(10)
                # Each to another place, some of them far.
                execute(
                    f"UPDATE {table} SET id = substr(id, 4, 1) || id || '{some}'"
                    f" WHERE id LIKE '%{some}' AND length(id) < 9"
                )
            case 5:
                with transaction.atomic():
                    write()
                    fail_after(write)
                    write()

    for step in range(60):
        write()
        if step % 6 == 5:
            check(model)
            assert all(size <= FULL for size in sizes(table))
    model.objects.all().delete()
    assert sum(sizes(table)) == 0
    assert len(sizes(table)) <= 1
    add(["a", "b"], model)
    check(model)


def test_ranges_follow_rows_that_come_in_order(small_ranges):
    for number in range(100):
        add([f"{number:03}"])
    check()
    assert 100 / FULL <= len(sizes()) <= 2 * 100 / FULL

    Video.objects.filter(id__lt="090").delete()
    check()
    assert len(sizes()) <= 4


def test_a_range_that_was_filled_at_once_is_divided_at_once(small_ranges):
    add([f"{number:03}" for number in range(100)])
    assert len(sizes()) >= 100 / FULL
    check()


def test_counting_anew_divides_what_is_there():
    add([f"{number:03}" for number in range(100)])
    assert sizes() == [100]
    with ranges_of(FULL):
        assert len(sizes()) >= 100 / FULL
        check()
    assert sizes() == [100]


def nodes(plan: dict) -> Iterator[dict]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def rows_read(sql: str) -> int:
    """What the scans of a statement come by, whether they keep it or not."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0][0]["Plan"]
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        * node["Actual Loops"]
        for node in nodes(plan)
        if "Scan" in node["Node Type"] and "Relation Name" in node
    )


def steps(sql: str) -> int:
    """How many instructions SQLite carries out."""
    done = []
    connection.connection.set_progress_handler(lambda: done.append(1), 1)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return len(done)


def test_the_way_to_a_row_is_as_short_far_down_as_at_the_start():
    def work(number: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            rows = Video.objects.order_by("pk")
            part = rows.beginning(number)
            rest = rows.filter(part) if part else rows.from_row(number)[1]
            assert rest[:20][0].pk == f"{number:04}"
        assert len(queries) == (1 if part else 2)
        measure = rows_read if connection.vendor == "postgresql" else steps
        return sum(measure(query["sql"]) for query in queries)

    with ranges_of(100):
        add([f"{number:04}" for number in range(4000)])
        execute("ANALYZE")
        near, middle, far = work(30), work(2030), work(3955)
        overhead = 220 if connection.vendor == "postgresql" else 3000
        assert max(middle, far) < near + overhead
        if connection.vendor == "postgresql":
            assert max(near, middle, far) <= 2 * 54 + 100 + 20


def test_pages_far_down_cost_no_more_queries_and_agree_with_cursors(
    jsonapi, small_ranges
):
    add([f"{number:03}" for number in range(200)])

    def page(query: str) -> tuple[list[str], int]:
        with CaptureQueriesContext(connection) as queries:
            answer = jsonapi.get(f"/api/video?page[size]=5&{query}")
        assert answer.json()["meta"]["total"] == 200
        offsets = re.findall(r"OFFSET (\d+)", str([q["sql"] for q in queries]))
        assert all(int(offset) <= FULL for offset in offsets)
        return ids(answer), len(queries)

    url = "/api/video?page[size]=5&page[after]="
    most = page("page[number]=2")[1]
    for number in range(1, 41):
        by_cursor = jsonapi.get(url)
        url = by_cursor.json()["links"]["next"]
        found, count = page(f"page[number]={number}&sort={'id' if number % 2 else ''}")
        assert found == ids(by_cursor)
        assert count <= most
    assert page("page[number]=41")[0] == []
    assert page("page[number]=999999999999999999")[0] == []


def test_parts_and_other_orders_are_sliced_as_ever(jsonapi, small_ranges):
    add([f"{number:03}" for number in range(50)])
    Playlist.objects.create(id="p").videos.set(Video.objects.filter(id__gte="020"))
    for path, expected in [
        ("/api/video?sort=-id&page[number]=4", "019"),
        ("/api/video?sort=title&page[number]=4", "030"),
        ("/api/video?filter[objects]=[]&page[number]=4", "030"),
        ('/api/video?filter[objects]=[{"name":"id","op":"gt","val":"004"}]'
         "&page[number]=4", "035"),
        ("/api/playlist/p/videos?page[number]=2", "030"),
        ("/api/playlist/p/relationships/videos?page[number]=3", "040"),
    ]:  # fmt: skip
        assert ids(jsonapi.get(path))[0] == expected


def test_counts_that_knew_no_ranges_are_counted_anew():
    add([f"{number:03}" for number in range(20)])
    call_command("migrate", "media_catalog", "0003", verbosity=0)
    add(["by older code"])
    # As older code asks.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT SUM(total) FROM media_catalog_rowcount WHERE name = %s", [TABLE]
        )
        assert cursor.fetchone() == (21,)
    # As older code left it.
    execute("DROP TABLE media_catalog_rowcount")
    execute(
        "CREATE TABLE media_catalog_rowcount"
        " (id integer, name text NOT NULL, total bigint NOT NULL)"
    )
    call_command("migrate", "media_catalog", verbosity=0)
    add(["y", "z"])
    check()
    assert sizes() == [23]


# PostgreSQL: several writers at once


def together(*tasks: Callable[[], None]) -> None:
    def run(task: Callable[[], None]) -> None:
        try:
            task()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        list(pool.map(run, tasks))


@ON_POSTGRESQL
def test_racing_writers_divide_ranges_and_lose_nothing(small_ranges):
    def writer(number: int) -> Callable[[], None]:
        random = Random(number)

        def name() -> str:
            return f"{random.randrange(10**6):06}-{number}"

        def write() -> None:
            for step in range(25):
                with transaction.atomic():
                    add([name() for _ in range(random.choice([1, 1, 2, 12]))])
                    # In either order: nobody may wait for anybody.
                    if step % 4 == number % 4:
                        Playlist.objects.create(id=name())
                    if step % 7 == 6:
                        transaction.set_rollback(True)
                if step % 3 == 2:
                    mine = Video.objects.filter(id__endswith=f"-{number}")
                    doomed = mine.values_list("pk", flat=True)[:3]
                    Video.objects.filter(pk__in=list(doomed)).delete()

        return write

    together(*map(writer, range(6)))
    check()
    check(Playlist)
    assert len(sizes()) > 10
    # Alone, a writer divides what the others could not.
    for name in list(Video.objects.values_list("pk", flat=True)):
        add([f"{name}+"])
    check()
    assert max(sizes()) < 3 * FULL


@ON_POSTGRESQL
def test_a_division_waits_for_nobody_and_is_made_up_for(small_ranges):
    def add_many() -> None:
        execute("SET statement_timeout = 2000")
        add([f"{number:03}" for number in range(50)])
        check()

    with transaction.atomic():
        add(["open"])
        together(add_many)
        assert sizes() == [51]
    check()
    add(["000+"])
    check()
    assert max(sizes()) <= FULL


@ON_POSTGRESQL
def test_a_statement_that_is_under_way_divides_nothing(small_ranges):
    with transaction.atomic():
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        add([f"{number:03}" for number in range(FULL + 5)])
        execute(f"UPDATE {TABLE} SET id = reverse(id)")
    check()


@ON_POSTGRESQL
@pytest.mark.parametrize("is_older", [True, False])
def test_a_writer_with_an_old_snapshot_counts_right_or_not_at_all(
    small_ranges, is_older
):
    def add_many() -> None:
        add([f"{number:03}" for number in range(50)])

    add(["0"])
    try:
        with transaction.atomic():
            execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            assert Video.objects.count() == 1
            if is_older:
                together(add_many)
            else:
                together(lambda: add(["1"]))
                add_many()
            add(["040+"])
    except OperationalError:
        assert not Video.objects.filter(pk="040+").exists()
    check()


def wait_for_a_lock() -> None:
    """Until another connection waits for one."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("Nobody waits.")


@ON_POSTGRESQL
def test_who_divides_a_range_waits_for_nobody_meanwhile(small_ranges):
    Creator.objects.create(id="u")

    def fill() -> None:
        with transaction.atomic():
            add([f"{number:03}" for number in range(50)])
            # The commit has to see that there is such a user.
            Video.objects.create(id="v", author_id="u")

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Creator.objects.select_for_update().get(pk="u")
            filling = pool.submit(together, fill)
            wait_for_a_lock()
            add(["w"])
        filling.result()
    check()
