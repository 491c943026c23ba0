"""OpenAPI of the DBBase dialect: camelCase, and lists under their model's name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dialects.dbbase.camel_case import to_camel
from dialects.dbbase.debug import DefaultsSerializer, ExplanationSerializer
from dialects.dbbase.filters import OPERATORS
from dialects.dbbase.pagination import envelope_schema
from dialects.dbbase.parameters import DbbaseFilterExtension
from dialects.dbbase.properties import describe_columns
from dialects.dbbase.serializers import MAX_NEW_ROWS, DbbaseModelSerializer
from dialects.openapi_parts import response_header
from dialects.schema import DialectSchema, Direction, Schema

# The extension works because it is imported.
__all__ = ["DbbaseFilterExtension", "DbbaseSchema"]

SerializerClass = type[DbbaseModelSerializer]
COLUMN_ERROR = {
    # Generators of clients name the class by it.
    "title": "ColumnError",
    "type": "object",
    "properties": {
        "item": {
            "type": "integer",
            "minimum": 0,
            "description": "Index of the row, if the error is in a list of rows.",
        },
        "missing_columns": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Missing required columns. In the last entry.",
        },
    },
    "additionalProperties": True,
    "description": "The error of a column, by the column's name in snake_case. The "
    "errors of nested rows are a list of such objects.",
}


@extend_schema_field(
    {
        "oneOf": [{"type": "string"}, {"type": "array", "items": COLUMN_ERROR}],
        "description": "A sentence, or a list with an entry for each invalid column.",
    }
)
class ErrorsField(serializers.JSONField):
    pass


class DbbaseErrorSerializer(serializers.Serializer[object]):
    message = ErrorsField()


class DbbaseMessageSerializer(serializers.Serializer[object]):
    message = serializers.CharField()


CONDITIONS = """\
Parameters that name a column are conditions, which must all be true:

- `column=value`: the column has this value.
- `column=operator&column=value`: compares, by one of the operators {operators}. The \
patterns of `like` have the wildcards `%` and `_`. `isnull` takes `true` or `false`.
- `column=operator&column=var:other`: compares with another column.
- `column[]=value`, any number of times: the column has one of these values.

