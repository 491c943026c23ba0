"""Old systems and their tables, which `flask_import.systems` describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Model

from flask_import.sources.base import Table

if TYPE_CHECKING:
    from flask_import.old_rows import OldRow
    from flask_import.planning import Planner

# The values of a new row, by the `attname` of its column.
Values = dict[str, object]
# The names that a column has in one version of the system or another, by the first one.
Names = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class OldTable:
    """A table of an old system, recognized by its columns.

    `convert` returns the values of the new row. It raises LeftOut for a row that can't
    be taken, after noting the conflict.
    """

    # The content of the table, such as `goal`; tables refer to each other by it.
    role: str
    model: type[Model]
    convert: Callable[[OldRow], Values]
    columns: Names
    # Columns that some versions of the system lack. A row has None for them.
    optional: Names = field(default_factory=dict)
    # Columns of similar tables in other systems.
    without: frozenset[str] = frozenset()
    is_required: bool = True
    # Returns whether the system needs the table in a database that has these tables.
    is_needed: Callable[[Mapping[str, Table]], bool] | None = None
    # True if its rows are the different values of its only column, in a table that has
    # more: the users, for example, of whom the database has only the numbers.
    is_distinct: bool = False
    # The columns that identify a row.
    key: tuple[str, ...] = ("id",)
    # True if the new row has the ID of the old one. Otherwise its ID is generated.
    keeps_id: bool = True
    # The column that refers to the row above, if the rows form a tree, or to the row of
    # another table that this one is a part of.
    parent: str = ""
    # Columns that no report, no rejected row and no checksum may contain.
    secret: frozenset[str] = frozenset()
    # Recognizes the table by something else than the names of its columns. The second
    # argument has the tables of the system that are recognized already.
    find_names: Callable[[Table, Mapping[str, MatchedTable]], Names | None] | None = (
        None
    )
    # Called before the rows of a batch are converted, for queries.
    look_up: Callable[[Planner, list[OldRow]], None] | None = None
    # Called once the rows of the table are planned, for conflicts between rows.
    finish: Callable[[Planner, MatchedTable], None] | None = None

    def names_in(
        self, table: Table, matched: Mapping[str, MatchedTable]
    ) -> dict[str, str] | None:
        """Return the table's name of each column, or None if it isn't this table."""
        if self.without & set(table.columns):
            return None
        columns = self.find_names(table, matched) if self.find_names else self.columns
        if columns is None:
            return None
        required = {name: name_in(table, names) for name, names in columns.items()}
        optional = {name: name_in(table, each) for name, each in self.optional.items()}
        if None in required.values():
            return None
        return {key: name for key, name in (required | optional).items() if name}

    def missing_in(self, table: Table) -> list[str]:
        """Return the columns that the table lacks."""
        return [key for key, names in self.columns.items() if not name_in(table, names)]


def name_in(table: Table, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in table.columns), None)


def columns(*names: str, **alternatives: tuple[str, ...]) -> Names:
    """Return columns that have one name each, and those that have several."""
    return {name: (name,) for name in names} | {
        name: (name, *others) for name, others in alternatives.items()
    }


@dataclass(frozen=True)
class System:
    """One of the old systems: its tables, parents first."""

    name: str
    title: str
    tables: tuple[OldTable, ...]


@dataclass(frozen=True)
class MatchedTable:
    """A table of the source that was recognized."""

    system: System
    old: OldTable
    table: Table
    # The table's name of each column.
    names: Mapping[str, str]

    @property
    def name(self) -> str:
        if self.old.is_distinct:
            return ".".join([self.table.name, *self.names.values()])
        return self.table.name

    @property
    def unused_columns(self) -> list[str]:
        if self.old.is_distinct:
            return []
        return [name for name in self.table.columns if name not in self.names.values()]


@dataclass(frozen=True)
class MatchedSystem:
    system: System
    # By role.
    tables: Mapping[str, MatchedTable]
