"""Serializer fields with the text forms of the old APIs."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from common.http.fields import DateField, DateTimeField
from dialects.schema import Schema

HTTP_MIDNIGHT = "%a, %d %b %Y 00:00:00 GMT"


class HttpDateTimeField(DateTimeField):
    """Written in RFC 1123, as by Flask's `jsonify`: `Sat, 21 Nov 2026 01:17:01 GMT`."""

    def to_representation(self, value: datetime) -> str:
        return format_http_date(value.replace(microsecond=0))


@lru_cache(1000)
def format_http_date(second: datetime) -> str:
    return format_datetime(second.astimezone(UTC), usegmt=True)


class HttpDateField(DateField):
    """A date, read in ISO 8601 and written in RFC 1123 at midnight.

    What it has written can be sent back.
    """

    def to_internal_value(self, value: Any) -> date:
        return parse_http_date(value) or super().to_internal_value(value)

    def to_representation(self, value: date) -> str:
        return format_http_date(datetime.combine(value, time(), UTC))


def parse_http_date(text: object) -> date | None:
    """Return the date of a midnight in RFC 1123, or None for any other text."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.strptime(text, HTTP_MIDNIGHT).replace(tzinfo=UTC)
    except ValueError:
        return None
    # Refuses a day of the week that isn't the date's.
    return moment.date() if format_http_date(moment) == text else None


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
            return schema | {"description": "ISO 8601, or as in a response."}
        text = "In RFC 1123, such as `Sat, 21 Nov 2026 01:17:01 GMT`."
        return {"type": "string", "description": text}


class HttpDayExtension(HttpDateExtension):
    target_class = HttpDateField
