"""Statements that read rows, noted while somebody wants to know what was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from django.db import connections

Row = tuple[Any, ...]


class Read(NamedTuple):
    alias: str
    sql: str
    values: tuple[Any, ...]
    digest: bytes

    def is_as_before(self) -> bool:
        """Whether the same statement reads the same rows now."""
        rows = rows_read(self.sql, self.values, connections[self.alias])
        return digest(rows) == self.digest


class Reads:
    """What was read for one answer."""

    def __init__(self) -> None:
        self.found: list[Read] = []
        # Whether no other statement had a part in it.
        self.is_all = True
        # Seconds since the epoch until which it holds whatever the rows are.
        self.ends: list[float] = []
        self.is_noted = False

    def note(self, sql: str, values: Sequence[Any], connection: Any) -> list[Row]:
        self.is_noted = True
        try:
            rows = rows_read(sql, values, connection)
        finally:
            self.is_noted = False
        noted = Read(connection.alias, sql, tuple(values), digest(rows))
        self.found.append(noted)
        return rows

    def watch(self, execute: Any, *statement: Any) -> Any:
        """Django's wrapper of each statement that does not come by `read`."""
        self.is_all &= self.is_noted
        return execute(*statement)


def is_watch(wrapper: Any) -> bool:
    """Whether it only looks at statements that do not come by `read`."""
    return getattr(wrapper, "__func__", None) is Reads.watch


_reads: ContextVar[Reads | None] = ContextVar("reads", default=None)


def read(sql: str, values: Sequence[Any], connection: Any) -> list[Row]:
    reads = _reads.get()
    if reads is None:
        return rows_read(sql, values, connection)
    return reads.note(sql, values, connection)


def ends_at(moment: float) -> None:
    """Says that what is being answered is not so after that many seconds."""
    if reads := _reads.get():
        reads.ends.append(moment)


@contextmanager
def noting() -> Iterator[Reads]:
    reads = Reads()
    token = _reads.set(reads)
    with ExitStack() as watched:
        for connection in connections.all():
            watched.enter_context(connection.execute_wrapper(reads.watch))
        try:
            yield reads
        finally:
            _reads.reset(token)


def rows_read(sql: str, values: Sequence[Any], connection: Any) -> list[Row]:
    if hasattr(connection, "fetch"):
        found: list[Row] = connection.fetch(sql, values)
        return found
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def digest(rows: list[Row]) -> bytes:
    return sha256(orjson.dumps(rows, str)).digest()
