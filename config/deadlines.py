"""Deadlines for databases that take a statement and never respond.

Drivers wait for a response without limit. Here, a thread shuts down the sockets of the
connections whose deadline has passed, so that the driver raises OperationalError.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

INTERVAL = 0.1

_lock = threading.Lock()
_deadlines: dict[object, tuple[float, BaseDatabaseWrapper]] = {}
_threads: list[threading.Thread] = []


@contextmanager
def deadline(alias: str, seconds: float) -> Iterator[None]:
    """Limit the time of what this thread does with the database in the block.

    Opening a connection has `connect_timeout` instead.
    """
    key = object()
    with _lock:
        _deadlines[key] = (time.monotonic() + seconds, connections[alias])
        start_thread()
    try:
        yield
    finally:
        # The lock keeps the thread away from a socket that may be closed afterwards.
        with _lock:
            del _deadlines[key]


def start_thread() -> None:
    """Start the thread, also in a forked process, which has none of its parent's."""
    if not any(thread.is_alive() for thread in _threads):
        _threads[:] = [threading.Thread(target=watch, daemon=True)]
        _threads[0].start()


def watch() -> None:
    while True:
        time.sleep(INTERVAL)
        with _lock:
            for ends_at, connection in _deadlines.values():
                if ends_at < time.monotonic():
                    shut_down(connection)


def shut_down(connection: BaseDatabaseWrapper) -> None:
    """Shut down the socket, of which both psycopg versions tell the file descriptor."""
    # The connection may be closed in the meantime, and SQLite has no socket.
    with suppress(Exception), socket.socket(fileno=copy_of_socket(connection)) as copy:
        copy.shutdown(socket.SHUT_RDWR)


def copy_of_socket(connection: BaseDatabaseWrapper) -> int:
    return os.dup(connection.connection.fileno())
