"""OpenAPI of the envelope."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db.models import Field
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.utils.field_mapping import ClassLookupDict

from dialects.openapi_parts import response_header
from dialects.schema import DialectSchema, Schema, SerializerClass

LINK, TOTAL = response_header("Link"), response_header("X-Total-Count")
LOCATION = response_header("Location")
# The actions whose response is a list, and the headers that it has.
HEADERS = {
    "list": [LINK, TOTAL],
    "create": [LINK, LOCATION],
    "partial_update": [LINK],
    "destroy": [LINK],
}


class EnvelopeSchema(DialectSchema):
    """Every method but GET of one row returns the whole list with 200."""

    def error_statuses(self, operation: Schema) -> set[int]:
        statuses = super().error_statuses(operation)
        if self.action == "list":
            # An empty table.
            statuses.add(404)
        return statuses | {422} if "requestBody" in operation else statuses

    def get_response_serializers(self) -> Any:
        row: Any = self.view.get_serializer_class()
        meta = row.Meta.model._meta
        if self.view.action not in HEADERS:
            return {200: detail_serializer(row, meta.model_name)}
        pk = meta.pk if self.view.action == "create" else None
        return {200: list_serializer(row, self.view.collection, pk)}

    def get_filter_backends(self) -> list[Any]:
        is_list = self.view.action == "list"
        return super().get_filter_backends() if is_list else []

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *HEADERS.get(self.view.action, [])]


@cache
def list_serializer(
    row: SerializerClass, collection: str, pk: Field[Any, Any] | None
) -> SerializerClass:
    """Return the serializer of `{"actors": […], "success": true}`.

    With the model's primary key, it also has `created`.
    """
    fields = {collection: row(many=True), "success": serializers.BooleanField()}
    if pk is None:
        return envelope_serializer(row, "ListSerializer", fields)
    field_classes: Any = serializers.ModelSerializer.serializer_field_mapping
    field_class = ClassLookupDict(field_classes)[pk]
    fields["created"] = field_class(help_text="ID of the new row.")
    return envelope_serializer(row, "CreatedSerializer", fields)


@cache
def detail_serializer(row: SerializerClass, name: str) -> SerializerClass:
    """Return the serializer of `{"actor": {…}, "success": true}`."""
    fields = {name: row(), "success": serializers.BooleanField()}
    return envelope_serializer(row, "AloneSerializer", fields)


def envelope_serializer(
    row: SerializerClass, suffix: str, fields: Mapping[str, object]
) -> SerializerClass:
    name = row.__name__.replace("Serializer", suffix)
    serializer_class = type(name, (serializers.Serializer,), dict(fields))
    return extend_schema_serializer(many=False)(serializer_class)
