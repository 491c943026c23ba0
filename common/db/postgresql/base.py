"""Django's PostgreSQL backend, whose health check sends no statement.

Django checks each connection once a request, by `SELECT 1`. Its documentation describes
how to subclass a backend.
"""

from __future__ import annotations

from select import POLLIN, poll

from django.db.backends.postgresql import base

# The status of a connection outside of transactions, for both drivers.
IDLE = 0


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Return whether the connection still works.

        A server that closes an idle connection sends something first. As long as
        nothing has arrived, the connection works as it did for the last statement.
        """
        is_idle = self.connection.info.transaction_status == IDLE
        if is_idle and not has_input(self.connection.fileno()):
            return True
        return super().is_usable()


def has_input(descriptor: int) -> bool:
    """Return whether bytes have arrived at a socket, or its end."""
    waiting = poll()
    waiting.register(descriptor, POLLIN)
    return bool(waiting.poll(0))
