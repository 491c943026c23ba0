"""Comparisons as SQL means them, where Django's look-ups mean something else.

With null, nothing is equal or unequal, and a pattern holds `%` and `_` as the client
wrote them.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Lookup, Q


class Like(Lookup):
    """SQL's LIKE, without escapes. SQLite ignores the case of ASCII letters in it."""

    postgresql = "LIKE"

    def as_sql(self, compiler: Any, connection: Any, operator: str = "LIKE") -> Any:
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        return f"{lhs} {operator} {rhs}", [*lhs_params, *rhs_params]

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        sql, params = self.as_sql(compiler, connection, self.postgresql)
        return f"{sql} ESCAPE ''", params


class ILike(Like):
    postgresql = "ILIKE"


def compared(lookup: str, operator: str, operand: Any) -> Q:
    """A condition whose negation, too, leaves rows without a value out."""
    # Unwrapped, Django would let nulls into the negation.
    condition = Q(**{f"{lookup}__{operator}": operand})
    return Q(ExpressionWrapper(condition, output_field=BooleanField()))
