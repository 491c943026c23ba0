"""OpenAPI of the URL for atomic operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dialects.operation_names import camel_case
from dialects.restless.resources import Relationship, ResourceType
from dialects.restless.schema import (
    EMPTY_OBJECT,
    JSONAPI,
    TEXT,
    RestlessSchema,
    Schema,
    array,
    nullable,
    object_schema,
    title,
)
from dialects.schema import app_of, tag_of


def one_of(schemas: list[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"oneOf": schemas}


class OperationsSchema(RestlessSchema):
    def is_excluded(self) -> bool:
        return False

    def get_operation_id(self) -> str:
        return camel_case(f"operate on {' '.join(self.apps)}")

    def get_summary(self) -> str:
        return "Carry out several operations in one transaction"

    def get_tags(self) -> list[str]:
        return sorted({tag_of(viewset) for viewset in self.view.viewsets.values()})

    @property
    def apps(self) -> list[str]:
        return sorted({app_of(viewset) for viewset in self.view.viewsets.values()})

    @property
    def prefix(self) -> str:
        return "".join(self.apps).title().replace(" ", "")

    def get_override_parameters(self) -> list[Any]:
        return []

    def map_renderers(self, attribute: str) -> list[Any]:
        # drf-spectacular would cut off the media type's extension.
        return [getattr(self.view.renderer_classes[0], attribute)]

    def get_request_serializer(self) -> Any:
        operations = array(one_of(list(self.operations())))
        document = object_schema(
            {"atomic:operations": operations | {"minItems": 1, "maxItems": 100}}
        )
        media_type = self.view.renderer_classes[0].media_type
        return {media_type: self.component(f"{self.prefix}Operations", document)}

    def get_response_serializers(self) -> Any:
        types = list(self.view.types.values())
        data = one_of([self.resource_object(resource) for resource in types])
        result = one_of([object_schema({"data": data}), EMPTY_OBJECT])
        results = {"atomic:results": array(result), "jsonapi": JSONAPI}
        document = self.component(f"{self.prefix}Results", object_schema(results))
        return {200: document, 204: None}

    def operations(self) -> Iterator[Schema]:
        for resource in self.view.types.values():
            name = title(resource)
            for code in ("add", "update"):
                schema = self.write_operation(resource, code)
                yield self.component(f"{code.title()}{name}", schema)
            removal = self.operation(["remove"], self.reference(resource))
            yield self.component(f"Remove{name}", object_schema(removal, "ref", "href"))
            for relationship in resource.relationships.values():
                kind = f"Link{name}{relationship.name.title().replace('_', '')}"
                schema = self.linkage_operation(resource, relationship)
                yield self.component(kind, schema)

    def write_operation(self, resource: ResourceType, code: str) -> Schema:
        members = self.writable_members(resource, self.references) | {"lid": TEXT}
        optional = ("id", "lid", "attributes", "relationships")
        data = {"data": object_schema(members, *optional)}
        if code == "add":
            operation = {"op": self.enum(code), "href": TEXT} | data
            return object_schema(operation, "href")
        operation = self.operation([code], self.reference(resource)) | data
        return object_schema(operation, "ref", "href")

    def linkage_operation(
        self, resource: ResourceType, relationship: Relationship
    ) -> Schema:
        codes = ["add"] if relationship.is_to_many else ["update"]
        viewset = self.view.viewsets[resource.name]
        if relationship.is_to_many and getattr(viewset, "replace_to_many", False):
            codes.append("update")
        name = {"relationship": self.enum(relationship.name)}
        ref = object_schema(self.reference_members(resource) | name, "id", "lid")
        data = {"data": self.references(relationship)}
        return object_schema(self.operation(codes, ref) | data, "ref", "href")

    def operation(self, codes: list[str], ref: Schema) -> Schema:
        return {"op": self.enum(*codes), "ref": ref, "href": TEXT}

    def enum(self, *values: str) -> Schema:
        name = "".join(value.title().replace("_", "") for value in values)
        return self.component(f"{name}Word", {"type": "string", "enum": list(values)})

    def references(self, relationship: Relationship) -> Schema:
        reference = self.reference(relationship.target)
        return array(reference) if relationship.is_to_many else nullable(reference)

    def reference(self, resource: ResourceType) -> Schema:
        schema = object_schema(self.reference_members(resource), "id", "lid")
        return self.component(f"{title(resource)}Reference", schema)

    def reference_members(self, resource: ResourceType) -> Schema:
        """Return the members that name a resource by its id or its local id."""
        return self.identifier_members(resource) | {"lid": TEXT}
