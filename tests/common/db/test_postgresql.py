"""The health check of PostgreSQL connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.support.postgresql import connect
from tests.support.service_processes import database_url

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="checks a server's connections"
    ),
]


@pytest.fixture
def watcher(tmp_path) -> Iterator[Any]:
    """Return a cursor of another connection."""
    with closing(connect(database_url(tmp_path))) as other:
        yield other.cursor()


def backend_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_the_check_of_a_working_connection_sends_no_statement(watcher):
    pid = backend_pid()
    assert connection.is_usable()
    watcher.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid])
    assert watcher.fetchone() == ("SELECT pg_backend_pid()",)


def test_a_connection_that_the_server_has_closed_is_replaced(watcher):
    pid = backend_pid()
    watcher.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert not connection.is_usable()
    # As at the end of a request, and at the start of the next one.
    connection.close_if_unusable_or_obsolete()
    connection.health_check_done = False
    assert backend_pid() != pid


def test_a_connection_in_a_failed_transaction_is_not_usable():
    with transaction.atomic():
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT nothing")
        assert not connection.is_usable()
        transaction.set_rollback(True)


def test_a_closed_connection_is_not_usable():
    with connection.cursor():
        connection.connection.close()
    assert not connection.is_usable()
    connection.close()
