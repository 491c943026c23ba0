from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.http.fields import FIELD_MAPPING, DateTimeField
from common.http.serializers import SentFieldsSerializer


class VerbatimCharField(serializers.CharField):
    """A text that keeps its leading and trailing whitespace."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)


@extend_schema_field(
    {
        "type": "string",
        "description": "ISO 8601 in UTC, without a time zone. A request can also send "
        "a date, a time with an offset, or `CURRENT_TIMESTAMP` for the server's time.",
        "examples": ["2024-06-02T04:44:04.906714"],
    }
)
class NaiveDateTimeField(DateTimeField):
    """ISO 8601 in UTC without a time zone, as in Flask-Restless.

    Input can also be a date, a time with `Z` or an offset (converted to UTC), `""` for
    null, or `CURRENT_TIMESTAMP` for the server's time.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)

    def run_validation(self, data: object = serializers.empty) -> object:
        return super().run_validation(None if data == "" else data)

    def to_internal_value(self, value: Any) -> datetime:
        if value == "CURRENT_TIMESTAMP":
            return datetime.now(UTC).replace(microsecond=0)
        moment: datetime = super().to_internal_value(value)
        return moment

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat()


class RestlessSerializer(SentFieldsSerializer):
    """The attributes of a resource: columns other than the key and foreign keys.

    The dialect adds ids and relationships.
    """

    serializer_field_mapping = {
        **FIELD_MAPPING,
        models.CharField: VerbatimCharField,
        models.TextField: VerbatimCharField,
        models.DateTimeField: NaiveDateTimeField,
    }
