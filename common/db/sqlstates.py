"""PostgreSQL's error codes (SQLSTATE), as its documentation lists them."""

from __future__ import annotations

from django.db import IntegrityError

CHECK_VIOLATION = "23514"
FOREIGN_KEY_VIOLATION = "23503"
LOCK_NOT_AVAILABLE = "55P03"
NOT_NULL_VIOLATION = "23502"
UNIQUE_VIOLATION = "23505"
# Only our own triggers raise it, PostgreSQL itself never does.
IMMUTABLE = "23000"


def sqlstate_of(error: BaseException | None) -> str | None:
    """Return the code of an error that psycopg2 or psycopg 3 raised, if it has one."""
    return getattr(getattr(error, "diag", None), "sqlstate", None)


def column_of(error: IntegrityError) -> str:
    """Return the name of the column that a violation of NOT NULL is about."""
    diagnostics = getattr(error.__cause__, "diag", None)
    # SQLite's text ends with the names of the table and the column.
    return diagnostics.column_name if diagnostics else str(error).rpartition(".")[2]


def is_driver_error(error: BaseException) -> bool:
    """Return whether a database driver raised the error."""
    return hasattr(error, "diag") or type(error).__module__ == "sqlite3"
