"""OpenAPI of the one URL that takes many operations."""

from __future__ import annotations

from typing import Any

from dialects.restless.resources import Relationship, ResourceType
from dialects.restless.schema import (
    JSONAPI,
    OBJECT,
    TEXT,
    RestlessSchema,
    Schema,
    array,
    nullable,
    strict,
    title,
)
from dialects.schema import app_of


def one_of(schemas: list[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"oneOf": schemas}


class OperationsSchema(RestlessSchema):
    def is_excluded(self) -> bool:
        return False

    def get_operation_id(self) -> str:
        return "_".join([*self.get_tags(), "operations"]).replace(" ", "_")

    def get_summary(self) -> str:
        return "Carry many operations out, all or none"

    def get_tags(self) -> list[str]:
        return sorted({app_of(viewset) for viewset in self.view.viewsets.values()})

    @property
    def prefix(self) -> str:
        return "".join(self.get_tags()).title().replace(" ", "")

    def get_override_parameters(self) -> list[Any]:
        return []

    def map_renderers(self, attribute: str) -> list[Any]:
        # drf-spectacular would cut the extension off.
        return [getattr(self.view.renderer_classes[0], attribute)]

    def get_request_serializer(self) -> Any:
        operations = array(one_of(list(self.operations())))
        document = strict(
            {"atomic:operations": operations | {"minItems": 1, "maxItems": 100}}
        )
        media_type = self.view.renderer_classes[0].media_type
        return {media_type: self.component(f"{self.prefix}Operations", document)}

    def get_response_serializers(self) -> Any:
        types = list(self.view.types.values())
        data = one_of([self.resource(resource) for resource in types])
        result = one_of([strict({"data": data}), OBJECT])
        results = {"atomic:results": array(result), "jsonapi": JSONAPI}
        document = self.component(f"{self.prefix}Results", strict(results))
        return {200: document, 204: None}

    def operations(self) -> Any:
        for resource in self.view.types.values():
            name = title(resource)
            for code in ("add", "update"):
                schema = self.write(resource, code)
                yield self.component(f"{code.title()}{name}", schema)
            removal = self.operation(["remove"], self.reference(resource))
            yield self.component(f"Remove{name}", strict(removal, "ref", "href"))
            for relation in resource.relationships.values():
                kind = f"Link{name}{relation.name.title().replace('_', '')}"
                yield self.component(kind, self.link(resource, relation))

    def write(self, resource: ResourceType, code: str) -> Schema:
        data = self.sent(resource, self.references) | {"lid": TEXT}
        optional = ("id", "lid", "attributes", "relationships")
        data = {"data": strict(data, *optional)}
        if code == "add":
            return strict({"op": self.word(code), "href": TEXT} | data, "href")
        found = self.operation([code], self.reference(resource)) | data
        return strict(found, "ref", "href")

    def link(self, resource: ResourceType, relation: Relationship) -> Schema:
        codes = ["add"] if relation.is_to_many else ["update"]
        viewset = self.view.viewsets[resource.name]
        may_replace = getattr(viewset, "replace_to_many", False)
        if relation.is_to_many and may_replace:
            codes.append("update")
        name = {"relationship": self.word(relation.name)}
        ref = strict(self.named(resource) | name, "id", "lid")
        found = self.operation(codes, ref) | {"data": self.references(relation)}
        return strict(found, "ref", "href")

    def operation(self, codes: list[str], ref: Schema) -> Schema:
        return {"op": self.word(*codes), "ref": ref, "href": TEXT}

    def word(self, *values: str) -> Schema:
        name = "".join(value.title().replace("_", "") for value in values)
        return self.component(f"{name}Word", {"type": "string", "enum": list(values)})

    def references(self, relation: Relationship) -> Schema:
        reference = self.reference(relation.target)
        return array(reference) if relation.is_to_many else nullable(reference)

    def reference(self, resource: ResourceType) -> Schema:
        schema = strict(self.named(resource), "id", "lid")
        return self.component(f"{title(resource)}Reference", schema)

    def named(self, resource: ResourceType) -> Schema:
        """What names a resource: its id, or the local id of a new one."""
        return self.identity(resource) | {"lid": TEXT}
