from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from config.environment import parse_database_url
from flask_import.errors import NothingWritten
from flask_import.sources.base import Source, Table, Value, quoted

TIMEOUT = 5


class SQLiteSource(Source):
    """A SQLite file. Writers wait while it is read, and it waits for none."""

    is_sqlite = True
    physical_order = "rowid"

    def __init__(self, url: str) -> None:
        path = Path(parse_database_url("The database URL", url)["NAME"])
        self.name, self.path = path.stem, path
        if not path.is_file():
            raise NothingWritten(f"There is no file {path}.")
        try:
            address = f"{path.absolute().as_uri()}?mode=ro"
            self.connection = sqlite3.connect(
                address, uri=True, timeout=TIMEOUT, isolation_level=None
            )
            # Text that isn't UTF-8 is reported row by row.
            self.connection.text_factory = decode
            self.connection.execute("BEGIN")
        except sqlite3.Error as exc:
            raise self.unreadable(exc) from exc

    def unreadable(self, exc: sqlite3.Error) -> NothingWritten:
        return NothingWritten(f"{self.path} can't be read as SQLite: {exc}.")

    def close(self) -> None:
        self.connection.close()

    def tables(self) -> dict[str, Table]:
        names = [
            str(name)
            for (name,) in self.select(
                "SELECT name FROM sqlite_master WHERE type = 'table' "
                "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
            )
        ]
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


def decode(data: bytes) -> str:
    """Decode UTF-8. Other bytes become lone surrogates."""
    return data.decode("utf-8", "surrogateescape")
