"""Serializer fields that parse and format values as Flask-RESTful-DBBase does."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from common.db.fields import MAX_INT32, MAX_INT64
from common.http import fields
from dialects.dbbase import old_texts
from dialects.dbbase.dates import parse_unambiguous

SerializerField = serializers.Field[Any, Any, Any, Any]
MAX_EXPONENT = 15


class DbbaseCharField(serializers.CharField):
    """A text. Numbers are accepted as text, and spaces at the ends are kept."""

    default_error_messages = {
        "max_length": old_texts.TOO_LONG,
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)


class DbbaseIntegerField(fields.IntegerField):
    """A 32-bit integer, also accepted as text."""

    def __init__(self, **kwargs: Any) -> None:
        limits = {"min_value": -MAX_INT32 - 1, "max_value": MAX_INT32}
        super().__init__(**limits | kwargs)

    def to_internal_value(self, data: Any) -> int:
        try:
            return int(super().to_internal_value(data))
        except ValidationError as exc:
            raise not_a_number_error(data) from exc


class DbbaseFloatField(fields.FloatField):
    """A floating-point number, also accepted as text."""

    def to_internal_value(self, data: Any) -> float:
        try:
            return float(super().to_internal_value(data))
        except ValidationError as exc:
            raise not_a_number_error(data) from exc


@extend_schema_field({"type": "number"})
class MoneyField(fields.DecimalField):
    """A number in JSON, and a Decimal in the code.

    Input is rounded half up to its decimal places. The shortest form of a float counts:
    19.989999999999998 is 19.99.
    """

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            return Decimal(super().to_internal_value(data))
        except ValidationError as exc:
            if "invalid" in (exc.get_codes() or ()):
                raise not_a_number_error(data) from exc
            raise

    def validate_precision(self, value: Decimal) -> Decimal:
        # A larger number is refused below, and has too many digits to quantize.
        if value.adjusted() < MAX_EXPONENT:
            unit = Decimal(1).scaleb(-(self.decimal_places or 0))
            value = value.quantize(unit, ROUND_HALF_UP)
        # -0 becomes 0.
        return super().validate_precision(value or abs(value))

    def to_representation(self, value: Decimal) -> float:
        # Exact: a float holds 15 digits, and no amount has more.
        return float(value)


def not_a_number_error(data: object) -> ValidationError:
    text = old_texts.NOT_A_NUMBER.format(value=str(data)[:100])
    return ValidationError(text, "invalid")


ID_FIELD = DbbaseIntegerField(min_value=1, max_value=MAX_INT64)


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


class DbbaseDateField(fields.DateField):
    """A date in any unambiguous format. Of a date and time, the date counts."""

    def to_internal_value(self, value: Any) -> date:
        moment = parse_unambiguous(value)
        if moment is None:
            raise not_a_date_error(value, "YYYY-MM-DD")
        return moment.date()


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"})
class DbbaseDateTimeField(serializers.DateTimeField):
    """A time in UTC, without a zone: `2020-08-27 10:37:47`. A date is its midnight."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d %H:%M:%S", **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        error = not_a_date_error(value, "YYYY-MM-DD HH:MM:SS")
        moment = parse_unambiguous(value)
        if moment is None:
            raise error
        try:
            return super().to_internal_value(moment)
        except ValidationError as exc:
            raise error from exc


def not_a_date_error(data: object, expected: str) -> ValidationError:
    text = old_texts.NOT_A_DATE.format(value=str(data)[:100], expected=expected)
    return ValidationError(text)
