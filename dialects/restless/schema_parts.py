"""Parts of the dialect's OpenAPI schemas."""

from __future__ import annotations

from collections.abc import Iterable

from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from dialects.restless.resources import ResourceType
from dialects.schema import Schema


def object_schema(properties: Schema, *optional: str) -> Schema:
    """Return the schema of an object whose members are required unless optional."""
    required = [name for name in properties if name not in optional]
    schema: Schema = {"type": "object", "properties": properties}
    return schema | {"required": required} if required else schema


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def const(value: str) -> Schema:
    return {"type": "string", "const": value}


def enum(values: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(values)}


def any_of(*schemas: Schema) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}


def nullable(schema: Schema) -> Schema:
    return {"oneOf": [schema, {"type": "null"}]}


def register(registry: ComponentRegistry, name: str, schema: Schema) -> Schema:
    """Return a reference to the component of this name, which is added if missing."""
    component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, schema)
    registry.register_on_missing(component)
    reference: Schema = component.ref
    return reference


def title(resource: ResourceType) -> str:
    """Return the type's name as a part of the names of components and operations."""
    return pascal_case(resource.name)


def pascal_case(words: str) -> str:
    """Return such as `OwnedVideos` for `owned_videos` or "owned videos"."""
    return words.title().replace("_", "").replace(" ", "")


TEXT: Schema = {"type": "string"}
NULLABLE_TEXT: Schema = {"type": ["string", "null"]}
ID: Schema = {"type": "string", "minLength": 1}
PATH: Schema = {"type": "string", "description": "A path without host."}
URL: Schema = {"type": ["string", "null"], "format": "uri"}
EMPTY_OBJECT: Schema = {"type": "object", "additionalProperties": False}
JSONAPI = object_schema({"version": const("1.0")})
PAGE_NAMES = ("first", "last", "prev", "next")
PAGE_LINKS = object_schema({"self": PATH} | dict.fromkeys(PAGE_NAMES, URL), *PAGE_NAMES)
TOTAL: Schema = {
    "type": "integer",
    "minimum": 0,
    "description": "Total number of resources.",
}
PAGE_META = object_schema({"total": TOTAL})

SOURCE_NAMES = ("pointer", "parameter", "header")
SOURCE = object_schema(dict.fromkeys(SOURCE_NAMES, TEXT), *SOURCE_NAMES)
ERROR_META = {
    "did_you_mean": {"type": "string", "description": "The closest valid name."},
    "page": object_schema({"maxSize": {"type": "integer"}}),
}
ERROR = object_schema(
    {
        "code": {"type": "string", "description": "The same in all versions."},
        "detail": {"type": "string", "description": "A message for people."},
        "id": NULLABLE_TEXT,
        "links": nullable(object_schema({"type": array(TEXT)})),
        "meta": nullable(object_schema(ERROR_META, *ERROR_META)),
        "source": nullable(SOURCE)
        | {"description": "The part of the request that is wrong."},
        "status": NULLABLE_TEXT,
        "title": TEXT,
    }
)
