"""Exceptions that end an import, and their exit codes."""

from __future__ import annotations

# Exit codes besides 0, which means that every row is in.
BROKEN_OFF, NOTHING_WRITTEN, ROWS_LEFT_OUT = 1, 2, 3


class ImportFailed(Exception):
    """The command ends with this message and exit code."""

    exit_code: int


class NothingWritten(ImportFailed):
    """The import can't begin: the owner has to change or decide something first."""

    exit_code = NOTHING_WRITTEN


class BrokenOff(ImportFailed):
    """Writing failed, and everything of this system was rolled back."""

    exit_code = BROKEN_OFF


class LeftOut(Exception):
    """The row is left out; the conflict has been noted."""


def first_line(exc: Exception) -> str:
    """Return the first line of a database error. The others can contain rows."""
    return (str(exc).strip() or type(exc).__name__).partition("\n")[0].rstrip(".")
