"""Databases of PostgreSQL, filled from the text that pg_dump writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

from tests.faults.databases import PostgresDatabase

COPY = re.compile(r"COPY (?P<table>\S+) \((?P<columns>.*)\) FROM stdin;")
ESCAPED = re.compile(r"\\(.)")
CHARACTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
# A statement with the values of each of its rows, or with none.
Statement = tuple[str, list[list[str | None]]]


@contextmanager
def loaded(dump: Path) -> Iterator[PostgresDatabase]:
    """Make a database of its own from a dump, and drop it afterwards."""
    server = PostgresDatabase.find() or ""
    database = PostgresDatabase(server, f"quintet_dump_{uuid4().hex[:8]}")
    # As in the dump, whatever the server's template is.
    database.manage(f"CREATE DATABASE {database.name} TEMPLATE template0")
    try:
        with closing(database.connect()) as connection:
            cursor = connection.cursor()
            for sql, rows in statements(dump.read_text()):
                if rows:
                    cursor.executemany(sql, rows)
                else:
                    cursor.execute(sql)
        yield database
    finally:
        database.drop()


def statements(dump: str) -> Iterator[Statement]:
    """Return the statements of a dump. Its COPY blocks become INSERTs."""
    lines, sql = iter(dump.split("\n")), ""
    for line in lines:
        if match := COPY.fullmatch(line):
            yield insert(match["table"], match["columns"], lines)
        # Commands of psql, and comments.
        elif not line.startswith(("\\", "--")):
            sql += f"{line}\n"
            if line.endswith(";"):
                yield sql, []
                sql = ""


def insert(table: str, columns: str, lines: Iterator[str]) -> Statement:
    places = ", ".join("%s" for _ in columns.split(","))
    rows = []
    while (line := next(lines)) != "\\.":
        rows.append([value_of(text) for text in line.split("\t")])
    return f"INSERT INTO {table} ({columns}) VALUES ({places})", rows


def value_of(text: str) -> str | None:
    if text == "\\N":
        return None
    return ESCAPED.sub(lambda match: CHARACTERS.get(match[1], match[1]), text)
