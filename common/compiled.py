"""A row that every request asks for, by SQL that Django makes once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from django.db import connections, router
from django.db.models import QuerySet
from django.utils.functional import cached_property

from common.statements import Statement, fetched, instance_of

# What stands for the key while the SQL is made: nothing else in it is the same.
ANY_KEYS: dict[type, Any] = {int: -(2**60), str: "\ue000 any key \ue000"}
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

    Keys are numbers, or texts if so it says.
    """

    def __init__(
        self, rows: Callable[[Any], QuerySet[Any]], keys: type[int] | type[str] = int
    ) -> None:
        self.rows, self.any_key = rows, ANY_KEYS[keys]

    @cached_property
    def compiled(self) -> Compiled:
        rows = self.rows(self.any_key)
        query, compiler = rows.query, cast("Any", rows.query.get_compiler(rows.db))
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

    def first(self, key: Any) -> Any:
        """The row as an instance of its model, or None."""
        if type(key) is int and key.bit_length() >= BITS:  # Beyond any of a database.
            return None
        found = self.compiled
        params = [key if param == self.any_key else param for param in found.params]
        alias = router.db_for_read(found.model)
        for row in fetched(found.statement, params, connections[alias]):
            named = dict(zip(found.names, row, strict=True))
            return instance_of(found.model, named, alias)
        return None
