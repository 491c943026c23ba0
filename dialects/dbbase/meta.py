"""The old meta resources, which now return the matching part of the OpenAPI document.

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
def openapi_document() -> Json:
    document: Json = SchemaGenerator().get_schema(request=None, public=True)
    return document


class MetaDocumentSerializer(serializers.Serializer[object]):
    openapi = serializers.CharField()
    info = serializers.DictField()
    paths = serializers.DictField()
    components = serializers.DictField()


class MetaView(DbbaseDialect):
    """The operations of a resource; of one method with `?method=post` or `?post`."""

    # The keys of an OpenAPI document must not be renamed.
    renderer_classes = [JSONRenderer, BrowsableAPIRenderer]
    permission_classes = [AllowAny]
    filter_backends = []
    pagination_class: Any = None
    serializer_class = MetaDocumentSerializer

    @extend_schema(exclude=True)
    def get(self, request: Request, resource: str, kind: str) -> Response:
        prefix = request.path_info.rpartition(f"meta/{resource}/")[0]
        paths = paths_of(f"{prefix}{resource}", kind)
        if not paths:
            raise NotFound(f"There is no resource {resource}.")
        if method := requested_method(request):
            paths = {
                path: {method: operations[method]}
                for path, operations in paths.items()
                if method in operations
            }
            if not paths:
                raise ParseError(f"Method '{method}' is not found for this resource")
        return Response(part_of(openapi_document(), paths))


def paths_of(url: str, kind: str) -> dict[str, Json]:
    """Return the paths of a resource.

    Flask-RESTful-DBBase: `collection` is the GET of a list, `single` everything else.
    """
    documented = openapi_document()["paths"]
    operations = documented.get(url, {})
    if kind == "collection":
        return {url: {"get": operations["get"]}} if "get" in operations else {}
    paths = {url: {name: operations[name] for name in operations if name != "get"}}
    paths |= {
        path: operations
        for path, operations in documented.items()
        if path.startswith(f"{url}/")
    }
    return {path: operations for path, operations in paths.items() if operations}


def requested_method(request: Request) -> str | None:
    if "method" in request.query_params:
        return str(request.query_params["method"]).lower()
    return next((name for name in METHODS if name in request.query_params), None)


def part_of(document: Json, paths: dict[str, Json]) -> Json:
    """Return the document with these paths and the components that they refer to."""
    components: dict[str, Json] = {}
    open_references = references_in(paths)
    while open_references:
        kind, name = open_references.pop()
        if name in components.get(kind, {}):
            continue
        component = document["components"][kind][name]
        components.setdefault(kind, {})[name] = component
        open_references |= references_in(component)
    return {
        "openapi": document["openapi"],
        "info": document["info"],
        "paths": paths,
        "components": components,
    }


def references_in(part: object) -> set[tuple[str, str]]:
    """Return kind and name of the components that a part of the document refers to."""
    if isinstance(part, list):
        return set().union(*map(references_in, part))
    if not isinstance(part, dict):
        return set()
    references: set[tuple[str, str]] = set().union(*map(references_in, part.values()))
    if isinstance(reference := part.get("$ref"), str):
        kind, name = reference.split("/")[-2:]
        references.add((kind, name))
    return references
