"""Small databases of the goal service, made for one test each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

TABLES = """
CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT, email TEXT, password TEXT);
CREATE TABLE goal (
    id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES user (id), parent_id INTEGER,
    name TEXT, description TEXT, start TEXT, "end" TEXT
);
"""


def make_goals(
    path: Path, names: Iterable[str] = ("ada",), goals: Iterable[tuple] = ()
) -> str:
    """Create a database of users and of goals (user, parent, name). Return its URL."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(TABLES)
        connection.executemany(
            "INSERT INTO user (name, email, password) VALUES (?, ?, 'secret-word')",
            [(name, f"{name}@example.com") for name in names],
        )
        connection.executemany(
            "INSERT INTO goal (user_id, parent_id, name, start) "
            "VALUES (?, ?, ?, '2020-01-01 00:00:00')",
            goals,
        )
    return f"sqlite:///{path}"


def execute(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(sql)
