"""Serializer fields that read and print values as DBBase did, and say so when not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import ISO_8601, serializers
from rest_framework.exceptions import ValidationError

from common.errors import Conflict
from common.sequences import advance_sequence
from common.serializers import SentFieldsSerializer

INT32 = 2**31 - 1
TIME_FORMATS = ("", " %H:%M", " %H:%M:%S")
DATE_FORMATS = (
    *("%b %d %Y", "%b %d, %Y", "%d %b %Y", "%B %d %Y", "%B %d, %Y", "%d %B %Y"),
    *("%Y/%m/%d", "%m/%d/%Y"),
)


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
    """Decimal inside, a number with at most two decimals on the wire."""

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            return super().to_internal_value(data)
        except ValidationError as exc:
            if "invalid" in (exc.get_codes() or ()):
                raise not_a_number(data) from exc
            raise

    def to_representation(self, value: Decimal) -> float:  # type: ignore[override]
        # Exact: a double holds 15 digits, a price has at most 12.
        return float(value)


def not_a_number(data: Any) -> ValidationError:
    return ValidationError(f"The value {str(data)[:100]} is not a number", "invalid")


class DbbaseKeyField(serializers.PrimaryKeyRelatedField):
    """Another row by its id, also written as text."""

    def __init__(self, **kwargs: Any) -> None:
        # A form's list of choices would show rows that are not the caller's.
        kwargs.setdefault("style", {"base_template": "input.html"})
        super().__init__(pk_field=DbbaseIntegerField(), **kwargs)


class DbbaseDateField(serializers.DateField):
    input_formats = (ISO_8601, *DATE_FORMATS)

    def to_internal_value(self, value: Any) -> Any:
        try:
            return super().to_internal_value(value)
        except ValidationError as exc:
            raise not_a_date(value, "YYYY-MM-DD") from exc


@extend_schema_field({"type": "string", "example": "2020-08-27 10:37:47"})
class DbbaseDateTimeField(serializers.DateTimeField):
    """UTC without saying so: `2020-08-27 10:37:47`."""

    input_formats = (
        ISO_8601,
        *(f"{day}{hour}" for day in DATE_FORMATS for hour in TIME_FORMATS),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d %H:%M:%S", **kwargs)

    def to_internal_value(self, value: Any) -> Any:
        try:
            return super().to_internal_value(value)
        except ValidationError as exc:
            raise not_a_date(value, "YYYY-MM-DD HH:MM:SS") from exc


def not_a_date(data: Any, form: str) -> ValidationError:
    return ValidationError(f"Date error: {str(data)[:100]!r}: expected {form}")


class DbbaseModelSerializer(SentFieldsSerializer):
    """A model as DBBase shows it; a client may choose the free id of a new row."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: DbbaseCharField,
        models.TextField: DbbaseCharField,
        models.IntegerField: DbbaseIntegerField,
        models.SmallIntegerField: DbbaseIntegerField,
        models.PositiveIntegerField: DbbaseIntegerField,
        models.DateField: DbbaseDateField,
        models.DateTimeField: DbbaseDateTimeField,
        models.DecimalField: MoneyField,
    }

    id = DbbaseIntegerField(required=False, allow_null=True, min_value=1)

    def validate_id(self, value: int | None) -> int | None:
        if self.instance is None and value is not None:
            self.refuse_taken(value)
        return value

    def refuse_taken(self, value: int) -> None:
        model: Any = self.Meta.model
        if model._default_manager.filter(pk=value).exists():
            echo = self.initial_data.get("id", value)
            raise Conflict(
                f"{{'id': {echo!r}}} for {model.__name__} already exists.", "id_taken"
            )

    def create(self, validated_data: dict[str, Any]) -> Any:
        if validated_data.get("id") is None:
            validated_data.pop("id", None)
        has_id = "id" in validated_data
        instance = self.insert(validated_data)
        if has_id:
            advance_sequence(instance)
        return instance

    def insert(self, columns: dict[str, Any]) -> Any:
        """Writes a new row; the place to call a service where it takes several."""
        return super().create(columns)

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """The URL names the row; an id in the body never moves the change elsewhere."""
        validated_data.pop("id", None)
        return super().update(instance, validated_data)
