"""Serializer fields whose text form is a matter of the wire."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers


class HttpDateTimeField(serializers.DateTimeField):
    """RFC 1123 out, as Flask's `jsonify` writes: `Sat, 21 Nov 2026 01:17:01 GMT`."""

    def to_representation(self, value: datetime) -> str:
        return http_date(value.replace(microsecond=0))


@lru_cache(1000)
def http_date(second: datetime) -> str:
    return format_datetime(second.astimezone(UTC), usegmt=True)


class HttpDateField(serializers.DateField):
    """A date: ISO 8601 in, RFC 1123 at midnight out."""

    def to_representation(self, value: date) -> str:
        return http_date(datetime.combine(value, time(), UTC))


class IdListField(serializers.ListField):
    """The ids of the rows that a row is linked with, in order."""

    def to_representation(self, data: Any) -> list[Any]:
        return [row.pk for row in data.all()]


class HttpDateExtension(OpenApiSerializerFieldExtension):
    target_class: Any = HttpDateTimeField

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer_field(
            self.target, direction, bypass_extensions=True
        )
        if direction == "request":
            return schema
        return {"type": "string", "example": "Sat, 21 Nov 2026 01:17:01 GMT"}


class HttpDayExtension(HttpDateExtension):
    target_class = HttpDateField
