"""Whether rows are what they were: one answer for all that were read."""

from __future__ import annotations

from itertools import combinations

import pytest
from django.db import connection

from common.reads import Read, at_once, noting, read
from media_catalog.models import Author

pytestmark = pytest.mark.django_db
# Rows that are written alike, or hold the same in another order.
ALIKE = [
    "SELECT 'a', 'b'",
    "SELECT 'a,b', NULL",
    "SELECT 'a', 'b' UNION ALL SELECT 'a', 'b'",
    "SELECT 'a' || CHR(10) || 'b', NULL",
    "SELECT 'b', 'a'",
    "SELECT '', NULL",
    "SELECT NULL, NULL",
    "SELECT NULL, ''",
    "SELECT 'NULL', ''",
    "SELECT 1, 2",
    "SELECT 1, 2 UNION ALL SELECT 3, 4 ORDER BY 1",
    "SELECT 1, 2 UNION ALL SELECT 3, 4 ORDER BY 1 DESC",
    "SELECT 1, 2 WHERE 1 = 0",
]


def sql_of(found: str) -> str:
    is_sqlite = connection.vendor == "sqlite"
    return found.replace("CHR(", "CHAR(") if is_sqlite else found


def noted(*statements: str, values: tuple[object, ...] = ()) -> list[Read]:
    with noting() as reads:
        for sql in statements:
            read(sql, values, connection)
    return at_once(reads.found)


@pytest.mark.parametrize(("one", "other"), [*combinations(map(sql_of, ALIKE), 2)])
def test_other_rows_are_told_apart(one, other):
    (of_one,), (of_other,) = noted(one), noted(other)

    assert of_one.is_as_before()
    assert not of_other._replace(digest=of_one.digest).is_as_before()


def test_what_is_noted_is_what_is_read(django_assert_num_queries):
    for sql in ALIKE:
        found = read(sql_of(sql), (), connection)
        with noting() as reads, django_assert_num_queries(1):
            assert read(sql_of(sql), (), connection) == found
        assert [each.sql for each in reads.found] == [sql_of(sql)]


def test_any_change_is_seen(django_assert_num_queries):
    sql = "SELECT id, last_name FROM media_catalog_author WHERE id >= %s ORDER BY id"
    for name in ("Ann", "Bob"):
        Author.objects.create(first_name="x", last_name=name)
    with noting() as reads:
        for key in (0, 2**31):
            read(sql, (key,), connection)
    found = at_once(reads.found)

    number = 1 if connection.vendor == "postgresql" else 2
    assert len(found) == number
    with django_assert_num_queries(number):
        assert all(each.is_as_before() for each in found)
    for change in (
        lambda: Author.objects.filter(last_name="Ann").update(last_name="Eve"),
        lambda: Author.objects.create(first_name="x", last_name="Cid"),
        lambda: Author.objects.all().delete(),
    ):
        change()
        assert not all(each.is_as_before() for each in found)
