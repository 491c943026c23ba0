"""OpenAPI in camelCase, with the lists under their model's name."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dialects.base import DialectSchema
from dialects.dbbase.names import camel


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

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        parameters = super()._get_filter_parameters()
        return [found | {"name": camel(found["name"])} for found in parameters]

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)
        properties = schema.get("properties", {})
        schema["properties"] = {camel(key): of for key, of in properties.items()}
        if required := schema.get("required"):
            schema["required"] = [camel(name) for name in required]
        return schema

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if self.method == "DELETE":
            bodies.pop("204", None)
            bodies["200"] = self._get_response_for_code(DbbaseMessageSerializer, "200")
        return bodies


def envelope_schema(model_name: str, rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {model_name: rows},
        "required": [model_name],
    }
