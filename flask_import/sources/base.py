from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

# A value of an old database: a text, a number or None. Dates and times are texts.
Value = object


@dataclass(frozen=True)
class Table:
    """A table of an old database."""

    name: str
    columns: tuple[str, ...]
    primary_key: tuple[str, ...] = ()
    # The table to which a column refers, by column.
    references: Mapping[str, str] = field(default_factory=dict)


class Source(ABC):
    """A database that is only read, in one transaction."""

    # The file or database, without its directory or server.
    name: str
    is_sqlite: bool

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def identity(self) -> object:
        """Return what no other database has, to compare with Quintet's own."""

    @abstractmethod
    def tables(self) -> dict[str, Table]:
        """Return the tables by name. Raise NothingWritten if they can't be read."""

    @abstractmethod
    def select(self, sql: str) -> Iterator[Sequence[Value]]:
        """Read the rows of a query in batches."""

    def expression(self, table: Table, column: str) -> str:
        """Return the SQL of a column whose value is a text, a number or NULL."""
        return quoted(column)

    def row_order(self, table: Table) -> str:
        """Return the SQL of the order in which the rows are read.

        Links, whose key is the two rows that they link, have the order in which they
        were written.
        """
        if len(table.primary_key) == 1:
            return quoted(table.primary_key[0])
        return self.physical_order

    # The order in which the rows of a table were written.
    physical_order: str

    # The SQL after the name of a table whose rows are counted.
    count_hint = ""

    def count(self, table: Table, column: str = "") -> int:
        """Return the number of rows, or of the values in a column."""
        what = quoted(column) if column else "*"
        sql = f"SELECT COUNT({what}) FROM {quoted(table.name)} {self.count_hint}"  # noqa: S608
        return int(str(next(self.select(sql))[0]))

    def greatest(self, table: Table, column: str) -> Value:
        sql = f"SELECT MAX({quoted(column)}) FROM {quoted(table.name)}"  # noqa: S608
        return next(self.select(sql))[0]

    def rows(self, table: Table, columns: Sequence[str]) -> Iterator[Sequence[Value]]:
        """Read these columns of all rows, in their order."""
        expressions = ", ".join(self.expression(table, column) for column in columns)
        return self.select(
            f"SELECT {expressions} FROM {quoted(table.name)} "  # noqa: S608
            f"ORDER BY {self.row_order(table)}"
        )

    def count_distinct(self, table: Table, column: str) -> int:
        sql = f"SELECT COUNT(DISTINCT {quoted(column)}) FROM {quoted(table.name)}"  # noqa: S608
        return int(str(next(self.select(sql))[0]))

    def distinct_values(self, table: Table, column: str) -> Iterator[Sequence[Value]]:
        """Read the different values of a column, except NULL, each as a row."""
        expression = self.expression(table, column)
        return self.select(
            f"SELECT DISTINCT {expression} FROM {quoted(table.name)} "  # noqa: S608
            f"WHERE {quoted(column)} IS NOT NULL ORDER BY {expression}"
        )


def quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
