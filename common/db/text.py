"""Text without regard to case and to the spelling of accents, on both databases.

    Actor.objects.filter(name__folded_contains="élodie")

`É` can be one character or an `E` and an accent, and SQLite's own functions know the
case of ASCII letters only. So text is compared, and indexed, by `Folded`: composed
(Unicode's NFC) and in lower case.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar
from unicodedata import normalize

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import CharField, Func, Lookup, TextField, Value
from django.db.models.sql.compiler import SQLCompiler
from django.dispatch import receiver

# Maximum for a search: each word is one more condition.
MAX_SEARCH_WORDS = 20
# A condition or expression and its parameters.
SQL = tuple[str, tuple[str | int, ...]]
# Without the collation, a database in the locale C would fold ASCII letters only.
POSTGRESQL = 'LOWER(NORMALIZE(%(expressions)s, NFC) COLLATE "und-x-icu")'


class Folded(Func):
    """A text in lower case and NFC."""

    function = "LOWER_NFC"
    arity = 1
    output_field = TextField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> SQL:
        sql, params = self.as_sql(compiler, connection, template=POSTGRESQL)
        return sql, tuple(params)


def folded_sql(column: str) -> str:
    """Return PostgreSQL's expression of `Folded`, for an index."""
    return POSTGRESQL % {"expressions": column}


@receiver(connection_created, dispatch_uid="lower_nfc")
def add_function(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Add `LOWER_NFC` to a connection to SQLite."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(
            Folded.function, 1, lower_nfc_or_other, deterministic=True
        )


def lower_nfc(text: str) -> str:
    return normalize("NFC", text).lower()


def lower_nfc_or_other(value: object) -> object:
    """Fold a text of SQLite. Other values, such as NULL, stay as they are."""
    return lower_nfc(value) if isinstance(value, str) else value


class FoldedLookup(Lookup):
    operator: ClassVar[str]

    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(Folded(lhs), Folded(Value(self.operand(str(rhs)))))

    def operand(self, text: str) -> str:
        return text

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> SQL:
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        return self.operator.format(lhs, rhs), (*lhs_params, *rhs_params)


@CharField.register_lookup
@TextField.register_lookup
class FoldedExact(FoldedLookup):
    """`gender__folded_exact="FEMALE"`"""

    lookup_name = "folded_exact"
    operator = "{} = {}"


@CharField.register_lookup
@TextField.register_lookup
class FoldedContains(FoldedLookup):
    """`name__folded_contains="élo"`"""

    lookup_name = "folded_contains"
    operator = r"{} LIKE {} ESCAPE '\'"

    def operand(self, text: str) -> str:
        return f"%{escaped(text)}%"


@CharField.register_lookup
@TextField.register_lookup
class FoldedStartsWith(FoldedContains):
    """`name__folded_startswith="él"`"""

    lookup_name = "folded_startswith"

    def operand(self, text: str) -> str:
        return f"{escaped(text)}%"


def escaped(text: str) -> str:
    """Return the text as a pattern of LIKE that matches nothing else."""
    return re.sub(r"[\\%_]", r"\\\g<0>", text)
