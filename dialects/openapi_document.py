"""The OpenAPI document, generated once per process, and parts of it."""

from __future__ import annotations

from functools import cache
from threading import Lock

from drf_spectacular.generators import SchemaGenerator

from dialects.openapi_parts import Schema

REFERENCE = "#/components/"


# Generating isn't thread-safe: the views of a class share its schema.
LOCK = Lock()


@cache
def openapi_document() -> Schema:
    """Return the document of all systems. Callers must not change it."""
    with LOCK:
        document: Schema = SchemaGenerator().get_schema(request=None, public=True)
        return document


def part_of(document: Schema, paths: dict[str, Schema]) -> Schema:
    """Return the document with these paths and the components that they need."""
    operations = [each for path in paths.values() for each in path.values()]
    tags = {tag for operation in operations for tag in operation["tags"]}
    return document | {
        "tags": [tag for tag in document["tags"] if tag["name"] in tags],
        "paths": paths,
        "components": components_of(
            document, references_in(paths) | security_schemes(operations)
        ),
    }


def components_of(document: Schema, references: set[tuple[str, str]]) -> Schema:
    """Return the components of these kinds and names, and those that they need."""
    components: dict[str, Schema] = {}
    while references:
        kind, name = references.pop()
        if name not in components.setdefault(kind, {}):
            component = components[kind][name] = document["components"][kind][name]
            references |= references_in(component)
    return components


def references_in(part: object) -> set[tuple[str, str]]:
    """Return kind and name of the components that a part of the document refers to.

    References are those of `$ref` and of discriminators.
    """
    if isinstance(part, str):
        kind, _, name = part.removeprefix(REFERENCE).partition("/")
        return {(kind, name)} if part.startswith(REFERENCE) else set()
    if isinstance(part, dict):
        return set().union(*map(references_in, part.values()))
    if isinstance(part, list | tuple):
        return set().union(*map(references_in, part))
    return set()


def security_schemes(operations: list[Schema]) -> set[tuple[str, str]]:
    return {
        ("securitySchemes", name)
        for operation in operations
        for schemes in operation["security"]
        for name in schemes
    }
