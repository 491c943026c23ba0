"""Prepared statements mean what the SQL means, and get lost without harm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, connections
from hypothesis import given
from hypothesis import strategies as st

from common.postgresql import prepared
from common.postgresql.prepared import WORTH_IT, Unwritable, kind_of
from media_catalog.models import Author

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL"),
]
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
VALUES: list[Any] = [
    *(None, True, False, 0, 7, -7, 2**31 - 1, 2**31, -(2**31), 2**63 - 1, -(2**63)),
    *("", "7", "a'b", "%s", "€", Decimal("1.50"), date(2026, 1, 31), NOW),
    *([1, 2], [1, 2**40], ["a", "b"], ["a", None], [Decimal(1), Decimal("1.5")], []),
]


@pytest.fixture
def own() -> Iterator[Any]:
    found = connections.create_connection("default")
    found.ensure_connection()
    yield found
    found.close()


def known(own: Any) -> set[str]:
    with own.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return {name for (name,) in cursor.fetchall()}


def fetched(own: Any, sql: str, *values: Any, times: int = WORTH_IT + 1) -> list[Any]:
    return [own.fetch(sql, values) for _ in range(times)]


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("sql", ["SELECT %s", "SELECT %s IS NULL, pg_typeof(%s)::text"])
def test_a_value_means_the_same(own, sql, value):
    values = [value] * sql.count("%s")
    with own.cursor() as cursor:
        cursor.execute(sql, values)
        plain = cursor.fetchall()

    for rows in fetched(own, sql, *values):
        # Of a text that nothing is known of, PostgreSQL makes one or leaves it.
        assert str(rows).replace("'text'", "'unknown'") == str(plain)


@given(st.integers(-(2**64), 2**64))
def test_a_number_has_the_type_it_has_in_sql(number):
    is_short = -(2**31) <= number < 2**31
    if -(2**63) <= number < 2**63:
        assert kind_of(number) == ("int4" if is_short else "int8")
    else:
        with pytest.raises(Unwritable):
            kind_of(number)


def test_what_is_asked_again_and_again_is_prepared(own):
    sql = "SELECT %s + 1"
    for times, count in ((WORTH_IT - 1, 0), (1, 1), (5, 1)):
        assert fetched(own, sql, 1, times=times) == [[(2,)]] * times
        assert len(known(own)) == count
    assert fetched(own, sql, 2**40) == [[(2**40 + 1,)]] * 4
    assert len(known(own)) == 2


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("SELECT jsonb_build_array(%s)::text", ["a"]),
        ("SELECT %s::text", [b"x"]),
        ("SELECT %s::text", [datetime(2026, 1, 1)]),
        ("SELECT %s::text", [2**80]),
    ],
)
def test_what_cannot_be_prepared_is_asked_as_ever(own, sql, values):
    with own.cursor() as cursor:
        cursor.execute(sql, values)
        plain = cursor.fetchall()
    assert fetched(own, sql, *values) == [plain] * 4
    assert not known(own)


def test_an_error_is_the_same(own):
    for _ in range(WORTH_IT + 2):
        with pytest.raises(DataError):
            own.fetch("SELECT 1 / %s", [0])
    assert own.fetch("SELECT 1 / %s", [1]) == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_an_insert_is_refused_as_ever(own):
    table = Author._meta.db_table
    sql = f"INSERT INTO {table} (id, first_name, last_name) VALUES (%s, %s, %s)"
    for number in range(WORTH_IT):
        own.fetch(f"{sql} RETURNING id", [number + 1, "Ann", "Lee"])
    with pytest.raises(IntegrityError):
        own.fetch(f"{sql} RETURNING id", [1, "Ann", "Lee"])
    assert Author.objects.count() == WORTH_IT


def test_a_change_of_the_schema_is_survived(own):
    with own.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE thing (size int)")
        cursor.execute("INSERT INTO thing VALUES (7)")
    fetched(own, "SELECT size FROM thing WHERE size > %s", 1)
    with own.cursor() as cursor:
        cursor.execute("ALTER TABLE thing ALTER size TYPE text")
        cursor.execute("ALTER TABLE thing ALTER size TYPE int8 USING size::int8")

    rows = fetched(own, "SELECT size FROM thing WHERE size > %s", 1, times=6)
    assert rows == [[(7,)]] * 6


def test_so_is_a_pooler_that_gives_another_connection(own):
    assert fetched(own, "SELECT %s", 1) == [[(1,)]] * 4
    with own.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert fetched(own, "SELECT %s", 1, times=6) == [[(1,)]] * 6

    # Somebody else has prepared it there: its name says that it is the same.
    own.prepared.counts.clear()
    own.prepared.names.clear()
    assert fetched(own, "SELECT %s", 1, times=6) == [[(1,)]] * 6


def test_behind_such_a_pooler_nothing_is_prepared(own):
    own.settings_dict = own.settings_dict | {"DISABLE_SERVER_SIDE_CURSORS": True}
    assert fetched(own, "SELECT %s", 1, times=9) == [[(1,)]] * 9
    assert not known(own)


def test_nor_within_a_transaction(own):
    own.set_autocommit(False)
    own.in_atomic_block = True
    assert fetched(own, "SELECT %s", 1, times=9) == [[(1,)]] * 9
    own.in_atomic_block = False
    own.rollback()
    own.set_autocommit(True)
    assert not known(own)


def test_no_connection_prepares_without_end(own, monkeypatch):
    monkeypatch.setattr(prepared, "MOST_PREPARED", 10)
    monkeypatch.setattr(prepared, "MOST_COUNTED", 20)
    for number in range(50):
        sql = f"SELECT %s + {number}"
        assert fetched(own, sql, 1) == [[(number + 1,)]] * 4
        assert 0 < len(known(own)) <= 10
        assert len(own.prepared.counts) <= 20


def test_a_new_connection_starts_anew(own):
    fetched(own, "SELECT %s", 1)
    own.close()
    own.ensure_connection()
    assert not known(own)
    assert fetched(own, "SELECT %s", 1) == [[(1,)]] * 4
