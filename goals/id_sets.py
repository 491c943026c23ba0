"""Many IDs as one parameter of a query.

    Goal.objects.filter(pk__in=IDs([1, 2]))

Databases limit the number of parameters.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Func, TextField, Value
from django.db.models.sql.compiler import SQLCompiler

SQL = tuple[str, tuple[str | int, ...]]


class IDs(Func):
    template = "(SELECT value FROM json_each(%(expressions)s))"
    arity = 1
    output_field = BigIntegerField()

    def __init__(self, ids: Iterable[int]) -> None:
        super().__init__(Value(json.dumps([*ids]), output_field=TextField()))

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> SQL:
        template = (
            "(SELECT value::bigint "
            "FROM jsonb_array_elements_text(%(expressions)s::jsonb) ids(value))"
        )
        sql, params = self.as_sql(compiler, connection, template=template)
        return sql, tuple(params)
