"""How an import ends, other than well."""

from __future__ import annotations

from django.core.management import CommandError

# Exit codes besides 0, which means that every row is in.
BROKEN_OFF, NOTHING_WRITTEN, ROWS_LEFT_OUT = 1, 2, 3


class NothingWritten(CommandError):
    """The import can't begin: the owner has to change or decide something first."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=NOTHING_WRITTEN)


class BrokenOff(CommandError):
    """Writing failed, and everything of this system was rolled back."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=BROKEN_OFF)


class LeftOut(Exception):
    """The row is left out; the conflict has been noted."""
