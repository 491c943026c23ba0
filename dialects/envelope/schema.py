"""The envelope in the OpenAPI document."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema_serializer
from rest_framework import serializers
from rest_framework.utils.field_mapping import ClassLookupDict

from dialects.base import DialectSchema

AnySerializer = type[serializers.Serializer[Any]]


def header(name: str, about: str, kind: type = str) -> OpenApiParameter:
    return OpenApiParameter(
        name, kind, OpenApiParameter.HEADER, description=about, response=[200]
    )


LINK = header("Link", "The first, previous, next and last page, or the rest of a list.")
TOTAL = header("X-Total-Count", "The number of rows in all pages.", int)
LOCATION = header("Location", "The URL of the new row.")
# The actions that answer a list, and the headers that come with it.
HEADERS = {
    "list": [LINK, TOTAL],
    "create": [LINK, LOCATION],
    "partial_update": [LINK],
    "destroy": [LINK],
}


class EnvelopeSchema(DialectSchema):
    """The whole list, with 200, is the answer of every method but GET of one row."""

    def get_response_serializers(self) -> Any:
        row, meta = self.view.get_serializer_class(), self.view.queryset.model._meta
        if self.view.action not in HEADERS:
            return {200: one_serializer(row, meta.model_name)}
        key: Any = type(meta.pk) if self.view.action == "create" else None
        return {200: list_serializer(row, self.view.collection, key)}

    def get_filter_backends(self) -> list[Any]:
        is_list = self.view.action == "list"
        return super().get_filter_backends() if is_list else []

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *HEADERS.get(self.view.action, [])]


@cache
def list_serializer(row: AnySerializer, collection: str, key: Any = None) -> Any:
    """The serializer of `{"actors": […], "success": true}`, for the schema.

    With the kind of key that rows have, `created` stands in it, too.
    """
    fields: dict[str, Any] = {
        collection: row(many=True),
        "success": serializers.BooleanField(),
    }
    if key is None:
        return envelope(row, "ListSerializer", fields)
    fields_of: Any = serializers.ModelSerializer.serializer_field_mapping
    kind = ClassLookupDict(fields_of)[key()]
    fields["created"] = kind(help_text="The id of the new row.")
    return envelope(row, "CreatedSerializer", fields)


@cache
def one_serializer(row: AnySerializer, name: str) -> Any:
    """The serializer of `{"actor": {…}, "success": true}`, for the schema."""
    fields = {name: row(), "success": serializers.BooleanField()}
    return envelope(row, "AloneSerializer", fields)


def envelope(row: AnySerializer, suffix: str, fields: dict[str, Any]) -> Any:
    name = row.__name__.replace("Serializer", suffix)
    found = type(name, (serializers.Serializer,), fields)
    return extend_schema_serializer(many=False)(found)
