"""The door of the old meta resources, with the OpenAPI document behind it.

GET /meta/books/single?method=post
200  {"openapi": "3.0.3", "paths": {"/books": {"post": {…}}}, "components": {…}}
"""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from dialects.dbbase.views import DbbaseDialect

METHODS = ("get", "post", "put", "patch", "delete")
Json = dict[str, Any]


@cache
def whole_document() -> Json:
    """The service's OpenAPI document, generated once for each process."""
    document: Json = SchemaGenerator().get_schema(request=None, public=True)
    return document


class MetaDocumentSerializer(serializers.Serializer[Any]):
    openapi = serializers.CharField()
    info = serializers.DictField()
    paths = serializers.DictField()
    components = serializers.DictField()


class MetaView(DbbaseDialect):
    """What one resource takes and answers, narrowed by `?method=post` or `?post`."""

    # OpenAPI has key names of its own, which no dialect may spell anew.
    renderer_classes = [JSONRenderer, BrowsableAPIRenderer]
    permission_classes = [AllowAny]
    filter_backends = []
    pagination_class: Any = None
    serializer_class = MetaDocumentSerializer

    @extend_schema(exclude=True)
    def get(self, request: Request, prefix: str, resource: str, kind: str) -> Response:
        paths = paths_of(f"{prefix}{resource}", kind)
        if not paths:
            raise NotFound(f"There is no resource {resource}.")
        if method := method_asked(request):
            paths = {
                path: {method: operations[method]}
                for path, operations in paths.items()
                if method in operations
            }
            if not paths:
                raise ParseError(f"Method '{method}' is not found for this resource")
        return Response(part_of(whole_document(), paths))


def paths_of(url: str, kind: str) -> dict[str, Json]:
    """The resource's own URL and those of its rows; a collection is only read."""
    paths = whole_document()["paths"]
    if kind == "collection":
        operations = paths.get(url, {})
        return {url: {"get": operations["get"]}} if "get" in operations else {}
    found = {url: {k: v for k, v in paths.get(url, {}).items() if k != "get"}}
    found |= {
        path: operations
        for path, operations in paths.items()
        if path.startswith(f"{url}/")
    }
    return {path: operations for path, operations in found.items() if operations}


def method_asked(request: Request) -> str | None:
    if "method" in request.query_params:
        return str(request.query_params["method"]).lower()
    return next((name for name in METHODS if name in request.query_params), None)


def part_of(document: Json, paths: dict[str, Json]) -> Json:
    """The document with these paths and the components they reach."""
    components: dict[str, Json] = {}
    open_references = references(paths)
    while open_references:
        kind, name = open_references.pop()
        if name in components.get(kind, {}):
            continue
        component = document["components"][kind][name]
        components.setdefault(kind, {})[name] = component
        open_references |= references(component)
    return {
        "openapi": document["openapi"],
        "info": document["info"],
        "paths": paths,
        "components": components,
    }


def references(part: Any) -> set[tuple[str, str]]:
    """Kind and name of every component that a part of the document names."""
    if isinstance(part, dict):
        found = set().union(*map(references, part.values()), set())
        if isinstance(reference := part.get("$ref"), str):
            kind, name = reference.split("/")[-2:]
            found.add((kind, name))
        return found
    if isinstance(part, list):
        return set().union(*map(references, part), set())
    return set()
