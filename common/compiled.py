"""A row that every request asks for, by SQL that Django makes once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

from common.statements import Statement, fetched, instance_of

# Stands for the key while the SQL is made; no row has it, and no other number is it.
ANY_KEY = -(2**60)
BITS = 64


class Compiled(NamedTuple):
    statement: Statement
    params: tuple[Any, ...]
    model: Any
    # Of its columns and annotations.
    names: list[str]


class RowByKey:
    """Reads the one row that `rows(key)` finds, columns and annotations alike.

    USERS = RowByKey(lambda key: User.objects.filter(pk=key))
    USERS.first(7)
    """

    def __init__(self, rows: Callable[[int], QuerySet[Any]]) -> None:
        self.rows = rows

    @cached_property
    def compiled(self) -> Compiled:
        query = self.rows(ANY_KEY).query
        compiler: Any = query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        selected = [expression for expression, *_ in compiler.select]
        places = compiler.klass_info["select_fields"]
        columns = [selected[place].target.attname for place in places]
        return Compiled(
            Statement(sql, compiler.get_converters(selected)),
            tuple(params),
            query.model,
            [*columns, *compiler.annotation_col_map],
        )

    def first(self, key: int) -> Any:
        """The row as an instance of its model, or None."""
        if key.bit_length() >= BITS:  # Beyond a database's integers.
            return None
        found = self.compiled
        params = [key if param == ANY_KEY else param for param in found.params]
        for row in fetched(found.statement, params, connections[DEFAULT_DB_ALIAS]):
            named = dict(zip(found.names, row, strict=True))
            return instance_of(found.model, named, DEFAULT_DB_ALIAS)
        return None
