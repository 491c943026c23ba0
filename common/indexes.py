from __future__ import annotations

from typing import Any

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
