"""OpenAPI of the DBBase dialect: camelCase, and lists under their model's name."""

from __future__ import annotations

from functools import cache
from typing import Any

from rest_framework import serializers

from dialects.dbbase.camel_case import to_camel
from dialects.dbbase.debug import DefaultsSerializer, ExplanationSerializer
from dialects.dbbase.pagination import envelope_schema
from dialects.dbbase.serializers import MAX_NEW_ROWS, DbbaseModelSerializer
from dialects.openapi_parts import headers
from dialects.schema import DialectSchema

Json = dict[str, Any]


class DbbaseErrorSerializer(serializers.Serializer[object]):
    message = serializers.JSONField(
        help_text="A sentence, or a list with an entry for each invalid column."
    )


class DbbaseMessageSerializer(serializers.Serializer[object]):
    message = serializers.CharField()


class DbbaseSchema(DialectSchema):
    def map_parsers(self) -> list[str]:
        return ["application/json"]

    def _get_paginator(self) -> Any:
        paginator = super()._get_paginator()
        if paginator:
            paginator.model_name = self.view.model_name
        return paginator

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Json:
        schema: Json = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, ExplanationSerializer | DefaultsSerializer):
            return schema
        properties = schema.get("properties", {})
        schema["properties"] = {to_camel(name): properties[name] for name in properties}
        # A field with `may_be_missing` (see orders/fields.py) is left out of some rows.
        required = [
            name
            for name in schema.pop("required", [])
            if not getattr(serializer.fields[name], "may_be_missing", False)
        ]
        if required and not getattr(serializer, "is_selection", False):
            schema["required"] = [to_camel(name) for name in required]
        return schema

    def _get_response_bodies(self, direction: Any = "response") -> Json:
        bodies: Json = super()._get_response_bodies(direction)
        if self.method == "DELETE":
            bodies.pop("204", None)
            bodies["200"] = self._get_response_for_code(DbbaseMessageSerializer, "200")
        if getattr(self.view, "action", None) == "list":
            self.extend_list(bodies["200"])
        if getattr(self.view, "adds_rows", False):
            self.extend_new_row(bodies["201"])
        return bodies

    def _get_request_body(self, direction: Any = "request") -> Any:
        body = super()._get_request_body(direction)
        if body and getattr(self.view, "adds_rows", False):
            for content in body["content"].values():
                rows = array_of(content["schema"], maxItems=MAX_NEW_ROWS, minItems=1)
                content["schema"] = {"oneOf": [content["schema"], rows]}
        return body

    def extend_new_row(self, body: Json) -> None:
        """Add the response to a list of new rows."""
        for content in body["content"].values():
            rows = envelope_schema(self.view.model_name, array_of(content["schema"]))
            content["schema"] = {"anyOf": [content["schema"], rows]}

    def extend_list(self, body: Json) -> None:
        """Add rows of selected fields, the response of `debug`, and page headers."""
        selection = selection_of(self.view.get_serializer_class())
        rows = array_of(self.reference(selection))
        selected = envelope_schema(self.view.model_name, rows)
        for content in body["content"].values():
            forms = [content["schema"], selected, self.reference(ExplanationSerializer)]
            content["schema"] = {"anyOf": forms}
        body["headers"] = body.get("headers", {}) | headers("Link", "X-Total-Count")

    def reference(self, serializer: type[serializers.Serializer[Any]]) -> Json:
        reference: Json = self.resolve_serializer(serializer, "response").ref
        return reference


@cache
def selection_of(serializer_class: type[DbbaseModelSerializer]) -> type:
    """Return a subclass for rows of the fields that `serialFields` names.

    In OpenAPI, it is a component of its own, in which no field is required.
    """
    name = serializer_class.__name__.replace("Serializer", "SelectionSerializer")
    return type(name, (serializer_class,), {"is_selection": True})


def array_of(items: Json, **limits: int) -> Json:
    return {"type": "array", "items": items, **limits}
