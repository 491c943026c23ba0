from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from config.environment import parse_database_url
from flask_import.errors import NothingWritten
from flask_import.sources.base import Source, Table, Value, quoted

TIMEOUT = 5
# Without views, virtual tables and SQLite's own.
TABLES = r"""
SELECT name FROM sqlite_master WHERE type = 'table'
AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND sql NOT LIKE 'CREATE VIRTUAL%'
ORDER BY name
"""
LOCKED = "database is locked"
# Messages about a file with a log in a folder that can't be written, for example.
UNOPENED = "unable to open database file", "readonly database"


class SQLiteSource(Source):
    """A SQLite file. Writers wait while it is read, and it waits for none."""

    is_sqlite = True
    physical_order = "rowid"
    # A damaged index can have fewer rows than the table.
    count_hint = "NOT INDEXED"

    def __init__(self, url: str) -> None:
        self.path = Path(parse_database_url("The database URL", url)["NAME"])
        self.name = self.path.stem
        check_file(self.path)
        try:
            address = f"{self.path.absolute().as_uri()}?mode=ro"
            self.connection = sqlite3.connect(
                address, uri=True, timeout=TIMEOUT, isolation_level=None
            )
            # Text that isn't UTF-8 is reported row by row.
            self.connection.text_factory = decode
            self.connection.execute("BEGIN")
            # Takes the lock, so that the tables stay as they are.
            self.connection.execute("SELECT COUNT(*) FROM sqlite_master")
        except sqlite3.Error as exc:
            raise self.unreadable(exc) from exc

    def unreadable(self, exc: sqlite3.Error) -> NothingWritten:
        if LOCKED in str(exc):
            return NothingWritten(
                f"{self.path} is locked. Stop the program that uses it, or copy it."
            )
        if any(text in str(exc) for text in UNOPENED):
            return NothingWritten(
                f"{self.path} can't be opened. Copy it, with its files that end in "
                "-wal and -shm, to a folder that you can write to."
            )
        return NothingWritten(f"{self.path} can't be read as SQLite: {exc}.")

    def close(self) -> None:
        self.connection.close()

    def identity(self) -> object:
        return self.path.resolve()

    def tables(self) -> dict[str, Table]:
        names = [str(name) for (name,) in self.select(TABLES)]
        return {name: self.table(name) for name in names}

    def table(self, name: str) -> Table:
        columns = list(self.select(f"PRAGMA table_info({quoted(name)})"))
        key = sorted((int(str(row[5])), str(row[1])) for row in columns if row[5])
        return Table(
            name,
            tuple(str(row[1]) for row in columns),
            tuple(column for _, column in key),
            {
                str(row[3]): str(row[2])
                for row in self.select(f"PRAGMA foreign_key_list({quoted(name)})")
            },
        )

    def select(self, sql: str) -> Iterator[Sequence[Value]]:
        try:
            yield from self.connection.execute(sql)
        except sqlite3.Error as exc:
            raise self.unreadable(exc) from exc


def check_file(path: Path) -> None:
    """Raise NothingWritten unless there is a file with something in it."""
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise NothingWritten(f"There is no file {path}.") from None
    except OSError as exc:
        raise NothingWritten(f"{path} can't be read: {exc.strerror}.") from exc
    if not size:
        raise NothingWritten(f"{path} is empty.")


def decode(data: bytes) -> str:
    """Decode UTF-8. Other bytes become lone surrogates."""
    return data.decode("utf-8", "surrogateescape")
