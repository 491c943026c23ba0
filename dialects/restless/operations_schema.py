"""OpenAPI of the URL for atomic operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.request import clone_request

from dialects.restless.operation_texts import OPERATIONS, OperationText
from dialects.restless.resources import Relationship, ResourceType
from dialects.restless.schema import RestlessSchema
from dialects.restless.schema_parts import (
    EMPTY_OBJECT,
    any_of,
    array,
    const,
    enum,
    nullable,
    object_schema,
    pascal_case,
    title,
)
from dialects.schema import Schema, app_of, tag_of

LID = {"type": "string", "description": "ID of a new resource in this request."}
HREF = {"type": "string", "description": "URL of the target, in place of `ref`."}


class OperationsSchema(RestlessSchema):
    def is_excluded(self) -> bool:
        return False

    @property
    def text(self) -> OperationText:
        return OPERATIONS

    @property
    def words(self) -> dict[str, str]:
        return {"Prefix": self.prefix}

    @property
    def prefix(self) -> str:
        """Return the name of the types' app, such as `MediaCatalog`."""
        apps = {app_of(viewset) for viewset in self.view.viewsets.values()}
        return "".join(map(pascal_case, sorted(apps)))

    def get_tags(self) -> list[str]:
        return sorted({tag_of(viewset) for viewset in self.view.viewsets.values()})

    def allows_anonymous(self) -> bool:
        """Return whether anonymous clients can write any of the types."""
        request = clone_request(self.view.request, "POST")
        request.user = AnonymousUser()
        return any(
            all(each().has_permission(request, viewset()) for each in permissions)
            for viewset in self.view.viewsets.values()
            for permissions in [viewset.permission_classes]
        )

    def error_statuses(self, operation: Schema) -> set[int]:
        # The single operations can return these.
        statuses = {*super().error_statuses(operation), 403, 404}
        viewsets = self.view.viewsets.values()
        is_limited = any(viewset.throttle_classes for viewset in viewsets)
        return statuses | {429} if is_limited else statuses

    def get_override_parameters(self) -> list[Any]:
        return []

    def map_renderers(self, attribute: str) -> list[Any]:
        # drf-spectacular would cut off the media type's extension.
        return [getattr(self.view.renderer_classes[0], attribute)]

    def get_request_serializer(self) -> Any:
        operations = array(any_of(*self.operations()))
        document = object_schema(
            {"atomic:operations": operations | {"minItems": 1, "maxItems": 100}}
        )
        media_type = self.view.renderer_classes[0].media_type
        return {media_type: self.component(f"{self.prefix}Operations", document)}

    def get_response_serializers(self) -> Any:
        types = self.view.types.values()
        data = any_of(*(self.resource_object(resource) for resource in types))
        result = any_of(object_schema({"data": data}), EMPTY_OBJECT)
        results = {"atomic:results": array(result), "jsonapi": self.jsonapi()}
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
                kind = f"Link{name}{pascal_case(relationship.name)}"
                schema = self.linkage_operation(resource, relationship)
                yield self.component(kind, schema)

    def write_operation(self, resource: ResourceType, code: str) -> Schema:
        members = self.writable_members(resource, self.references) | {"lid": LID}
        optional = ("id", "lid", "attributes", "relationships")
        data = {"data": object_schema(members, *optional)}
        if code == "add":
            operation = {"op": const(code), "href": HREF} | data
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
        name = {"relationship": const(relationship.name)}
        ref = object_schema(self.reference_members(resource) | name, "id", "lid")
        data = {"data": self.references(relationship)}
        return object_schema(self.operation(codes, ref) | data, "ref", "href")

    def operation(self, codes: list[str], ref: Schema) -> Schema:
        """Return the members of an operation with one of the codes, without `data`."""
        op = const(codes[0])
        if len(codes) > 1:
            name = "Or".join(map(pascal_case, codes))
            op = self.component(name, enum(codes))
        return {"op": op, "ref": ref, "href": HREF}

    def references(self, relationship: Relationship) -> Schema:
        reference = self.reference(relationship.target)
        return array(reference) if relationship.is_to_many else nullable(reference)

    def reference(self, resource: ResourceType) -> Schema:
        schema = object_schema(self.reference_members(resource), "id", "lid")
        return self.component(f"{title(resource)}Reference", schema)

    def reference_members(self, resource: ResourceType) -> Schema:
        """Return the members that name a resource by its id or its local id."""
        return self.identifier_members(resource) | {"lid": LID}
