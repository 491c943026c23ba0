"""A connection that the server has closed is noticed by looking at its socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from psycopg2.errors import DivisionByZero

from common.postgresql.base import is_silent

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="It has no server."),
]


@pytest.fixture
def kept() -> Iterator[Any]:
    """A connection as workers have it: kept, and looked at before each request."""
    found = connections.create_connection("default")
    found.settings_dict = found.settings_dict | {
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": None,
    }
    found.connect()
    yield found
    found.close()


def backend(kept: Any) -> int:
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end(kept: Any) -> None:
    """As an administrator, or a restart, ends a connection."""
    pid = backend(kept)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    deadline = time.monotonic() + 5
    while is_silent(kept.connection) and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_closed_connection_costs_no_request(kept):
    pid = backend(kept)
    end(kept)

    # As Django does when a request starts.
    kept.close_if_unusable_or_obsolete()

    assert not kept.is_usable()
    assert backend(kept) != pid


def test_a_live_one_is_kept_and_not_asked(kept):
    pid = backend(kept)

    with CaptureQueriesContext(kept) as queries:
        assert is_silent(kept.connection)
        assert kept.is_usable()
    assert not queries.captured_queries
    kept.close_if_unusable_or_obsolete()
    assert backend(kept) == pid


def test_one_that_had_an_error_is_asked(kept, monkeypatch):
    asked: list[Any] = []
    usable = "django.db.backends.postgresql.base.DatabaseWrapper.is_usable"
    monkeypatch.setattr(usable, lambda self: asked.append(self) or True)
    kept.errors_occurred = True

    assert kept.is_usable()
    assert asked == [kept]


def test_what_is_closed_on_this_side_is_not_usable(kept):
    kept.connection.close()

    assert not is_silent(kept.connection)
    assert not kept.is_usable()


def test_one_in_a_failed_transaction_is_not_usable(kept):
    kept.set_autocommit(False)
    with pytest.raises(DivisionByZero), kept.connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")

    assert not kept.is_usable()
    kept.rollback()
    assert kept.is_usable()
