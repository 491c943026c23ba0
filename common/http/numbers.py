"""Positive numbers in URLs: ASCII digits, as many as a column can hold.

`common/http/fields.py` has the fields of serializers.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

# Every number of this many digits fits the 64-bit integers of a database.
MAX_DIGITS = 18
MAX_NUMBER = 10**MAX_DIGITS - 1


def parse_number(text: str, minimum: int = 0, maximum: int = MAX_NUMBER) -> int | None:
    """Return the number in a text of ASCII digits.

    Return None for any other text, and for a number below `minimum` or above `maximum`.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        return None
    number = int(text)
    return number if minimum <= number <= maximum else None


class JSONIntegerField(serializers.IntegerField):
    """An integer, as a JSON number without a decimal point."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)
