"""DRF's fields of numbers and times, strict about texts.

Python reads more than clients mean: `1_0` as 10, digits of other scripts, and any
character between a date and a time, so that `2026-03-04+02:00` is 2 o'clock.
"""

from __future__ import annotations

import re
from typing import Any

from rest_framework import serializers

SPACED = re.ASCII | re.IGNORECASE
WHOLE_NUMBER = re.compile(r"\s*[+-]?[0-9]+(\.0*)?\s*", SPACED)
NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?\s*", SPACED)
DAY = "[0-9]{4}(-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}|-?w[0-9]{2}-?[0-9])"
TIME = "[0-9]{1,2}(:?[0-9]{2}(:?[0-9]{2}([.,][0-9]+)?)?)?"
OFFSET = r"\s*(z|[+-][0-9]{2}(:?[0-9]{2}){0,2})"
ISO_DATE = re.compile(DAY, SPACED)
ISO_DATE_TIME = re.compile(f"{DAY}([t ]{TIME}({OFFSET})?)?", SPACED)


class PatternField(serializers.Field[Any, Any, Any, Any]):
    """A field that takes a text only if it matches the pattern."""

    pattern: re.Pattern[str]

    def to_internal_value(self, data: Any) -> Any:
        is_refused = isinstance(data, str) and not self.pattern.fullmatch(data)
        # DRF has the message for an empty text, which is of no type.
        return super().to_internal_value("" if is_refused else data)


class IntegerField(PatternField, serializers.IntegerField):
    pattern = WHOLE_NUMBER


class BigIntegerField(PatternField, serializers.BigIntegerField):
    pattern = WHOLE_NUMBER


class DecimalField(PatternField, serializers.DecimalField):
    pattern = NUMBER


class FloatField(PatternField, serializers.FloatField):
    pattern = NUMBER

    def to_internal_value(self, data: Any) -> Any:
        # Python counts with true as 1.
        return super().to_internal_value("" if isinstance(data, bool) else data)


class DateField(PatternField, serializers.DateField):
    pattern = ISO_DATE


class DateTimeField(PatternField, serializers.DateTimeField):
    pattern = ISO_DATE_TIME


STRICT_FIELDS: dict[Any, Any] = {
    serializers.IntegerField: IntegerField,
    serializers.BigIntegerField: BigIntegerField,
    serializers.DecimalField: DecimalField,
    serializers.FloatField: FloatField,
    serializers.DateField: DateField,
    serializers.DateTimeField: DateTimeField,
}
# For `serializer_field_mapping` of a ModelSerializer.
FIELD_MAPPING: dict[Any, Any] = {
    model_field: STRICT_FIELDS.get(field_class, field_class)
    for model_field, field_class in (
        serializers.ModelSerializer.serializer_field_mapping.items()
    )
}
