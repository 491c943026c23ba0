"""Serializer fields with the text forms of the old APIs."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from dialects.schema import Schema


class HttpDateTimeField(serializers.DateTimeField):
    """Written in RFC 1123, as by Flask's `jsonify`: `Sat, 21 Nov 2026 01:17:01 GMT`."""

    def to_representation(self, value: datetime) -> str:
        return format_http_date(value.replace(microsecond=0))


@lru_cache(1000)
def format_http_date(second: datetime) -> str:
    return format_datetime(second.astimezone(UTC), usegmt=True)


class HttpDateField(serializers.DateField):
    """A date, read in ISO 8601 and written in RFC 1123 at midnight."""

    def to_representation(self, value: date) -> str:
        return format_http_date(datetime.combine(value, time(), UTC))


class IdListField(serializers.ListField):
    """The ids of related rows, in order."""

    def to_representation(self, data: Any) -> list[object]:
        return [row.pk for row in data.all()]


class HttpDateExtension(OpenApiSerializerFieldExtension):
    """The field in the OpenAPI document; drf-spectacular finds it by its base."""

    target_class: Any = HttpDateTimeField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Schema:
        schema: Schema = auto_schema._map_serializer_field(
            self.target, direction, bypass_extensions=True
        )
        if direction == "request":
            return schema
        return {"type": "string", "example": "Sat, 21 Nov 2026 01:17:01 GMT"}


class HttpDayExtension(HttpDateExtension):
    target_class = HttpDateField
