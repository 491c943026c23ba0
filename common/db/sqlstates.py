"""What PostgreSQL says is wrong, by the codes of its documentation (SQLSTATE)."""

from __future__ import annotations

CHECK_VIOLATION = "23514"
FOREIGN_KEY_VIOLATION = "23503"
LOCK_NOT_AVAILABLE = "55P03"
UNIQUE_VIOLATION = "23505"
# Our own triggers raise it, and PostgreSQL itself never does.
IMMUTABLE = "23000"


def sqlstate_of(error: BaseException | None) -> str | None:
    """Returns the code of an error that psycopg2 or psycopg 3 raised, if it has one."""
    return getattr(getattr(error, "diag", None), "sqlstate", None)


def is_of_driver(error: BaseException) -> bool:
    """Whether the error is one that a driver of a database raised."""
    return hasattr(error, "diag") or type(error).__module__ == "sqlite3"
