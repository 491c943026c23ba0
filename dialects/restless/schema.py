"""OpenAPI of the dialect's documents, with a component for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import SAFE_METHODS

from dialects.operation_names import camel_case
from dialects.restless.negotiation import MEDIA_TYPE
from dialects.restless.resources import Relationship, ResourceType
from dialects.schema import DialectSchema

Schema = dict[str, Any]
LinkageSchema = Callable[[Relationship], Schema]

# Summaries and operation ids of the URLs of a relationship.
SUMMARIES = {
    "related": "Get the {relationship} of a {type}",
    "member": "Get one of the {relationship} of a {type}",
    "linkage": "Get the identifiers of the {relationship} of a {type}",
    "add_linkage": "Add to the {relationship} of a {type}",
    "replace_linkage": "Replace the {relationship} of a {type}",
}
OPERATION_IDS = {
    "related": "get {type} {relationship}",
    "member": "get {type} {member}",
    "linkage": "get {type} {relationship} linkage",
    "add_linkage": "add to {type} {relationship}",
    "replace_linkage": "replace {type} {relationship}",
}
LINKS = "Whether resources and relationships have links."
ACTIONS_WITH_DOCUMENT = {"list", "create", "retrieve", "related", "member", "linkage"}


def object_schema(properties: Schema, *optional: str) -> Schema:
    """Return the schema of an object whose members are required unless optional."""
    required = [name for name in properties if name not in optional]
    schema: Schema = {"type": "object", "properties": properties}
    return schema | {"required": required} if required else schema


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def nullable(schema: Schema) -> Schema:
    return {"oneOf": [schema, {"type": "null"}]}


TEXT: Schema = {"type": "string"}
NULLABLE_TEXT: Schema = {"type": ["string", "null"]}
PATH: Schema = {"type": "string", "description": "A path without host."}
URL: Schema = {"type": ["string", "null"], "format": "uri"}
EMPTY_OBJECT: Schema = {"type": "object", "additionalProperties": False}
JSONAPI = object_schema({"version": {"type": "string", "enum": ["1.0"]}})
PAGE_NAMES = ("first", "last", "prev", "next")
PAGE_LINKS = object_schema({"self": TEXT} | dict.fromkeys(PAGE_NAMES, URL), *PAGE_NAMES)
PAGE_META = object_schema({"total": {"type": "integer", "minimum": 0}})
SOURCE_NAMES = ("pointer", "parameter", "header")
SOURCE = object_schema(dict.fromkeys(SOURCE_NAMES, TEXT), *SOURCE_NAMES)
ERROR_META = {
    "did_you_mean": TEXT,
    "page": object_schema({"maxSize": {"type": "integer"}}),
}
ERROR = object_schema(
    dict.fromkeys(["code", "detail", "title"], TEXT)
    | dict.fromkeys(["id", "status"], NULLABLE_TEXT)
    | {"links": nullable(object_schema({"type": array(TEXT)}))}
    | {"meta": nullable(object_schema(ERROR_META, *ERROR_META))}
    | {"source": nullable(SOURCE)}
)
ERRORS = object_schema({"errors": array(ERROR), "jsonapi": JSONAPI})


class RestlessSchema(DialectSchema):
    def is_excluded(self) -> bool:
        """Return whether the dialect always refuses the operation."""
        action, view = self.view.action, self.view
        if action == "replace_linkage":
            return view.relationship.is_to_many and not view.replace_to_many
        adds_to_one = action == "add_linkage" and not view.relationship.is_to_many
        return adds_to_one or action == "remove_linkage"

    def get_operation_id(self) -> str:
        if text := OPERATION_IDS.get(self.action):
            return camel_case(text.format(**self.names()))
        return super().get_operation_id()

    def get_summary(self) -> str | None:
        if text := SUMMARIES.get(self.action):
            return text.format(**self.names())
        return super().get_summary()

    def names(self) -> dict[str, str]:
        """Return the words of the summaries and operation ids of a relationship."""
        relationship = self.view.relationship_name.replace("_", " ")
        type_name = self.resource_name.singular if self.resource_name else ""
        member = relationship.removesuffix("s")
        return {"type": type_name, "relationship": relationship, "member": member}

    def error_statuses(self, operation: Schema) -> set[int]:
        statuses = super().error_statuses(operation)
        if self.method in SAFE_METHODS:
            return statuses | {400}
        # A write names other resources, which may be missing or another user's.
        return statuses | {400, 403, 404}

    def _is_list_view(self, serializer: object = None) -> bool:
        # A collection is a document, which is not to be wrapped in an array.
        return False

    def is_paginated(self) -> bool:
        action, view = self.view.action, self.view
        if action in {"related", "linkage"}:
            return bool(view.relationship.is_to_many)
        return bool(action == "list")

    def get_override_parameters(self) -> list[Any]:
        view, parameters = self.view, super().get_override_parameters()
        if view.action == "member":
            parameters.append(OpenApiParameter("related_id", location="path"))
        if view.action in ACTIONS_WITH_DOCUMENT:
            include = "Comma-separated relationship paths to include."
            parameters.append(parameter("include", include))
            parameters += [
                parameter(
                    f"fields[{name}]", f"Comma-separated fields of {name} to return."
                )
                for name in view.resource.types
            ]
            parameters.append(OpenApiParameter("links", bool, description=LINKS))
        if self.is_paginated():
            parameters += collection_parameters(view.collection_type)
        return parameters

    def error_schema(self, status: int) -> Schema:
        return self.component("ErrorsDocument", ERRORS)

    def get_request_serializer(self) -> Any:
        return {MEDIA_TYPE: self.request_document()}

    def _get_request_body(self, direction: Any = "request") -> Schema | None:
        body_of: Callable[[Any], Schema | None] = super()._get_request_body
        body = body_of(direction)
        return body and body | {"required": True}

    def get_response_serializers(self) -> Any:
        view = self.view
        if view.action not in ACTIONS_WITH_DOCUMENT:
            return {204: None}
        if view.action == "create":
            return {201: self.resource_document(view.resource)}
        return {200: self.response_document()}

    def response_document(self) -> Schema:
        """Return the schema of the response to a GET."""
        action, view = self.view.action, self.view
        if action == "linkage":
            return self.linkage_document(view.relationship)
        if self.is_paginated():
            return self.collection_document(view.collection_type)
        if action == "retrieve":
            return self.resource_document(view.resource)
        return self.related_document(view.relationship.target)

    def resource_document(self, resource: ResourceType) -> Schema:
        data = self.resource_object(resource)
        return self.document(f"{title(resource)}Document", data)

    def collection_document(self, resource: ResourceType) -> Schema:
        name, data = f"{title(resource)}Collection", self.resource_object(resource)
        return self.document(name, array(data), meta=PAGE_META, links=PAGE_LINKS)

    def related_document(self, resource: ResourceType) -> Schema:
        name, data = f"Related{title(resource)}", self.resource_object(resource)
        links = object_schema({"self": TEXT})
        return self.document(name, nullable(data), meta=EMPTY_OBJECT, links=links)

    def linkage_document(self, relationship: Relationship) -> Schema:
        name, data = f"{title(relationship.target)}Linkage", self.linkage(relationship)
        if relationship.is_to_many:
            name = f"{name}List"
            return self.document(name, data, meta=PAGE_META, links=PAGE_LINKS)
        links = object_schema({"self": TEXT, "related": TEXT})
        return self.document(name, data, meta=EMPTY_OBJECT, links=links)

    def document(self, name: str, data: Schema, **members: Schema) -> Schema:
        types = self.view.resource.types.values()
        resources = {"oneOf": [self.resource_object(resource) for resource in types]}
        members |= {"data": data, "jsonapi": JSONAPI, "included": array(resources)}
        return self.component(name, object_schema(members, "included"))

    def request_document(self) -> Schema:
        view = self.view
        if view.action in {"create", "partial_update"}:
            return self.write_document(view.resource, is_new=view.action == "create")
        relationship = view.relationship
        kind = "ListRequest" if relationship.is_to_many else "Request"
        schema = object_schema({"data": self.linkage(relationship)})
        return self.component(f"{title(relationship.target)}Linkage{kind}", schema)

    def write_document(self, resource: ResourceType, *, is_new: bool) -> Schema:
        data = self.writable_members(resource, self.linkage)
        if is_new and not getattr(self.view, "client_ids", True):
            del data["id"]
        optional = ["attributes", "relationships"] + ["id"] * is_new
        kind = "New" if is_new else "Changed"
        schema = object_schema({"data": object_schema(data, *optional)})
        return self.component(f"{kind}{title(resource)}", schema)

    def writable_members(
        self, resource: ResourceType, linkage: LinkageSchema
    ) -> Schema:
        """Return the members of a resource object in requests."""
        attributes = self.attributes(resource, "request")
        keys = dict.fromkeys(resource.foreign_keys, NULLABLE_TEXT)
        attributes["properties"] |= keys
        return self.members(resource, attributes, linkage)

    def component(self, name: str, schema: Schema) -> Schema:
        component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, schema)
        self.registry.register_on_missing(component)
        reference: Schema = component.ref
        return reference

    def resource_object(self, resource: ResourceType) -> Schema:
        attributes = self.attributes(resource, "response")
        members = self.members(resource, attributes, self.linkage)
        links = object_schema({"self": PATH, "related": PATH})
        for relationship in members["relationships"]["properties"].values():
            relationship["properties"]["links"] = links
        members["links"] = object_schema({"self": PATH})
        schema = object_schema(members, "attributes", "relationships", "links")
        return self.component(f"{title(resource)}Resource", schema)

    def members(
        self, resource: ResourceType, attributes: Schema, linkage: LinkageSchema
    ) -> Schema:
        relationships = {
            name: object_schema({"data": linkage(relationship)})
            for name, relationship in resource.relationships.items()
        }
        return self.identifier_members(resource) | {
            "attributes": attributes,
            "relationships": object_schema(relationships, *relationships),
        }

    def attributes(self, resource: ResourceType, direction: Any) -> Schema:
        schema = self._map_serializer(resource.serializer_class, direction)
        properties = schema.get("properties", {})
        return object_schema(properties, *properties)

    def linkage(self, relationship: Relationship) -> Schema:
        target = relationship.target
        schema = object_schema(self.identifier_members(target))
        identifier = self.component(f"{title(target)}Identifier", schema)
        return array(identifier) if relationship.is_to_many else nullable(identifier)

    def identifier_members(self, resource: ResourceType) -> Schema:
        schema = {"type": "string", "enum": [resource.name]}
        return {"type": self.component(f"{title(resource)}Type", schema), "id": TEXT}


def title(resource: ResourceType) -> str:
    return resource.name.title()


def parameter(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, description=description)


def collection_parameters(resource: ResourceType) -> list[OpenApiParameter]:
    number = "The page, starting at 1."
    size = "Page size: at most 100, 10 by default. With 0, all resources."
    after = "Cursor from the link to the next page; empty for the first page."
    before = "Cursor from the link to the previous page; empty for the last page."
    sort = "Comma-separated fields; prefix a field with - for descending order."
    objects = "JSON list of filter objects, which must all be true."
    return [
        OpenApiParameter("page[number]", OpenApiTypes.INT, description=number),
        parameter("page[after]", after),
        parameter("page[before]", before),
        OpenApiParameter("page[size]", OpenApiTypes.INT, description=size),
        parameter("sort", sort),
        parameter("filter[objects]", objects),
        *filter_parameters(resource),
    ]


def filter_parameters(resource: ResourceType) -> list[OpenApiParameter]:
    related = "One id, or several, separated by commas: one of them must be related."
    return [
        parameter("filter[id]", "One id, or several, separated by commas."),
        OpenApiParameter("filter[id][]", str, many=True, description="An id."),
        *(
            parameter(f"filter[{name}]", "One value.")
            for name in resource.columns
            if name != "id"
        ),
        *(parameter(f"filter[{name}]", related) for name in resource.relationships),
    ]
