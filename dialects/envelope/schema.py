"""OpenAPI of the envelope."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db.models import Field
from drf_spectacular.utils import OpenApiParameter, extend_schema_serializer
from rest_framework import serializers
from rest_framework.utils.field_mapping import ClassLookupDict

from dialects.envelope.filters import SortFilter
from dialects.openapi_parts import response_header
from dialects.schema import DialectSchema, Schema, SerializerClass

LINK, LOCATION = response_header("Link"), response_header("Location")
# The actions whose response is a list, and the headers of those that write.
HEADERS = {
    "list": [],
    "create": [LINK, LOCATION],
    "partial_update": [LINK],
    "destroy": [LINK],
}
WHOLE_LIST = "Return the whole list after the change."
EMPTY = "Without filters and pages, an empty list returns 404."


class EnvelopeSchema(DialectSchema):
    """Every method but GET of one row returns the whole list with 200."""

    descriptions = {
        "list": "Return the whole list, or a page if `page` or `per_page` is sent.",
        "create": f"{WHOLE_LIST} `created` is the id of the new one.",
        "retrieve": "Return one row under the name of its type.",
        "partial_update": f"Change only the fields that are sent. {WHOLE_LIST}",
        "destroy": WHOLE_LIST,
    }

    def action_text(self) -> str:
        text = super().action_text()
        return f"{text} {EMPTY}" if self.may_be_missing else text

    @property
    def may_be_missing(self) -> bool:
        """Return whether an empty table is 404, as in the old API."""
        return self.action == "list" and hasattr(self.view, "create")

    def error_statuses(self, operation: Schema) -> set[int]:
        statuses = super().error_statuses(operation)
        if self.may_be_missing:
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
        headers = HEADERS.get(self.action, [])
        return [*super().get_override_parameters(), *headers, *self.sort_parameters()]

    def sort_parameters(self) -> list[OpenApiParameter]:
        filterset_class = self.view.filterset_class
        if self.action != "list" or filterset_class is None:
            return []
        filters = filterset_class.base_filters.items()
        return [
            sort_filter.parameter(name)
            for name, sort_filter in filters
            if isinstance(sort_filter, SortFilter)
        ]


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
    return envelope_serializer(row, "DetailSerializer", fields)


def envelope_serializer(
    row: SerializerClass, suffix: str, fields: Mapping[str, object]
) -> SerializerClass:
    name = row.__name__.replace("Serializer", suffix)
    serializer_class = type(name, (serializers.Serializer,), dict(fields))
    return extend_schema_serializer(many=False)(serializer_class)
