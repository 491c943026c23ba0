"""The plan of an import: every row as it will be written, in a temporary database.

Its file has no name, so nothing is left of it, however the import ends. It keeps the
memory small: a plan of a million rows doesn't fit.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import starmap
from typing import Any, NamedTuple, cast

from flask_import.tables import Values

SCHEMA = """
CREATE TABLE planned (
    number INTEGER PRIMARY KEY, old_table TEXT, old_id TEXT, state TEXT, pk,
    new_values TEXT, old_checksum TEXT, parent TEXT
);
CREATE UNIQUE INDEX planned_row ON planned (old_table, old_id);
CREATE INDEX planned_parent ON planned (old_table, parent) WHERE parent IS NOT NULL;
CREATE TABLE left_out (old_table TEXT, old_id TEXT, old_values TEXT);
CREATE TABLE finding (
    section TEXT, old_table TEXT, old_id TEXT, choice TEXT, detail TEXT
);
CREATE TABLE claim (
    scope TEXT, value TEXT, owner TEXT, PRIMARY KEY (scope, value)
) WITHOUT ROWID;
"""
EXAMPLES = 3
# Rows of which the plan remembers what they become.
MAX_REMEMBERED = 2000


class State(StrEnum):
    """The treatment of an old row that is imported."""

    NEW = "new"
    # An earlier run has written it.
    KEPT = "kept"
    # The user has an account already.
    MERGED = "merged"


@dataclass
class PlannedRow:
    old_id: str
    state: State
    pk: int | str
    values: Values
    old_checksum: str = ""
    # The old ID of the parent, if the rows of the table form a tree.
    parent: str | None = None


class Finding(NamedTuple):
    section: str
    old_table: str
    old_id: str
    choice: str
    detail: str


class Plan:
    def __init__(self) -> None:
        # An empty name is a temporary file that SQLite deletes itself.
        self.connection = sqlite3.connect("", isolation_level=None)
        self.connection.executescript(SCHEMA)
        self.connection.execute("BEGIN")
        # The latest results of `pk_of()`, by table and old ID: many rows refer to few.
        self.remembered: dict[tuple[str, str], int | str] = {}

    def close(self) -> None:
        self.connection.close()

    def add(self, table: str, row: PlannedRow) -> bool:
        """Add a row, unless the table has the ID already. Return whether it's added."""
        values = to_json(row.values)
        cursor = self.connection.execute(
            "INSERT OR IGNORE INTO planned "
            "(old_table, old_id, state, pk, new_values, old_checksum, parent) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                table,
                row.old_id,
                row.state,
                row.pk,
                values,
                row.old_checksum,
                row.parent,
            ),
        )
        return cursor.rowcount == 1

    def leave_out(self, table: str, old_id: str, old_values: Values) -> None:
        """Leave a row out; one that was planned is taken back."""
        self.remembered.pop((table, old_id), None)
        self.connection.execute(
            "DELETE FROM planned WHERE old_table = ? AND old_id = ?", (table, old_id)
        )
        self.leave_out_again(table, old_id, old_values)

    def leave_out_again(self, table: str, old_id: str, old_values: Values) -> None:
        """Leave a row out, but not the one that has the same ID and is planned."""
        finite = {name: finite_or_text(each) for name, each in old_values.items()}
        values = to_json(finite)
        self.connection.execute(
            "INSERT INTO left_out VALUES (?, ?, ?)", (table, old_id, values)
        )

    def keep(self, table: str, old_id: str) -> None:
        """Keep what is stored already for a planned row, instead of writing it."""
        self.connection.execute(
            "UPDATE planned SET state = ? WHERE old_table = ? AND old_id = ?",
            (State.KEPT, table, old_id),
        )

    def change(self, table: str, old_id: str, changes: Values) -> None:
        """Change some values of a planned row."""
        for name, value in changes.items():
            self.connection.execute(
                "UPDATE planned SET new_values = json_set(new_values, ?, json(?)) "
                "WHERE old_table = ? AND old_id = ?",
                (f"$.{name}", to_json(value), table, old_id),
            )

    def note(self, finding: Finding) -> None:
        self.connection.execute("INSERT INTO finding VALUES (?, ?, ?, ?, ?)", finding)

    def claim(self, scope: str, value: object, owner: str = "") -> str | None:
        """Return who has claimed the value, such as a name, or None."""
        cursor = self.connection.execute(
            "INSERT OR IGNORE INTO claim VALUES (?, ?, ?)",
            (scope, json.dumps(value), owner),
        )
        return None if cursor.rowcount == 1 else self.claimed_by(scope, value)

    def claimed_by(self, scope: str, value: object) -> str | None:
        """Return who has claimed the value, or None."""
        sql = "SELECT owner FROM claim WHERE scope = ? AND value = ?"
        rows = self.select(sql, scope, json.dumps(value))
        return next((str(owner) for (owner,) in rows), None)

    def pk_of(self, table: str, old_id: str) -> int | str | None:
        """Return the primary key of the row that an old row becomes."""
        if (table, old_id) in self.remembered:
            return self.remembered[table, old_id]
        sql = "SELECT pk FROM planned WHERE old_table = ? AND old_id = ?"
        for (pk,) in self.select(sql, table, old_id):
            if len(self.remembered) == MAX_REMEMBERED:
                self.remembered.clear()
            self.remembered[table, old_id] = pk
            return cast(int | str, pk)
        return None

    def checksums(self, table: str, old_ids: Sequence[str]) -> dict[str, str]:
        """Return the old IDs that are planned already, with the rows' checksums."""
        sql = (
            "SELECT old_id, old_checksum FROM planned WHERE old_table = ? "
            "AND old_id IN (SELECT value FROM json_each(?))"
        )
        return dict(self.select(sql, table, json.dumps(old_ids)))

    def value_of(self, table: str, old_id: str, name: str) -> Any:
        """Return a value of a planned row, or None if the row isn't new."""
        sql = "SELECT new_values FROM planned WHERE old_table = ? AND old_id = ?"
        rows = self.select(sql, table, old_id)
        return next((json.loads(values).get(name) for (values,) in rows), None)

    def select(self, sql: str, *parameters: object) -> Iterator[tuple[Any, ...]]:
        yield from self.connection.execute(sql, parameters)

    def rows(self, table: str, state: State) -> Iterator[PlannedRow]:
        """Return the planned rows in the order of the old table."""
        for old_id, name, pk, values, checksum in self.select(
            "SELECT old_id, state, pk, new_values, old_checksum FROM planned "
            "WHERE old_table = ? AND state = ? ORDER BY number",
            table,
            state,
        ):
            yield PlannedRow(old_id, State(name), pk, json.loads(values), checksum)

    def count(self, table: str, state: State) -> int:
        sql = "SELECT COUNT(*) FROM planned WHERE old_table = ? AND state = ?"
        return int(next(self.select(sql, table, state))[0])

    def count_left_out(self, table: str) -> int:
        sql = "SELECT COUNT(*) FROM left_out WHERE old_table = ?"
        return int(next(self.select(sql, table))[0])

    def count_changed(self, table: str) -> int:
        """Return the number of rows that are taken, but not as they were."""
        sql = """
            SELECT COUNT(DISTINCT old_id) FROM finding JOIN planned
            USING (old_table, old_id)
            WHERE old_table = ? AND state != 'kept' AND choice NOT IN ('take', 'once')
        """
        return int(next(self.select(sql, table))[0])

    def rows_left_out(self) -> Iterator[tuple[str, str, str]]:
        """Return the table, the ID and the values as JSON of rows left out."""
        yield from self.select("SELECT * FROM left_out")

    def sections(self) -> list[tuple[str, str, int]]:
        """Return each section with a choice that was made, and how often."""
        return [
            (section, choice, number)
            for section, choice, number in self.select(
                "SELECT section, choice, COUNT(*) FROM finding "
                "GROUP BY section, choice ORDER BY MIN(rowid)"
            )
        ]

    def findings(self, section: str = "", choice: str = "") -> Iterable[Finding]:
        """Return all findings, or those of a section with a choice."""
        return starmap(
            Finding,
            self.select(
                "SELECT * FROM finding WHERE ? IN ('', section) AND ? IN ('', choice)",
                section,
                choice,
            ),
        )

    def findings_of(self, table: str, old_id: str) -> Iterable[Finding]:
        sql = "SELECT * FROM finding WHERE old_table = ? AND old_id = ?"
        return starmap(Finding, self.select(sql, table, old_id))


def finite_or_text(value: object) -> object:
    """Return the value, or a text for infinity, which JSON lacks."""
    is_infinite = isinstance(value, float) and not math.isfinite(value)
    return str(value) if is_infinite else value


def to_json(values: object) -> str:
    return json.dumps(values, default=json_value)


def json_value(value: object) -> str:
    """Return a value that JSON lacks as the text that its field reads again.

    Django's encoder would drop microseconds.
    """
    return value.isoformat() if isinstance(value, date) else str(value)
