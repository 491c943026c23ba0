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


# What PostgreSQL makes of the rows of `told` by itself, so that none has to be sent.
DIGEST = "encode(sha256(convert_to(string_agg(told::text, E'\\n'), 'UTF8')), 'hex')"


class Read(NamedTuple):
    alias: str
    sql: str
    values: tuple[Any, ...]
    digest: Any

    def is_as_before(self) -> bool:
        """Whether the same statement reads the same rows now."""
        connection = connections[self.alias]
        rows = rows_read(self.sql, self.values, connection)
        found = rows[0] if makes_digests(connection) else digest(rows)
        return bool(found == self.digest)


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
            rows, found = rows_with_digest(sql, values, connection)
        finally:
            self.is_noted = False
        self.found.append(Read(connection.alias, sql, tuple(values), found))
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
    if fetch := getattr(connection, "fetch", None):
        found: list[Row] = fetch(sql, values)
        return found
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def makes_digests(connection: Any) -> bool:
    return hasattr(connection, "fetch")


def rows_with_digest(
    sql: str, values: Sequence[Any], connection: Any
) -> tuple[list[Row], Any]:
    if not makes_digests(connection):
        rows = rows_read(sql, values, connection)
        return rows, digest(rows)
    both = (  # Around SQL that is sent as it is anyway.
        f"WITH told AS MATERIALIZED ({sql}) "  # noqa: S608
        f"SELECT *, (SELECT {DIGEST} FROM told) FROM told"
    )
    rows = rows_read(both, values, connection)
    return [row[:-1] for row in rows], rows[0][-1] if rows else None


def at_once(reads: list[Read]) -> list[Read]:
    """One read instead of all those that one database can compare by itself."""
    of_each: dict[str, list[Read]] = {}
    for found in reads:
        of_each.setdefault(found.alias, []).append(found)
    return [
        read
        for alias, of_one in of_each.items()
        for read in ([joined(of_one)] if makes_digests(connections[alias]) else of_one)
    ]


def joined(reads: list[Read]) -> Read:
    each = [f"(SELECT {DIGEST} FROM ({read.sql}) told)" for read in reads]  # noqa: S608
    values = [value for read in reads for value in read.values]
    digests = tuple([read.digest for read in reads])
    return Read(reads[0].alias, f"SELECT {', '.join(each)}", tuple(values), digests)


def digest(rows: list[Row]) -> bytes:
    return sha256(orjson.dumps(rows, str)).digest()
