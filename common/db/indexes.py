from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, transaction
from django.db.migrations import RunPython
from django.db.models import Index


class OrderIndex(Index):
    """An index in an order that says where nulls stand.

    SQLite takes null for the least value, in indexes without saying so.
    """

    def create_sql(
        self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any
    ) -> Any:
        if schema_editor.connection.vendor != "sqlite":
            return super().create_sql(model, schema_editor, using, **kwargs)
        kept: Any = self.expressions
        expressions = [found.copy() for found in kept]
        for expression in expressions:
            expression.nulls_first = expression.nulls_last = None
        plain = Index(*expressions, name=self.name)
        return plain.create_sql(model, schema_editor, using, **kwargs)


EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
PARTS = "CREATE INDEX IF NOT EXISTS {} ON {} USING gin ({})"


def parts_of_texts(indexes: dict[str, tuple[str, list[str]]]) -> RunPython:
    """Indexes of PostgreSQL for what texts hold, by name: the table and the texts.

    They need the extension pg_trgm, which comes with PostgreSQL. Where it is not
    installed, or the database's user may not add it, searches work without them.
    """

    def create(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        statements = [
            PARTS.format(name, table, ", ".join(f"{t} gin_trgm_ops" for t in texts))
            for name, (table, texts) in indexes.items()
        ]
        # Searching may take longer, but nothing depends on it.
        with (
            suppress(DatabaseError),
            transaction.atomic(schema_editor.connection.alias),
        ):
            execute(schema_editor, [EXTENSION, *statements])

    def drop(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            execute(schema_editor, [f"DROP INDEX IF EXISTS {name}" for name in indexes])

    return RunPython(create, drop)


def execute(schema_editor: Any, statements: Iterable[str]) -> None:
    with schema_editor.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
