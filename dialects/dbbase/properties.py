"""OpenAPI properties of a row's columns, as in the old meta resources.

Keys, uniqueness, defaults and formats come from the model and from the fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.core.validators import MinValueValidator
from django.db.models import NOT_PROVIDED, Field
from django.utils import timezone
from rest_framework.serializers import BaseSerializer

from dialects.dbbase.fields import DbbaseDateTimeField, MoneyField
from dialects.dbbase.serializers import DbbaseModelSerializer
from dialects.schema import Direction, Schema

DAY_AND_TIME = (
    r"-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$"
)
# Python writes years before 1000 with fewer digits, and these texts are ambiguous.
TIMES = {
    "request": rf"^[1-9]\d{{3}}{DAY_AND_TIME}",
    "response": rf"^\d{{1,4}}{DAY_AND_TIME}",
}
ID = {"type": "integer", "format": "int64", "description": "Primary key."}


def describe_columns(
    schema: Schema, serializer: DbbaseModelSerializer, direction: Direction
) -> None:
    """Complete the schema of a row, whose names are in snake_case."""
    properties = schema["properties"]
    for name, column in properties.items():
        model_field = model_field_of(serializer, name)
        describe_column(column, serializer.fields[name], model_field, direction)
    if direction == "response":
        describe_response(schema, serializer)
    elif serializer.is_update:
        for name in {"id", *serializer.create_only_fields} & properties.keys():
            del properties[name]
    else:
        add_defaults(properties, serializer)


def describe_column(
    column: Schema, field: object, model_field: Any, direction: Direction
) -> None:
    texts = [
        *key_facts(field, model_field),
        column.get("description", ""),
        *value_facts(field, model_field, direction),
    ]
    if text := " ".join(filter(None, texts)):
        column["description"] = text
    if isinstance(field, DbbaseDateTimeField):
        column["pattern"] = TIMES[direction]
    if direction == "request":
        add_limits(column, field, model_field)


def describe_response(schema: Schema, serializer: DbbaseModelSerializer) -> None:
    """Describe columns as they are sent. Rows of `serialFields` may lack any."""
    properties = schema["properties"]
    if "id" in properties:
        properties["id"] = {**ID}
    for column in properties.values():
        # Limits are for what clients send.
        column.pop("minimum", None)
        column.pop("maximum", None)
    if serializer.is_selection:
        schema["required"] = []


def add_limits(column: Schema, field: object, model_field: Any) -> None:
    if isinstance(field, MoneyField):
        places = field.decimal_places or 0
        most = (10 ** (field.max_digits or 0) - 1) / 10**places
        column |= {"minimum": -most, "maximum": most}
    for validator in getattr(model_field, "validators", ()):
        # DRF takes the first of several minimums.
        if isinstance(validator, MinValueValidator):
            minimums = [column.get("minimum"), validator.limit_value]
            column["minimum"] = max(each for each in minimums if each is not None)


def key_facts(field: object, model_field: Any) -> Iterator[str]:
    if model_field is None or isinstance(field, BaseSerializer):
        return
    if model_field.many_to_one:
        yield f"Foreign key: the ID of the {model_field.verbose_name}."
    elif model_field.unique and not model_field.primary_key:
        yield "Unique."


def value_facts(field: object, model_field: Any, direction: Direction) -> Iterator[str]:
    """Yield the format of a value, and what becomes of it if a client sends it."""
    if isinstance(field, DbbaseDateTimeField):
        yield "UTC, as `YYYY-MM-DD HH:MM:SS`."
    if direction == "response":
        return
    if isinstance(field, MoneyField):
        yield f"Rounded half up to {field.decimal_places} decimal places."
    if getattr(model_field, "default", None) is timezone.now:
        yield "By default, the current time."


def add_defaults(properties: Schema, serializer: DbbaseModelSerializer) -> None:
    """Add the defaults of a new row."""
    for name in properties:
        default = getattr(model_field_of(serializer, name), "default", NOT_PROVIDED)
        if default is not NOT_PROVIDED and not callable(default):
            properties[name].setdefault("default", default)


def model_field_of(serializer: DbbaseModelSerializer, name: str) -> Any:
    """Return the model's field that a field of the serializer shows, if it is one."""
    try:
        found = serializer.model._meta.get_field(str(serializer.fields[name].source))
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, Field) else None
