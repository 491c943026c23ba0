"""Statements that PostgreSQL reads and plans once for each connection.

    PREPARE quintet_5d41… (int8) AS SELECT … WHERE "id" = $1
    EXECUTE quintet_5d41… (7)

What is asked for again and again takes less time to be carried out than to be planned.
A parameter has the type that its value has where it stands in the SQL itself, so both
mean the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from psycopg2 import ProgrammingError
from psycopg2.errors import (
    DuplicatePreparedStatement,
    FeatureNotSupported,
    InvalidSqlStatementName,
)

# A statement is prepared when it is wanted for so many times. So many are counted, and
# a connection keeps so many, each of which takes some 30 KB of PostgreSQL's memory.
WORTH_IT, MOST_COUNTED, MOST_PREPARED = 3, 1000, 100
# Types that are told by how a value is written; a text may be meant for any.
KINDS: dict[Any, str] = {
    type(None): "unknown",
    str: "unknown",
    bool: "bool",
    Decimal: "numeric",
    date: "date",
}
# What a change of the schema, or a pooler between, makes of prepared statements.
LOST = (FeatureNotSupported, InvalidSqlStatementName)
Statement = tuple[str, tuple[str, ...]]


class Unwritable(Exception):
    """The value's type is not told by how it is written."""


class Prepared:
    """The prepared statements of one connection, which is in no transaction."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.counts: dict[Statement, int] = {}
        # What carries a statement out; empty where it cannot be prepared.
        self.names: dict[Statement, str] = {}

    def execute(self, sql: str, values: Sequence[Any]) -> None:
        try:
            statement = (
                sql,
                tuple([KINDS.get(type(value)) or kind_of(value) for value in values]),
            )
        except Unwritable:
            self.cursor.execute(sql, values)
            return
        call = self.names.get(statement)
        if call is None:
            call = self.count(statement)
        try:
            self.cursor.execute(call or sql, values)
        except LOST:
            if not call:
                raise
            self.forget()
            self.cursor.execute(sql, values)

    def count(self, statement: Statement) -> str:
        if len(self.counts) >= MOST_COUNTED:
            self.counts.clear()
        found = self.counts[statement] = self.counts.get(statement, 0) + 1
        if found < WORTH_IT:
            return ""
        if len(self.names) >= MOST_PREPARED:
            self.forget()
        self.names[statement] = self.prepare(*statement)
        return self.names[statement]

    def prepare(self, sql: str, kinds: tuple[str, ...]) -> str:
        """What carries the statement out; its name stands for it on any connection."""
        name = f"quintet_{sha256(repr((sql, kinds)).encode()).hexdigest()[:32]}"
        numbered = sql % tuple(f"${number + 1}" for number in range(len(kinds)))
        types = f"({', '.join(kinds)})" if kinds else ""
        try:
            self.cursor.execute(f"PREPARE {name} {types} AS {numbered}")
        except DuplicatePreparedStatement:
            pass
        except ProgrammingError:
            return ""
        places = f" ({', '.join(['%s'] * len(kinds))})" if kinds else ""
        return f"EXECUTE {name}{places}"

    def forget(self) -> None:
        self.counts.clear()
        self.names.clear()
        self.cursor.execute("DEALLOCATE ALL")


def kind_of(value: Any) -> str:
    """The type of a number or a time."""
    if type(value) is int:
        for name, limit in (("int4", 2**31), ("int8", 2**63)):
            if -limit <= value < limit:
                return name
    elif type(value) is datetime and value.tzinfo:
        return "timestamptz"
    raise Unwritable
