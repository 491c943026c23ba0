"""Serializer fields that parse and format values as Flask-RESTful-DBBase does."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

from dateutil import parser
from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from common.db.fields import MAX_INT32

SerializerField = serializers.Field[Any, Any, Any, Any]
CENT, MAX_EXPONENT = Decimal("0.01"), 15
MAX_DATE_LENGTH = 100
# GMT+3 is west of Greenwich for POSIX, and east for everything else.
AMBIGUOUS_ZONE = re.compile(r"(GMT|UTC|Z)\s*[+-]\s*\d", re.IGNORECASE)
# A text without a year, month or day takes it from a default. Two defaults show it.
DEFAULT_DATE, OTHER_DEFAULT_DATE = datetime(2000, 1, 1), datetime(2001, 2, 15)


class DbbaseCharField(serializers.CharField):
    """A text. Numbers are accepted as text, and spaces at the ends are kept."""

    default_error_messages = {
        "max_length": "The data exceeds the maximum length {max_length}",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)


class DbbaseIntegerField(serializers.IntegerField):
    """A 32-bit integer, also accepted as text."""

    def __init__(self, **kwargs: Any) -> None:
        limits = {"min_value": -MAX_INT32 - 1, "max_value": MAX_INT32}
        super().__init__(**limits | kwargs)

    def to_internal_value(self, data: Any) -> int:
        try:
            return super().to_internal_value(data)
        except ValidationError as exc:
            raise not_a_number_error(data) from exc


@extend_schema_field({"type": "number"})
class MoneyField(serializers.DecimalField):
    """A number with at most two decimals on the wire, a Decimal in the code.

    Input is rounded half up to cents. The shortest form of a float counts:
    19.989999999999998 is 19.99.
    """

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            return super().to_internal_value(data)
        except ValidationError as exc:
            if "invalid" in (exc.get_codes() or ()):
                raise not_a_number_error(data) from exc
            raise

    def validate_precision(self, value: Decimal) -> Decimal:
        # A larger number is refused below, and has too many digits to quantize.
        if value.adjusted() < MAX_EXPONENT:
            value = value.quantize(CENT, ROUND_HALF_UP)
        # -0 becomes 0.
        return super().validate_precision(value or abs(value))

    def to_representation(self, value: Decimal) -> float:  # type: ignore[override]
        # Exact: a float holds 15 digits, and no amount has more.
        return float(value)


def not_a_number_error(data: object) -> ValidationError:
    return ValidationError(f"The value {str(data)[:100]} is not a number", "invalid")


ID_FIELD = DbbaseIntegerField()


class DbbaseKeyField(serializers.PrimaryKeyRelatedField[Model]):
    """Another row by its ID, also accepted as text."""

    pk_field: DbbaseIntegerField
    # The possible rows, if they were read for a whole list of values.
    rows_by_id: dict[int, Model] | None = None

    def __init__(self, **kwargs: Any) -> None:
        # The select box of a browsable form would show rows of other users.
        kwargs.setdefault("style", {"base_template": "input.html"})
        super().__init__(pk_field=ID_FIELD, **kwargs)

    def to_internal_value(self, data: object) -> Model:
        pk = ID_FIELD.to_internal_value(data)
        row = self.find(pk) if self.rows_by_id is None else self.rows_by_id.get(pk)
        if row is None:
            self.fail("does_not_exist", pk_value=pk)
        return row

    def get_queryset(self) -> QuerySet[Model]:
        return cast(QuerySet[Model], super().get_queryset())

    def find(self, pk: int) -> Model | None:
        return self.get_queryset().filter(pk=pk).first()


class DbbaseDateField(serializers.DateField):
    """A date in any unambiguous format. Of a date and time, the date counts."""

    def to_internal_value(self, value: Any) -> date:
        try:
            return super().to_internal_value(value)
        except ValidationError as exc:
            moment = parse_unambiguous(value)
            if moment is None:
                raise not_a_date_error(value, "YYYY-MM-DD") from exc
            return moment.date()


@extend_schema_field({"type": "string", "example": "2020-08-27 10:37:47"})
class DbbaseDateTimeField(serializers.DateTimeField):
    """A time in UTC, without a zone: `2020-08-27 10:37:47`. A date is its midnight."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d %H:%M:%S", **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        try:
            moment = parse_unambiguous(value)
            return super().to_internal_value(value if moment is None else moment)
        except ValidationError as exc:
            raise not_a_date_error(value, "YYYY-MM-DD HH:MM:SS") from exc


def parse_unambiguous(text: object) -> datetime | None:
    """Return the time that a text names, or None if it leaves a part of the day open.

    In `8/9/2020`, the month comes first. A time without a zone is naive.
    """
    if not isinstance(text, str) or len(text) > MAX_DATE_LENGTH:
        return None
    if AMBIGUOUS_ZONE.search(text):
        return None
    try:
        moment, other = (
            parser.parse(text, default=default, tzinfos=zone_of)
            for default in (DEFAULT_DATE, OTHER_DEFAULT_DATE)
        )
    except (ValueError, ArithmeticError):
        return None
    return moment if moment == other else None


def zone_of(name: str | None, offset: int | None) -> tzinfo | None:
    """Return UTC or an offset. Abbreviations such as EST have several meanings."""
    if name is not None and offset != 0:
        raise ValueError(f"The time zone {name} is ambiguous.")
    return None if offset is None else timezone(timedelta(seconds=offset))


def not_a_date_error(data: object, expected: str) -> ValidationError:
    return ValidationError(f"Date error: {str(data)[:100]!r}: expected {expected}")
