from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import count
from typing import Any

from config.environment import parse_database_url
from flask_import.errors import NothingWritten, first_line
from flask_import.sources.base import Source, Table, Value, quoted

# Django prefers the later driver, too. The parts used here are the same in both.
driver: Any = import_module("psycopg" if find_spec("psycopg") else "psycopg2")

TIMEOUT = 5
BATCH_SIZE = 2000
# The driver returns these as Python's own types. Others are read as text, so that a
# date that Python can't represent is an error of its row.
PLAIN_TYPES = {
    "bigint", "boolean", "double precision", "integer", "numeric", "real", "smallint",
    "character", "character varying", "text",
}  # fmt: skip
COLUMNS = """
SELECT table_name, column_name, data_type FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
ORDER BY table_name, ordinal_position
"""
# The columns of primary keys, and those that refer to other tables.
KEYS = """
SELECT relname, attname, contype = 'p',
    (SELECT relname FROM pg_class WHERE oid = confrelid) AS target
FROM pg_constraint
CROSS JOIN LATERAL unnest(conkey) WITH ORDINALITY AS key (number, position)
JOIN pg_class ON pg_class.oid = conrelid
JOIN pg_attribute ON attrelid = conrelid AND attnum = number
WHERE contype IN ('p', 'f') AND connamespace = current_schema()::regnamespace
ORDER BY 1, position
"""
# A database of a server that runs, and the schema.
IDENTITY = """
SELECT pg_postmaster_start_time()::text, current_database()::text,
    current_schema()::text
"""
# Tables that the user may not read. Views of the catalog leave them out.
FORBIDDEN = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
AND NOT has_any_column_privilege(oid, 'SELECT') ORDER BY relname
"""
OTHER_SCHEMAS = """
SELECT DISTINCT table_schema FROM information_schema.tables
WHERE table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY table_schema
"""
READ_ONLY = (
    "-c default_transaction_read_only=on "
    "-c default_transaction_isolation=repeatable\\ read"
)


class PostgreSQLSource(Source):
    """A database of PostgreSQL, as it was when it was opened."""

    is_sqlite = False
    physical_order = "ctid"

    def __init__(self, url: str) -> None:
        config = parse_database_url("The database URL", url)
        self.name = config["NAME"]
        self.cursor_numbers = count()
        # The type of each column, by table and column.
        self.types: dict[tuple[str, str], str] = {}
        self.connection = connect(config)

    def close(self) -> None:
        self.connection.close()

    def identity(self) -> object:
        return tuple(next(self.select(IDENTITY)))

    def tables(self) -> dict[str, Table]:
        self.check_rights()
        columns: defaultdict[str, list[str]] = defaultdict(list)
        for row in self.select(COLUMNS):
            table, column, kind = map(str, row)
            columns[table].append(column)
            self.types[table, column] = kind
        if not columns:
            raise NothingWritten(self.no_tables())
        keys: defaultdict[str, list[str]] = defaultdict(list)
        references: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for name, key, is_primary, target in self.select(KEYS):
            if is_primary:
                keys[str(name)].append(str(key))
            else:
                references[str(name)][str(key)] = str(target)
        return {
            name: Table(name, tuple(each), tuple(keys[name]), references[name])
            for name, each in columns.items()
        }

    def check_rights(self) -> None:
        if forbidden := [str(name) for (name,) in self.select(FORBIDDEN)]:
            raise NothingWritten(
                f"The user of the database URL can't read {', '.join(forbidden)}. "
                "Grant the user SELECT on all tables."
            )

    def no_tables(self) -> str:
        others = [str(name) for (name,) in self.select(OTHER_SCHEMAS)]
        message = "The old database has no tables in its default schema."
        if others:
            message += (
                f" There are some in {', '.join(others)}: add "
                f"?options=-csearch_path%3D{others[0]} to the database URL."
            )
        return message

    def expression(self, table: Table, column: str) -> str:
        is_plain = self.types.get((table.name, column)) in PLAIN_TYPES
        return quoted(column) if is_plain else f"{quoted(column)}::text"

    def select(self, sql: str) -> Iterator[Sequence[Value]]:
        try:
            # A cursor with a name stays on the server, which sends batches.
            name = f"quintet_import_{next(self.cursor_numbers)}"
            with self.connection.cursor(name) as cursor:
                cursor.itersize = BATCH_SIZE
                cursor.execute(sql)
                yield from cursor
        except driver.Error as exc:
            raise NothingWritten(
                f"The old database can't be read: {first_line(exc)}."
            ) from exc


def connect(config: dict[str, Any]) -> Any:
    """Connect with the parameters of a URL. All transactions are read only."""
    parameters = dict(config.get("OPTIONS", {}))
    names = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    parameters |= {key: config[name] for key, name in names.items() if config[name]}
    try:
        return driver.connect(
            **parameters
            | {
                "dbname": config["NAME"],
                "connect_timeout": TIMEOUT,
                "client_encoding": "utf8",
                "options": f"{parameters.get('options', '')} {READ_ONLY}".strip(),
            }
        )
    except driver.Error as exc:
        raise NothingWritten(
            f"The old database can't be opened: {first_line(exc)}."
        ) from exc
