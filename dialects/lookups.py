"""Lookups with SQL's own meaning, where Django's differ.

A comparison with null is never true, and neither is its negation. `%` and `_` in a
pattern are wildcards.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, ExpressionWrapper, Lookup, Q, Value
from django.db.models.sql.compiler import SQLCompiler

from common.db.text import SQL, Folded


class Like(Lookup):
    """SQL's LIKE, without escapes. SQLite ignores the case of ASCII letters in it."""

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> SQL:
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        return f"{lhs} LIKE {rhs}", (*lhs_params, *rhs_params)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> SQL:
        sql, params = self.as_sql(compiler, connection)
        return f"{sql} ESCAPE ''", params


class ILike(Like):
    """`Like` without regard to case and to the spelling of accents."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        pattern = rhs if hasattr(rhs, "resolve_expression") else Value(rhs)
        super().__init__(Folded(lhs), Folded(pattern))


def compare(lookup: str, operator: str, operand: object) -> Q:
    """Return a condition whose negation also leaves out null values."""
    # Without the wrapper, Django would include nulls in the negation.
    condition = Q(**{f"{lookup}__{operator}": operand})
    return Q(ExpressionWrapper(condition, output_field=BooleanField()))
