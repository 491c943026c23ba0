"""Lookups with SQL's own meaning, where Django's differ.

A comparison with null is never true, and neither is its negation. `%` and `_` in a
pattern are wildcards.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, ExpressionWrapper, Lookup, Q
from django.db.models.sql.compiler import SQLCompiler

# A condition and its parameters.
SQL = tuple[str, tuple[str | int, ...]]


class Like(Lookup):
    """SQL's LIKE, without escapes. SQLite ignores the case of ASCII letters in it."""

    postgresql_operator = "LIKE"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> SQL:
        return self.combine("LIKE", compiler, connection)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> SQL:
        sql, params = self.combine(self.postgresql_operator, compiler, connection)
        return f"{sql} ESCAPE ''", params

    def combine(
        self, operator: str, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> SQL:
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        return f"{lhs} {operator} {rhs}", (*lhs_params, *rhs_params)


class ILike(Like):
    postgresql_operator = "ILIKE"


def compare(lookup: str, operator: str, operand: object) -> Q:
    """Return a condition whose negation also leaves out null values."""
    # Without the wrapper, Django would include nulls in the negation.
    condition = Q(**{f"{lookup}__{operator}": operand})
    return Q(ExpressionWrapper(condition, output_field=BooleanField()))
