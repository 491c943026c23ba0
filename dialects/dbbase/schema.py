"""OpenAPI in camelCase, with the lists under their model's name."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dialects.dbbase.explain import DefaultsSerializer, ExplanationSerializer
from dialects.dbbase.names import camel
from dialects.dbbase.pages import envelope_schema
from dialects.dbbase.rows import MAX_NEW_ROWS
from dialects.dbbase.serializers import selection_of
from dialects.schema import DialectSchema

PAGE_HEADERS = {
    "Link": {
        "schema": {"type": "string"},
        "description": "The other pages by `rel`; of a list that was cut, the next.",
    },
    "X-Total-Count": {
        "schema": {"type": "integer"},
        "description": "All rows that match, where a page was asked for.",
    },
}


def array(items: Any, **limits: int) -> dict[str, Any]:
    return {"type": "array", "items": items, **limits}


class DbbaseErrorSerializer(serializers.Serializer[Any]):
    message = serializers.JSONField(
        help_text="A sentence, or a list with one entry for each refused column."
    )


class DbbaseMessageSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()


class DbbaseSchema(DialectSchema):
    def map_parsers(self) -> list[str]:
        return ["application/json"]

    def _get_paginator(self) -> Any:
        paginator = super()._get_paginator()
        if paginator:
            paginator.model_name = self.view.model_name
        return paginator

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, ExplanationSerializer | DefaultsSerializer):
            return schema
        properties = schema.get("properties", {})
        schema["properties"] = {camel(key): of for key, of in properties.items()}
        required = [
            name
            for name in schema.pop("required", [])
            if not getattr(serializer.fields[name], "is_sometimes", False)
        ]
        if required and not getattr(serializer, "is_selection", False):
            schema["required"] = [camel(name) for name in required]
        return schema

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if self.method == "DELETE":
            bodies.pop("204", None)
            bodies["200"] = self._get_response_for_code(DbbaseMessageSerializer, "200")
        if getattr(self.view, "action", None) == "list":
            self.add_forms_of_a_list(bodies["200"])
        if getattr(self.view, "adds_rows", False):
            self.add_form_of_new_rows(bodies["201"])
        return bodies

    def _get_request_body(self, direction: Any = "request") -> Any:
        body = super()._get_request_body(direction)
        if body and getattr(self.view, "adds_rows", False):
            for content in body["content"].values():
                rows = array(content["schema"], maxItems=MAX_NEW_ROWS, minItems=1)
                content["schema"] = {"oneOf": [content["schema"], rows]}
        return body

    def add_form_of_new_rows(self, body: dict[str, Any]) -> None:
        for content in body["content"].values():
            rows = envelope_schema(self.view.model_name, array(content["schema"]))
            content["schema"] = {"anyOf": [content["schema"], rows]}

    def add_forms_of_a_list(self, body: dict[str, Any]) -> None:
        """Rows of some fields alone, an explanation, and the headers of a page."""
        selection = selection_of(self.view.get_serializer_class())
        rows = array(self.reference(selection))
        selected = envelope_schema(self.view.model_name, rows)
        for content in body["content"].values():
            forms = [content["schema"], selected, self.reference(ExplanationSerializer)]
            content["schema"] = {"anyOf": forms}
        body["headers"] = body.get("headers", {}) | PAGE_HEADERS

    def reference(self, serializer: type[serializers.Serializer[Any]]) -> Any:
        return self.resolve_serializer(serializer, "response").ref