Other parameters are ignored.""".format(
    operators=", ".join(f"`{name}`" for name in OPERATORS)
)
FORMS = """\
`pageConfig` orders the list, and selects a page and fields. With `serialFields`, rows \
have these fields alone. With `debug`, the response explains the query instead."""
# Their members are in snake_case.
VERBATIM = (ExplanationSerializer, DefaultsSerializer)


class DbbaseSchema(DialectSchema):
    descriptions: ClassVar[Mapping[str, str]] = {
        "list": f"{CONDITIONS}\n\n{FORMS}",
        "create": "Keys of the body can be in camelCase or in snake_case.",
        "retrieve": "Return a row with all its fields.",
        "destroy": "Return a message, with status 200.",
        "update": "Optional columns that you don't send keep their values. If no row "
        "has the ID, PUT creates one.",
        "partial_update": "Columns that you don't send keep their values.",
    }

    def action_text(self) -> str:
        """Return the view's text of the action, else the dialect's, and limits."""
        text = self.view.action_texts.get(self.action) or super().action_text()
        return "\n\n".join(filter(None, [text, *self.limits()]))

    def limits(self) -> Iterator[str]:
        if getattr(self.view, "adds_rows", False):
            yield f"A list of up to {MAX_NEW_ROWS:,} rows creates all of them, or none."
        if self.action in {"update", "partial_update"}:
            for name in self.view.get_serializer_class().create_only_fields:
                yield f"`{to_camel(name)}` cannot be changed here."

    def error_statuses(self, operation: Schema) -> set[int]:
        statuses = super().error_statuses(operation)
        # `debug` is for staff.
        return statuses | {403} if self.action == "list" else statuses

    def map_parsers(self) -> list[str]:
        return ["application/json"]

    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}List"

    def get_override_parameters(self) -> list[Any]:
        names = ("Link", "X-Total-Count") if self.action == "list" else ()
        return [*super().get_override_parameters(), *map(response_header, names)]

    def get_request_serializer(self) -> Any:
        """Return the serializer without the fields that an update refuses."""
        serializer = super().get_request_serializer()
        if isinstance(serializer, DbbaseModelSerializer) and self.method != "POST":
            # drf-spectacular names the component of PATCH `Patched…`.
            suffix = "Update" if self.method == "PUT" else ""
            return variant_of(type(serializer), suffix, "is_update")
        return serializer

    def _get_paginator(self) -> Any:
        paginator = super()._get_paginator()
        if paginator:
            paginator.model_name = self.view.model_name
        return paginator

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> Schema:
        schema: Schema = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, DbbaseModelSerializer):
            describe_columns(schema, serializer, direction)
        return schema if isinstance(serializer, VERBATIM) else in_camel_case(schema)

    def _get_response_bodies(self, direction: Direction = "response") -> Schema:
        bodies: Schema = super()._get_response_bodies(direction)
        if self.method == "DELETE":
            bodies.pop("204", None)
            bodies["200"] = self._get_response_for_code(DbbaseMessageSerializer, "200")
        if self.action == "list":
            self.extend_list(bodies["200"])
        if getattr(self.view, "adds_rows", False):
            self.extend_new_row(bodies["201"])
        return bodies

    def _get_request_body(self, direction: Direction = "request") -> Any:
        body = super()._get_request_body(direction)
        if body and getattr(self.view, "adds_rows", False):
            for content in body["content"].values():
                rows = array_of(content["schema"], maxItems=MAX_NEW_ROWS, minItems=1)
                content["schema"] = {"oneOf": [content["schema"], rows]}
        return body

    def extend_new_row(self, body: Schema) -> None:
        """Add the response to a list of new rows."""
        rows = self.list_of(self.view.get_serializer_class())
        for content in body["content"].values():
            content["schema"] = {"anyOf": [content["schema"], rows]}

    def extend_list(self, body: Schema) -> None:
        """Add rows of selected fields and the response of `debug`."""
        selection = variant_of(
            self.view.get_serializer_class(), "Selection", "is_selection"
        )
        others = [self.list_of(selection), self.reference(ExplanationSerializer)]
        for content in body["content"].values():
            content["schema"] = {"anyOf": [content["schema"], *others]}

    def list_of(self, serializer_class: SerializerClass) -> Schema:
        """Return the reference to the component of a list of these rows."""
        row = self.reference(serializer_class)
        name = row["$ref"].rpartition("/")[2]
        component = ResolvedComponent(
            name=self.get_paginated_name(name),
            type=ResolvedComponent.SCHEMA,
            schema=envelope_schema(self.view.model_name, array_of(row)),
            object=serializer_class,
        )
        self.registry.register_on_missing(component)
        reference: Schema = component.ref
        return reference

    def reference(self, serializer: type[serializers.Serializer[Any]]) -> Schema:
        reference: Schema = self.resolve_serializer(serializer, "response").ref
        return reference


@cache
def variant_of(serializer_class: SerializerClass, suffix: str, flag: str) -> Any:
    """Return a subclass with a flag. In OpenAPI, it is a component of its own."""
    name = serializer_class.__name__.replace("Serializer", f"{suffix}Serializer")
    return type(name, (serializer_class,), {flag: True})


def in_camel_case(schema: Schema) -> Schema:
    properties = schema.get("properties", {})
    renamed = {to_camel(name): properties[name] for name in properties}
    required = [to_camel(name) for name in schema.pop("required", [])]
    return {**schema, "properties": renamed} | (
        {"required": required} if required else {}
    )


def array_of(items: Schema, **limits: int) -> Schema:
    return {"type": "array", "items": items, **limits}
