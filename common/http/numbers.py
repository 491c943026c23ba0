"""Whole numbers in requests: read in one way by every API."""

from __future__ import annotations

# Any number of so many digits fits the 64-bit integers of a database.
MAX_DIGITS = 18
MAX_NUMBER = 10**MAX_DIGITS - 1


def parse_number(text: str, minimum: int = 0, maximum: int = MAX_NUMBER) -> int | None:
    """Return the number that a text of ASCII digits stands for.

    None for any other text, such as `+1`, `1_000` or `²`, which `int()` or `isdigit()`
    would take, and for a number below `minimum` or above `maximum`.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        return None
    number = int(text)
    return number if minimum <= number <= maximum else None
