"""OpenAPI of the dialect's documents, with a component for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter

from dialects.operation_names import with_article
from dialects.restless.filter_schema import FilterComponents
from dialects.restless.negotiation import MEDIA_TYPE
from dialects.restless.operation_texts import REPLACEMENT_REFUSED, TEXTS, OperationText
from dialects.restless.query_schema import CollectionParameters, document_parameters
from dialects.restless.resources import Relationship, ResourceType
from dialects.restless.schema_parts import (
    EMPTY_OBJECT,
    ERROR,
    ID,
    JSONAPI,
    NULLABLE_TEXT,
    PAGE_LINKS,
    PAGE_META,
    PATH,
    any_of,
    array,
    const,
    nullable,
    object_schema,
    pascal_case,
    register,
    title,
)
from dialects.schema import DialectSchema, Schema

LinkageSchema = Callable[[Relationship], Schema]

ACTIONS_WITH_DOCUMENT = {"list", "create", "retrieve", "related", "member", "linkage"}
# Their texts depend on the kind of relationship.
ACTIONS_BY_KIND = {"related", "linkage", "replace_linkage"}


class RestlessSchema(DialectSchema):
    def is_excluded(self) -> bool:
        """Return whether the dialect always refuses the operation."""
        action, view = self.view.action, self.view
        if action == "replace_linkage":
            return view.relationship.is_to_many and not view.replace_to_many
        adds_to_one = action == "add_linkage" and not view.relationship.is_to_many
        return adds_to_one or action == "remove_linkage"

    @property
    def text(self) -> OperationText:
        action = self.view.action
        if action in ACTIONS_BY_KIND:
            kind = "many" if self.view.relationship.is_to_many else "one"
            action = f"{action} to {kind}"
        return TEXTS[action]

    @property
    def words(self) -> dict[str, str]:
        """Return what the texts have in braces. Parts of ids are capitalized."""
        singular, plural = self.resource_name or ("", "")
        relationship = self.view.relationship_name
        return {
            "type": singular,
            "a_type": with_article(singular),
            "types": plural,
            "relationship": relationship.replace("_", " "),
            "Type": pascal_case(singular),
            "Types": pascal_case(plural),
            "Relationship": pascal_case(relationship),
            "order": "their place in the list" if self.keeps_order else "ID",
            "replacement": REPLACEMENT_REFUSED if self.refuses_replacement else "",
        }

    @property
    def keeps_order(self) -> bool:
        """Return whether the URL's relationship has an order of its own."""
        view = self.view
        return bool(view.relationship_name and view.relationship.link_order)

    @property
    def refuses_replacement(self) -> bool:
        """Return whether the type has lists of related resources that stay."""
        is_replaceable = getattr(self.view, "replace_to_many", False)
        return bool(self.view.resource.to_many) and not is_replaceable

    def get_operation_id(self) -> str:
        return self.text.id.format_map(self.words)

    def get_summary(self) -> str:
        return self.text.summary.format_map(self.words)

    def action_text(self) -> str:
        return self.text.description.format_map(self.words).strip()

    def _is_list_view(self, serializer: object = None) -> bool:
        # A collection is a document, which is not to be wrapped in an array.
        return False

    def is_paginated(self) -> bool:
        action, view = self.view.action, self.view
        if action in {"related", "linkage"}:
            return bool(view.relationship.is_to_many)
        return bool(action == "list")

    def page_headers(self) -> list[str]:
        return ["Link"] if self.is_paginated() else []

    def error_statuses(self, operation: Schema) -> set[int]:
        statuses = super().error_statuses(operation)
        action, view = self.view.action, self.view
        if action == "create":
            # An unknown resource to link to.
            statuses.add(404)
        if action == "create" and not view.client_ids:
            statuses.add(403)
        if action == "partial_update" and self.refuses_replacement:
            statuses.add(403)
        return statuses

    def get_override_parameters(self) -> list[Any]:
        view, parameters = self.view, super().get_override_parameters()
        parameters += self.path_parameters()
        if view.action in ACTIONS_WITH_DOCUMENT:
            types = view.resource.types.values()
            parameters += document_parameters(types, self.included_relationships())
        if self.is_paginated():
            filters = FilterComponents(self.registry)
            parameters += CollectionParameters(view.collection_type, filters)
        return parameters

    def path_parameters(self) -> list[OpenApiParameter]:
        texts = {"id": "ID of {a_type}.", "related_id": "ID of the related resource."}
        return [
            OpenApiParameter(name, ID, "path", description=text.format_map(self.words))
            for name, text in texts.items()
            if f"{{{name}}}" in self.path
        ]

    def included_relationships(self) -> list[Relationship]:
        """Return the relationships that include paths start with."""
        view = self.view
        if view.action == "linkage":
            return [view.relationship]
        is_related = view.action in {"related", "member"}
        resource = view.relationship.target if is_related else view.resource
        return list(resource.relationships.values())

    def error_schema(self, status: int) -> Schema:
        error = self.component("ErrorObject", ERROR)
        members = {"errors": array(error), "jsonapi": self.jsonapi()}
        return self.component("ErrorsDocument", object_schema(members))

    def error_media_types(self) -> list[str]:
        return [self.view.renderer_classes[0].media_type]

    def get_request_serializer(self) -> Any:
        return {MEDIA_TYPE: self.request_document()}

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
        return self.document(name, array(data), **self.page_members())

    def related_document(self, resource: ResourceType) -> Schema:
        name, data = f"Related{title(resource)}", self.resource_object(resource)
        links = object_schema({"self": PATH})
        return self.document(name, nullable(data), meta=EMPTY_OBJECT, links=links)

    def linkage_document(self, relationship: Relationship) -> Schema:
        name, data = f"{title(relationship.target)}Linkage", self.linkage(relationship)
        if relationship.is_to_many:
            return self.document(f"{name}List", data, **self.page_members())
        links = object_schema({"self": PATH, "related": PATH})
        return self.document(name, data, meta=EMPTY_OBJECT, links=links)

    def page_members(self) -> Schema:
        meta = self.component("PageMeta", PAGE_META)
        return {"meta": meta, "links": self.component("PageLinks", PAGE_LINKS)}

    def document(self, name: str, data: Schema, **members: Schema) -> Schema:
        types = self.view.resource.types.values()
        resources = any_of(*(self.resource_object(resource) for resource in types))
        members |= {"data": data, "jsonapi": self.jsonapi()}
        members["included"] = array(resources)
        return self.component(name, object_schema(members, "included"))

    def jsonapi(self) -> Schema:
        return self.component("JsonApi", JSONAPI)

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
        for name, relationship in resource.foreign_keys.items():
            text = f"ID of the {relationship.name}, in place of the relationship."
            attributes["properties"][name] = NULLABLE_TEXT | {"description": text}
        return self.members(resource, attributes, linkage)

    def component(self, name: str, schema: Schema) -> Schema:
        return register(self.registry, name, schema)

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
        return {"type": const(resource.name), "id": ID}
