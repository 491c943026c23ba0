from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.migrations import RunPython
from django.db.models import Index, Model

from common.db.text import folded_sql

CREATE_EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
CREATE_INDEX = "CREATE INDEX IF NOT EXISTS {} ON {} USING gin ({})"


class OrderIndex(Index):
    """An index with nulls first or last, according to its expressions.

    SQLite always takes null for the least value and has no syntax for it in an index.
    """

    def create_sql(
        self,
        model: type[Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **kwargs: object,
    ) -> Statement:
        if schema_editor.connection.vendor != "sqlite":
            return super().create_sql(model, schema_editor, using, **kwargs)
        plain = Index(*map(without_nulls, self.expressions), name=self.name)
        return plain.create_sql(model, schema_editor, using, **kwargs)


def without_nulls(expression: Any) -> Any:
    """Return a copy of the expression without the position of nulls."""
    plain = expression.copy()
    plain.nulls_first = plain.nulls_last = None
    return plain


def trigram_indexes(indexes: dict[str, tuple[str, list[str]]]) -> RunPython:
    """Return an operation that makes PostgreSQL's indexes for searches in texts.

    `indexes` has the table and its columns by the name of the index. Without the
    extension pg_trgm, or the permission to add it, searches are slower.
    """

    def create(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        connection = schema_editor.connection
        if connection.vendor != "postgresql":
            return
        statements = [
            CREATE_INDEX.format(name, table, ", ".join(map(trigrams, columns)))
            for name, (table, columns) in indexes.items()
        ]
        with suppress(DatabaseError), transaction.atomic(connection.alias):
            execute(schema_editor, [CREATE_EXTENSION, *statements])

    def drop(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            execute(schema_editor, [f"DROP INDEX IF EXISTS {name}" for name in indexes])

    return RunPython(create, drop)


def folded_index(name: str, table: str, columns: list[str]) -> RunPython:
    """Return an operation that makes PostgreSQL's index of a folded text, and more.

    SQLite has none: other programs could no longer write to the table, since they lack
    its function.
    """

    def create(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            first, *others = columns
            parts = ", ".join([folded_sql(first), *others])
            execute(schema_editor, [f"CREATE INDEX {name} ON {table} ({parts})"])

    def drop(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            execute(schema_editor, [f"DROP INDEX IF EXISTS {name}"])

    return RunPython(create, drop)


def trigrams(column: str) -> str:
    return f"{column} gin_trgm_ops"


def execute(schema_editor: BaseDatabaseSchemaEditor, statements: Iterable[str]) -> None:
    with schema_editor.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
