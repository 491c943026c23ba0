"""OpenAPI of the documents that really go over the wire, a component each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from dialects.restless.resources import Relationship, ResourceType
from dialects.restless.wire import MEDIA_TYPE
from dialects.schema import STATUS_DESCRIPTIONS, DialectSchema

Schema = dict[str, Any]
Linkage = Callable[[Any], Schema]

SUMMARIES = {
    "list": "Page through all {type} resources",
    "create": "Create a {type}; its id may be chosen",
    "retrieve": "One {type}",
    "partial_update": "Change the members that are sent",
    "destroy": "Delete a {type}; what is related to it stays",
    "related": "What is related to a {type} as {relationship}",
    "member": "One resource of {relationship}",
    "linkage": "The identifiers of {relationship}",
    "add_linkage": "Add to {relationship}, each once",
    "replace_linkage": "Put other identifiers in place of {relationship}",
}
LINKS = "Whether resources and relationships have links."
READING = {"list", "create", "retrieve", "related", "member", "linkage"}


def strict(properties: Schema, *optional: str) -> Schema:
    """An object of these members, required but for the optional ones."""
    required = [name for name in properties if name not in optional]
    found = {"type": "object", "properties": properties}
    return found | {"required": required} if required else found


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def nullable(schema: Schema) -> Schema:
    return {"allOf": [schema], "nullable": True}


TEXT: Schema = {"type": "string"}
PATH: Schema = {"type": "string", "description": "A path without host."}
URL: Schema = {"type": "string", "format": "uri", "nullable": True}
OBJECT: Schema = {"type": "object", "additionalProperties": False}
JSONAPI = strict({"version": {"type": "string", "enum": ["1.0"]}})
PAGE_NAMES = ("first", "last", "prev", "next")
PAGE_LINKS = strict({"self": TEXT} | dict.fromkeys(PAGE_NAMES, URL), *PAGE_NAMES)
PAGE_META = strict({"total": {"type": "integer", "minimum": 0}})
SOURCE_NAMES = ("pointer", "parameter", "header")
ERROR_META = {
    "did_you_mean": TEXT,
    "page": strict({"maxSize": {"type": "integer"}}),
}
ERROR = strict(
    dict.fromkeys(["code", "detail", "title"], TEXT)
    | dict.fromkeys(["id", "status"], TEXT | {"nullable": True})
    | {"links": nullable(strict({"type": array(TEXT)}))}
    | {"meta": nullable(strict(ERROR_META, *ERROR_META))}
    | {"source": nullable(strict(dict.fromkeys(SOURCE_NAMES, TEXT), *SOURCE_NAMES))}
)
ERRORS = strict({"errors": array(ERROR), "jsonapi": JSONAPI})


class RestlessSchema(DialectSchema):
    def is_excluded(self) -> bool:
        """What is always refused is no operation."""
        action, view = self.view.action, self.view
        if action == "replace_linkage":
            return view.relation.is_to_many and not view.replace_to_many
        refuses_one = action == "add_linkage" and not view.relation.is_to_many
        return refuses_one or action == "remove_linkage"

    def get_operation_id(self) -> str:
        parts = [self.view.resource.name, self.view.relationship, self.view.action]
        return "_".join(filter(None, parts))

    def get_description(self) -> str:  # type: ignore[override]
        return ""

    def get_summary(self) -> str:
        return SUMMARIES[self.view.action].format(
            type=self.view.resource.name, relationship=self.view.relationship
        )

    def _is_list_view(self, serializer: Any = None) -> bool:
        # Collections are documents here; nothing is to be wrapped in an array.
        return False

    def is_paged(self) -> bool:
        action, view = self.view.action, self.view
        if action in {"related", "linkage"}:
            return bool(view.relation.is_to_many)
        return bool(action == "list")

    def get_override_parameters(self) -> list[Any]:
        view, found = self.view, super().get_override_parameters()
        if view.action == "member":
            found.append(OpenApiParameter("related_id", location="path"))
        if view.action in READING:
            found.append(parameter("include", "Paths of related resources, by comma."))
            found += [
                parameter(f"fields[{name}]", f"Members of {name} to show, by comma.")
                for name in view.resource.types
            ]
            found.append(OpenApiParameter("links", bool, description=LINKS))
        return found + paging(view.listed) if self.is_paged() else found

    def error_response(self, status: int) -> Schema:
        schema = self.component("ErrorsDocument", ERRORS)
        response: Schema = self._get_response_for_code(schema, str(status))
        return response | {"description": STATUS_DESCRIPTIONS[status]}

    def get_request_serializer(self) -> Any:
        return {MEDIA_TYPE: self.request_document()}

    def _get_request_body(self, direction: Any = "request") -> Any:
        body = super()._get_request_body(direction)
        return body and body | {"required": True}

    def get_response_serializers(self) -> Any:
        view = self.view
        if view.action not in READING:
            return {204: None}
        if view.action == "create":
            return {201: self.single(view.resource)}
        return {200: self.shown()}

    def shown(self) -> Schema:
        """The document that answers a GET."""
        action, view = self.view.action, self.view
        if action == "linkage":
            return self.linkage(view.relation)
        if self.is_paged():
            return self.collection(view.listed)
        if action == "retrieve":
            return self.single(view.resource)
        return self.related(view.relation.target)

    def single(self, resource: ResourceType) -> Schema:
        return self.answer(f"{title(resource)}Document", self.resource(resource))

    def collection(self, resource: ResourceType) -> Schema:
        name, data = f"{title(resource)}Collection", array(self.resource(resource))
        return self.answer(name, data, meta=PAGE_META, links=PAGE_LINKS)

    def related(self, resource: ResourceType) -> Schema:
        name, data = f"Related{title(resource)}", nullable(self.resource(resource))
        return self.answer(name, data, meta=OBJECT, links=strict({"self": TEXT}))

    def linkage(self, relation: Relationship) -> Schema:
        name, data = f"{title(relation.target)}Linkage", self.identifiers(relation)
        if relation.is_to_many:
            return self.answer(f"{name}List", data, meta=PAGE_META, links=PAGE_LINKS)
        links = strict({"self": TEXT, "related": TEXT})
        return self.answer(name, data, meta=OBJECT, links=links)

    def answer(self, name: str, data: Schema, **members: Schema) -> Schema:
        types = self.view.resource.types.values()
        included = array({"oneOf": [self.resource(resource) for resource in types]})
        members |= {"data": data, "jsonapi": JSONAPI, "included": included}
        return self.component(name, strict(members, "included"))

    def request_document(self) -> Schema:
        view = self.view
        if view.action in {"create", "partial_update"}:
            return self.change(view.resource, is_new=view.action == "create")
        relation = view.relation
        kind = "ListRequest" if relation.is_to_many else "Request"
        schema = strict({"data": self.identifiers(relation)})
        return self.component(f"{title(relation.target)}Linkage{kind}", schema)

    def change(self, resource: ResourceType, *, is_new: bool) -> Schema:
        data = self.sent(resource, self.identifiers)
        if is_new and not getattr(self.view, "client_ids", True):
            del data["id"]
        optional = ["attributes", "relationships"] + ["id"] * is_new
        kind = "New" if is_new else "Changed"
        schema = strict({"data": strict(data, *optional)})
        return self.component(f"{kind}{title(resource)}", schema)

    def sent(self, resource: ResourceType, linkage: Linkage) -> Schema:
        """The members of a resource as it may be sent."""
        attributes = self.attributes(resource, "request")
        keys = dict.fromkeys(resource.foreign_keys, TEXT | {"nullable": True})
        attributes["properties"] |= keys
        return self.members(resource, attributes, linkage)

    def component(self, name: str, schema: Schema) -> Schema:
        component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, schema)
        self.registry.register_on_missing(component)
        return component.ref

    def resource(self, resource: ResourceType) -> Schema:
        attributes = self.attributes(resource, "response")
        members = self.members(resource, attributes, self.identifiers)
        for relationship in members["relationships"]["properties"].values():
            relationship["properties"]["links"] = strict(
                {"self": PATH, "related": PATH}
            )
        members["links"] = strict({"self": PATH})
        schema = strict(members, "attributes", "relationships", "links")
        return self.component(f"{title(resource)}Resource", schema)

    def members(
        self, resource: ResourceType, attributes: Schema, linkage: Linkage
    ) -> Schema:
        relationships = {
            name: strict({"data": linkage(relation)})
            for name, relation in resource.relationships.items()
        }
        return self.identity(resource) | {
            "attributes": attributes,
            "relationships": strict(relationships, *relationships),
        }

    def attributes(self, resource: ResourceType, direction: Any) -> Schema:
        schema = self._map_serializer(resource.serializer_class, direction)
        properties = schema.get("properties", {})
        return strict(properties, *properties)

    def identifiers(self, relation: Relationship) -> Schema:
        target = relation.target
        schema = strict(self.identity(target))
        identifier = self.component(f"{title(target)}Identifier", schema)
        return array(identifier) if relation.is_to_many else nullable(identifier)

    def identity(self, resource: ResourceType) -> Schema:
        schema = {"type": "string", "enum": [resource.name]}
        return {"type": self.component(f"{title(resource)}Type", schema), "id": TEXT}


def title(resource: ResourceType) -> str:
    return resource.name.title()


def parameter(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, description=description)


CURSOR = "Instead of a number: the cursor from a link to the"


def paging(resource: ResourceType) -> list[OpenApiParameter]:
    size = "At most 100; 10 if absent; 0 for all."
    return [
        OpenApiParameter("page[number]", OpenApiTypes.INT, description="From 1."),
        parameter("page[after]", f"{CURSOR} next page; empty for the first."),
        parameter("page[before]", f"{CURSOR} previous page; empty for the last."),
        OpenApiParameter("page[size]", OpenApiTypes.INT, description=size),
        parameter("sort", "Columns by comma, each with - for descending order."),
        parameter("filter[objects]", "A JSON list of filter objects; all must hold."),
        *(parameter(f"filter[{name}]", "One value.") for name in resource.columns),
    ]
