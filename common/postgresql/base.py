"""PostgreSQL, whose connections are looked at instead of asked whether they are alive.

Django sends `SELECT 1` before the first query of each request. A server that ends a
connection says so, and what it said waits at the socket: looking there costs nothing.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_INERROR as IN_ERROR

from common.postgresql.prepared import Prepared
from common.reads import is_watch


class DatabaseWrapper(base.DatabaseWrapper):
    # Of the connection that is open.
    prepared: Prepared

    @property
    def is_pooled(self) -> bool:
        return bool(self.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"))

    def is_usable(self) -> bool:
        is_quiet = self.connection is not None and not self.errors_occurred
        return (is_quiet and is_silent(self.connection)) or bool(super().is_usable())

    # With psycopg2 there is no pool that Django would ask first.
    close_if_health_check_failed = BaseDatabaseWrapper.close_if_health_check_failed

    def get_autocommit(self) -> bool:
        # Where there is a connection, it need not be looked whether there is.
        is_open = self.connection is not None
        return bool(self.autocommit if is_open else super().get_autocommit())

    def init_connection_state(self) -> None:
        super().init_connection_state()
        self.prepared = Prepared(self.create_cursor())

    def fetch(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of a statement that is worth preparing, by the shortest way.

        Poolers that give each transaction another connection have no statements
        prepared; Django's own setting for them says so.
        """
        if self.queries_logged or not all(map(is_watch, self.execute_wrappers)):
            return self.fetch_seen(sql, values)
        self.close_if_health_check_failed()
        if self.connection is None:
            self.ensure_connection()
        self.validate_no_broken_transaction()
        cursor = self.prepared.cursor
        try:
            if self.in_atomic_block or self.is_pooled:
                cursor.execute(sql, values)
            else:
                self.prepared.execute(sql, values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        except self.Database.Error:
            with self.wrap_database_errors:
                raise
        return rows

    def fetch_seen(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The same for those who look at, or change, what is sent."""
        with self.cursor() as cursor:
            cursor.execute(sql, values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def is_silent(connection: Any) -> bool:
    """Whether it would answer, and has sent nothing unasked."""
    if connection.closed or connection.info.transaction_status == IN_ERROR:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
