"""PostgreSQL, whose connections are looked at instead of asked whether they are alive.

Django sends `SELECT 1` before the first query of each request. A server that ends a
connection says so, and what it said waits at the socket: looking there costs nothing.
"""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_INERROR as IN_ERROR


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        is_quiet = self.connection is not None and not self.errors_occurred
        return (is_quiet and is_silent(self.connection)) or bool(super().is_usable())


def is_silent(connection: Any) -> bool:
    """Whether it would answer, and has sent nothing unasked."""
    if connection.closed or connection.info.transaction_status == IN_ERROR:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
