"""Serializer fields that read and print values as DBBase did, and say so when not."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dateutil import parser
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

INT32 = 2**31 - 1
CENT, LARGEST_EXPONENT = Decimal("0.01"), 15
LONGEST_DATE = 100
ISO_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBERS = {int, float}
# POSIX counts GMT+3 westwards, everybody else eastwards.
AMBIGUOUS_ZONE = re.compile(r"(GMT|UTC|Z)\s*[+-]\s*\d", re.IGNORECASE)
# A text that names no year, month or day takes them from here: twice from other ones.
FIRST_GUESS, OTHER_GUESS = datetime(2000, 1, 1), datetime(2001, 2, 15)


class DbbaseCharField(serializers.CharField):
    """Keeps blanks at the ends; a number may stand for its digits."""

    default_error_messages = {
        "max_length": "The data exceeds the maximum length {max_length}",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)


class DbbaseIntegerField(serializers.IntegerField):
    """A 32-bit integer, also written as text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **({"min_value": -INT32 - 1, "max_value": INT32} | kwargs),
        )

    def to_internal_value(self, data: Any) -> int:
        try:
            return super().to_internal_value(data)
        except ValidationError as exc:
            raise not_a_number(data) from exc


@extend_schema_field({"type": "number"})
class MoneyField(serializers.DecimalField):
    """Decimal inside, a number with at most two decimals on the wire.

    What is sent is rounded to the nearest cent, a half away from zero. Of a number that
    is its shortest form: 19.989999999999998 is 19.99.
    """

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            return super().to_internal_value(data)
        except ValidationError as exc:
            if "invalid" in (exc.get_codes() or ()):
                raise not_a_number(data) from exc
            raise

    def validate_precision(self, value: Decimal) -> Decimal:
        # One that is too large anyway would leave no room for its cents.
        if value.adjusted() < LARGEST_EXPONENT:
            value = value.quantize(CENT, ROUND_HALF_UP)
        # Zero has no sign on the wire.
        return super().validate_precision(value or abs(value))

    def to_representation(self, value: Decimal) -> float:  # type: ignore[override]
        # Exact: a double holds 15 digits, and no amount has more.
        return float(value)


def not_a_number(data: Any) -> ValidationError:
    return ValidationError(f"The value {str(data)[:100]} is not a number", "invalid")


NUMBER = DbbaseIntegerField()


class DbbaseKeyField(serializers.PrimaryKeyRelatedField):
    """Another row by its id, also written as text."""

    # The rows by id, where they were read for a whole list of values.
    known: dict[int, Any] | None = None

    def __init__(self, **kwargs: Any) -> None:
        # A form's list of choices would show rows that are not the caller's.
        kwargs.setdefault("style", {"base_template": "input.html"})
        super().__init__(pk_field=NUMBER, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        pk = NUMBER.to_internal_value(data)
        found = self.find(pk) if self.known is None else self.known.get(pk)
        if found is None:
            self.fail("does_not_exist", pk_value=pk)
        return found

    def find(self, pk: int) -> Any:
        queryset: Any = self.get_queryset()
        return queryset.filter(pk=pk).first()


class DbbaseDateField(serializers.DateField):
    """A date in any form that can only mean one day; of a time, its day."""

    def to_internal_value(self, value: Any) -> Any:
        try:
            return super().to_internal_value(value)
        except ValidationError as exc:
            found = guessed(value)
            if found is None:
                raise not_a_date(value, "YYYY-MM-DD") from exc
            return found.date()


@extend_schema_field({"type": "string", "example": "2020-08-27 10:37:47"})
class DbbaseDateTimeField(serializers.DateTimeField):
    """UTC without saying so: `2020-08-27 10:37:47`. A date alone is its midnight."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d %H:%M:%S", **kwargs)

    def to_internal_value(self, value: Any) -> Any:
        try:
            found = guessed(value)
            return super().to_internal_value(value if found is None else found)
        except ValidationError as exc:
            raise not_a_date(value, "YYYY-MM-DD HH:MM:SS") from exc


def guessed(text: Any) -> datetime | None:
    """The moment that a text means, if it leaves no part of the day open.

    Of `8/9/2020` the month comes first. A moment without a zone has none here, too.
    """
    if not isinstance(text, str) or len(text) > LONGEST_DATE:
        return None
    if AMBIGUOUS_ZONE.search(text):
        return None
    try:
        found, other = (
            parser.parse(text, default=guess, tzinfos=zone)
            for guess in (FIRST_GUESS, OTHER_GUESS)
        )
    except (ValueError, ArithmeticError):
        return None
    return found if found == other else None


def zone(name: str | None, offset: int | None) -> tzinfo | None:
    """UTC or an offset; letters such as EST mean several zones."""
    if name is not None and offset != 0:
        raise ValueError(f"The zone {name} is not known.")
    return None if offset is None else timezone(timedelta(seconds=offset))


def not_a_date(data: Any, form: str) -> ValidationError:
    return ValidationError(f"Date error: {str(data)[:100]!r}: expected {form}")
