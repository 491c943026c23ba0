"""Django's PostgreSQL backend, whose health check sends no statement.

Django checks each connection once a request, by `SELECT 1`. Its documentation describes
how to subclass a backend.
"""

from __future__ import annotations

from select import POLLIN, poll

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Return whether the connection still works.

        A server that closes a connection sends something first. As long as nothing has
        arrived, the connection works as it did for the last statement.
        """
        if self.connection.closed:
            return False
        arrivals = poll()
        arrivals.register(self.connection.fileno(), POLLIN)
        return not arrivals.poll(0) or super().is_usable()
